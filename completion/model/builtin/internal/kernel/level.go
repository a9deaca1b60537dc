package kernel

import "errors"

// Level is which instructions of the processor are used.
type Level uint8

// The levels. The kernels of all but PureGo are C (kernels.h).
const (
	PureGo Level = iota
	AVX2         // with FMA and F16C
	AVXVNNI
	AVX512 // with BW, VL and VNNI
	NEON
	DotProd // NEON with dot products, as every Apple Silicon and Graviton has
)

func (l Level) String() string {
	return [...]string{"Go", "AVX2", "AVX-VNNI", "AVX-512 VNNI", "NEON", "NEON with dot products"}[l]
}

// level is the one in use.
var level = best()

func best() Level {
	all := Levels()
	return all[len(all)-1]
}

// SetLevel chooses one of Levels and returns what was chosen before. It is for
// tests and benchmarks, while nothing computes.
func SetLevel(to Level) (before Level) {
	before, level = level, to
	return before
}

// ErrGone is what a product panics with when its weights cannot be read any
// more.
var ErrGone = errors.New("the model's file became shorter while it was in use")
