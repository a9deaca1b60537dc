//go:build !amd64

package kernel

// There is no assembly; the functions below are never called.
const (
	useAVX2 = false
	useVNNI = false
)

// SetAssembly does nothing: there is none.
func SetAssembly(Assembly) (before Assembly) { return PureGo }

func quantizeQ8AVX2(q []int8, scale []float32, x []float32) { panic("kernel: no assembly") }

func transposeAVX2(u, rows *byte, rowStride, blocks int) { panic("kernel: no assembly") }

func (f Format) unpackAssembly(p *Panel, rows *byte, rowStride, blocks, ahead int) bool {
	panic("kernel: no assembly")
}

func (p *Panel) multiplyAssembly(l *layout, acc *float32, x *tileGroup, tokens, lane, groups int) {
	panic("kernel: no assembly")
}

func unpackQ80Wide(p *Panel, rows *byte, rowStride, blocks, ahead int) {
	panic("kernel: no assembly")
}

func mulBiased8Wide(acc *float32, p *Panel, x *tileGroup, lane, groups int) {
	panic("kernel: no assembly")
}

func scoresWide(dst, query, room, keys *float32, tiles, dim int, scale float32) {
	panic("kernel: no assembly")
}

func weightedSumWide(dst, weight, values *float32, positions, dim int) { panic("kernel: no assembly") }

func softmaxWide(x *float32, vectors int) { panic("kernel: no assembly") }

func swigluWide(dst, gate, up *float32, vectors int) { panic("kernel: no assembly") }

func scoresAVX2(dst, query, keys *float32, tiles, dim int, scale float32) {
	panic("kernel: no assembly")
}

func weightedSumAVX2(dst, weight, values *float32, positions, dim int) { panic("kernel: no assembly") }

func softmaxAVX2(x *float32, vectors int) { panic("kernel: no assembly") }

func swigluAVX2(dst, gate, up *float32, vectors int) { panic("kernel: no assembly") }

func dotAVX2(a, b *float32, vectors int) float32 { panic("kernel: no assembly") }

func dotsAVX2(dst *[4]float32, a, b *float32, n, vectors int) { panic("kernel: no assembly") }

func decodeF16AVX2(dst *float32, data *byte, vectors int) { panic("kernel: no assembly") }

func decodeBF16AVX2(dst *float32, data *byte, vectors int) { panic("kernel: no assembly") }

// Pause tells the processor that the caller is waiting for a memory word.
func Pause() {}
