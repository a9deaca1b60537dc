//go:build cgo

package kernel

import "golang.org/x/sys/cpu"

// Levels are the levels that this processor has, the best one last.
func Levels() []Level {
	levels, has := []Level{PureGo}, &cpu.X86
	if !has.HasAVX2 || !has.HasFMA || !has.HasF16C {
		return levels
	}
	levels = append(levels, AVX2)
	if has.HasAVXVNNI {
		levels = append(levels, AVXVNNI)
	}
	if has.HasAVX512F && has.HasAVX512VL && has.HasAVX512BW && has.HasAVX512VNNI {
		levels = append(levels, AVX512)
	}
	return levels
}
