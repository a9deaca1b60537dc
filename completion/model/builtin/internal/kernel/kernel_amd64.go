package kernel

import (
	"math"

	"golang.org/x/sys/cpu"
)

// useAVX2 chooses the assembly. F16C came with the processors before AVX2.
// It is a variable so that tests can compare both ways.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasF16C

// SetAssembly turns the assembly on or off, if the processor has what it needs,
// and returns what was set before. It is for tests and benchmarks, while nothing
// computes.
func SetAssembly(on bool) (before bool) {
	before = useAVX2
	useAVX2 = on && cpu.X86.HasAVX2 && cpu.X86.HasF16C
	return before
}

// The functions below do the work of those without the suffix. They check no
// bounds and take counts of whole blocks, tiles or vectors, at least one.

//go:noescape
func quantizeQ8AVX2(q []int8, scale []float32, x []float32)

// mulQ8x4AVX2 multiplies rows with four vectors. Each row is read once.
//
//go:noescape
func mulQ8x4AVX2(dst *float32, stride int, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32)

// mulQ8x1AVX2 multiplies rows with one vector.
//
//go:noescape
func mulQ8x1AVX2(dst *float32, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32)

//go:noescape
func scoresAVX2(dst, query, keys *float32, tiles, dim int, scale float32)

//go:noescape
func weightedSumAVX2(dst, weight, values *float32, positions, dim int)

//go:noescape
func softmaxAVX2(x *float32, vectors int)

//go:noescape
func swigluAVX2(dst, gate, up *float32, vectors int)

//go:noescape
func dotAVX2(a, b *float32, vectors int) float32

// Pause tells the processor that the caller is waiting for a memory word.
func Pause()

// expTable holds the constants of exp in vectors, in the order in which the
// EXP macro of the assembly names them.
var expTable = [...][lanes]float32{
	vector(expMin), vector(expMax), vector(log2e), vector(3 << 22), vector(ln2High), vector(ln2Low),
	vector(1.9875691500e-4), vector(1.3981999507e-3), vector(8.3334519073e-3),
	vector(4.1665795894e-2), vector(1.6666665459e-1), vector(5.0000001201e-1),
	vector(1), vector(math.Float32frombits(127)), vector(float32(math.Copysign(0, -1))),
}

func vector(x float32) [lanes]float32 { return [lanes]float32{x, x, x, x, x, x, x, x} }
