//go:build !amd64

package kernel

// useAVX2 is false where there is no assembly; the functions are never called.
const useAVX2 = false

// SetAssembly does nothing: there is none.
func SetAssembly(bool) (before bool) { return false }

func quantizeQ8AVX2(q []int8, scale []float32, x []float32) { panic("kernel: no assembly") }

func mulQ8x4AVX2(dst *float32, stride int, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32) {
	panic("kernel: no assembly")
}

func mulQ8x1AVX2(dst *float32, weights *byte, weightScale *float32, rows, blocks int, q *int8, scale *float32) {
	panic("kernel: no assembly")
}

func scoresAVX2(dst, query, keys *float32, tiles, dim int, scale float32) {
	panic("kernel: no assembly")
}

func weightedSumAVX2(dst, weight, values *float32, positions, dim int) { panic("kernel: no assembly") }

func softmaxAVX2(x *float32, vectors int) { panic("kernel: no assembly") }

func swigluAVX2(dst, gate, up *float32, vectors int) { panic("kernel: no assembly") }

func dotAVX2(a, b *float32, vectors int) float32 { panic("kernel: no assembly") }

// Pause tells the processor that the caller is waiting for a memory word.
func Pause() {}
