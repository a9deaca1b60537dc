// Package cores says on how many threads a model server that runs beside an editor
// computes.
package cores

import "github.com/airside-ls/airside/completion/model/machine"

// fewCores is up to how many cores all of them compute: of two, one that is left to
// others halves the model's speed, and what else runs gets its share all the same.
// llama-server with Qwen2.5-Coder 1.5B (Q4_K_M) on two cores, on one thread, reads 36
// tokens a second and writes 5.6, on two 89 and 10; beside one busy process for each
// core, its threads sleeping when they wait, it is faster on two as well.
const fewCores = 4

// Threads is how many threads compute: one for each core of the machine, or of the
// part of it that a container has, not for each of a core's two hyperthreads, which
// wait for each other; where there are more than a few cores one is left to others.
func Threads() int {
	n := machine.Processors()
	if c := physical(); c > 0 {
		n = min(n, c)
	}
	if n > fewCores {
		n--
	}
	return max(1, n)
}
