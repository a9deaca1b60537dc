package kernel

import (
	"math"

	"golang.org/x/sys/cpu"
)

// useAVX2 chooses the assembly. F16C came with the processors before AVX2.
// useVNNI chooses, within it, the products with AVX512-VNNI on vectors of eight.
// They are variables so that tests can compare all ways.
var (
	useAVX2 = hasAVX2
	useVNNI = hasVNNI
)

var (
	hasAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasF16C
	hasVNNI = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VNNI
)

// SetAssembly chooses at most that much assembly, as far as the processor has
// what it needs, and returns what was chosen before. It is for tests and
// benchmarks, while nothing computes.
func SetAssembly(most Assembly) (before Assembly) {
	switch {
	case useVNNI:
		before = VNNI
	case useAVX2:
		before = AVX2
	}
	useAVX2 = hasAVX2 && most >= AVX2
	useVNNI = hasVNNI && most >= VNNI
	return before
}

// The functions below do the work of those without the suffix. They check no
// bounds and take counts of whole blocks, tiles or vectors, at least one.

//go:noescape
func quantizeQ8AVX2(q []int8, scale []float32, x []float32)

//go:noescape
func transposeAVX2(u, rows *byte, rowStride, blocks int)

//go:noescape
func unpackQ80AVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)

// unpackQ80Wide takes sixteen rows for mulBiased8Wide.
//
//go:noescape
func unpackQ80Wide(p *Panel, rows *byte, rowStride, blocks, ahead int)

//go:noescape
func mulBiased8Wide(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func unpackQ40AVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)

//go:noescape
func unpackQ4KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)

//go:noescape
func unpackQ5KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)

//go:noescape
func unpackQ6KAVX2(p *Panel, rows *byte, rowStride, blocks, ahead int)

//go:noescape
func mulBiased8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulBiased4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulBiased1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulBiased4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulBiased1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulAffine8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulAffine4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulAffine1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulAffine4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulAffine1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulHalf8VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulHalf4VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulHalf1VNNI(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulHalf4AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func mulHalf1AVX2(acc *float32, p *Panel, x *tileGroup, lane, groups int)

//go:noescape
func scoresAVX2(dst, query, keys *float32, tiles, dim int, scale float32)

//go:noescape
func weightedSumAVX2(dst, weight, values *float32, positions, dim int)

//go:noescape
func softmaxAVX2(x *float32, vectors int)

//go:noescape
func swigluAVX2(dst, gate, up *float32, vectors int)

//go:noescape
func scoresWide(dst, query, room, keys *float32, tiles, dim int, scale float32)

//go:noescape
func weightedSumWide(dst, weight, values *float32, positions, dim int)

//go:noescape
func softmaxWide(x *float32, vectors int)

//go:noescape
func swigluWide(dst, gate, up *float32, vectors int)

//go:noescape
func dotAVX2(a, b *float32, vectors int) float32

// dotsAVX2 multiplies a with four vectors in b, each n elements after the other.
//
//go:noescape
func dotsAVX2(dst *[4]float32, a, b *float32, n, vectors int)

//go:noescape
func decodeF16AVX2(dst *float32, data *byte, vectors int)

//go:noescape
func decodeBF16AVX2(dst *float32, data *byte, vectors int)

// unpackAssembly fills the panel with blocks of eight rows, if there is assembly
// for the format; what lies ahead bytes further will be wanted next.
func (f Format) unpackAssembly(p *Panel, rows *byte, rowStride, blocks, ahead int) bool {
	switch f {
	case Q8_0:
		unpackQ80AVX2(p, rows, rowStride, blocks, ahead)
	case Q4_0:
		unpackQ40AVX2(p, rows, rowStride, blocks, ahead)
	case Q4_K:
		unpackQ4KAVX2(p, rows, rowStride, blocks, ahead)
	case Q5_K:
		unpackQ5KAVX2(p, rows, rowStride, blocks, ahead)
	case Q6_K:
		unpackQ6KAVX2(p, rows, rowStride, blocks, ahead)
	default:
		return false
	}
	return true
}

// multiplyAssembly adds the products with one, four or eight tokens from lane,
// eight only with VNNI.
func (p *Panel) multiplyAssembly(l *layout, acc *float32, x *tileGroup, tokens, lane, groups int) {
	products := &avx2Products
	if useVNNI {
		products = &vnniProducts
	}
	products[l.kind()][tokens/4](acc, p, x, lane, groups)
}

// The products by kind and by tokens divided by four.
var (
	vnniProducts = [...][3]func(acc *float32, p *Panel, x *tileGroup, lane, groups int){
		biased: {mulBiased1VNNI, mulBiased4VNNI, mulBiased8VNNI},
		affine: {mulAffine1VNNI, mulAffine4VNNI, mulAffine8VNNI},
		halves: {mulHalf1VNNI, mulHalf4VNNI, mulHalf8VNNI},
	}
	avx2Products = [...][3]func(acc *float32, p *Panel, x *tileGroup, lane, groups int){
		biased: {mulBiased1AVX2, mulBiased4AVX2},
		affine: {mulAffine1AVX2, mulAffine4AVX2},
		halves: {mulHalf1AVX2, mulHalf4AVX2},
	}
)

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
