package kernel

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var formatNames = [formats]string{"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q3_K", "Q4_K", "Q5_K", "Q6_K"}

// randomWeights encodes rows of any weights, all bytes included, with scales
// that are numbers of moderate size.
func randomWeights(r *rand.Rand, f Format, rows, cols int) []byte {
	data := make([]byte, rows*f.RowBytes(cols))
	for i := range data {
		data[i] = byte(r.IntN(256))
	}
	halves := map[Format][]int{Q4_0: {0}, Q4_1: {0, 2}, Q5_0: {0}, Q5_1: {0, 2}, Q8_0: {0}, Q3_K: {108}, Q4_K: {0, 2}, Q5_K: {0, 2}, Q6_K: {208}}[f]
	for at := 0; at < len(data); at += layouts[f].bytes {
		for _, h := range halves {
			v := ToFloat16(float32(r.NormFloat64() * 0.01))
			data[at+h], data[at+h+1] = byte(v), byte(v>>8)
		}
	}
	return data
}

func activations(r *rand.Rand, f Format, tokens, cols int) (*Activations, []float32) {
	x := values(r, tokens*cols)
	a := NewActivations(tokens, cols, f.Super())
	for t := range tokens {
		a.Quantize(t, x[t*cols:][:cols])
	}
	return &a, x
}

// at is activation c of token t, as rounded.
func (a *Activations) at(t, c int) float64 {
	return float64(a.scale[(t*a.cols+c)/a.block()]) * float64(a.q[t*a.stride()+c])
}

func TestMul(t *testing.T) {
	defer SetLevel(level)
	for f := range formats {
		t.Run(formatNames[f], func(t *testing.T) {
			r := rand.New(rand.NewPCG(2, uint64(f)))
			for range 40 {
				rows, cols, tokens := 1+r.IntN(19), (1+r.IntN(9))*256, 1+r.IntN(19)
				if !f.Super() {
					cols = (1 + r.IntN(40)) * 32
				}
				data := randomWeights(r, f, rows, cols)
				x, _ := activations(r, f, tokens, cols)
				stride := rows + r.IntN(3)
				products := func(l Level, tokens int) []float32 {
					SetLevel(l)
					dst := make([]float32, tokens*stride)
					f.Mul(dst, stride, data, rows, cols, x, tokens)
					return dst
				}
				want := products(PureGo, tokens)
				for _, l := range Levels() {
					for n := 1; n <= tokens; n++ {
						sameBits(t, fmt.Sprintf("%v: %d tokens", l, n), products(l, n), want[:(n-1)*stride+rows])
					}
				}
				row := make([]float32, cols)
				for j := range rows {
					f.Decode(row, data[j*f.RowBytes(cols):][:f.RowBytes(cols)])
					for i := range tokens {
						exact, size := 0.0, 0.0
						for c, w := range row {
							exact += float64(w) * x.at(i, c)
							size += math.Abs(float64(w) * x.at(i, c))
						}
						near(t, "product", want[i*stride+j], exact, 10*size) // the minimums go with their own sums
					}
				}
			}
		})
	}
}

func TestMulRefuses(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	data := randomWeights(r, Q8_0, 2, 64)
	x, _ := activations(r, Q8_0, 5, 64)
	dst := make([]float32, 10)
	refused := map[string]func(){
		"dst":     func() { Q8_0.Mul(dst[:9], 2, data, 2, 64, x, 5) },
		"weights": func() { Q8_0.Mul(dst, 2, data[:len(data)-1:len(data)-1], 2, 64, x, 5) },
		"tokens":  func() { Q8_0.Mul(make([]float32, 100), 2, data, 2, 64, x, 9) },
		"cols":    func() { Q8_0.Mul(dst, 2, data, 2, 32, x, 5) },
		"super":   func() { Q4_K.Mul(dst, 2, data, 2, 64, x, 5) },
	}
	for name, call := range refused {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func TestQuantizeSuper(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 50 {
		a, x := activations(r, Q4_K, 3, 512)
		for i, v := range x {
			token, c := i/512, i%512
			scale := a.scale[i/SuperSize]
			if math.Abs(a.at(token, c)-float64(v)) > math.Abs(float64(scale))*0.51 {
				t.Fatalf("%v became %v, scale %v", v, a.at(token, c), scale)
			}
		}
	}
}

// TestQuantizeLevels checks that all levels round the same way.
func TestQuantizeLevels(t *testing.T) {
	defer SetLevel(level)
	r := rand.New(rand.NewPCG(5, 5))
	for round := range 100 {
		cols := SuperSize * (1 + r.IntN(4))
		x := values(r, cols)
		switch round {
		case 0:
			clear(x)
		case 1:
			for i := range x {
				x[i] = math.SmallestNonzeroFloat32 * float32(i)
			}
		case 2:
			for i := range x {
				x[i] = float32(i%32-16) * 127 / 16 / 2 // halves
			}
		}
		for _, super := range []bool{false, true} {
			quantized := func(l Level) Activations {
				SetLevel(l)
				a := NewActivations(1, cols, super)
				a.Quantize(0, x)
				return a
			}
			want := quantized(PureGo)
			for _, l := range Levels() {
				got := quantized(l)
				sameBits(t, l.String(), got.scale, want.scale)
				if !slices.Equal(got.q, want.q) || !slices.Equal(got.sum, want.sum) {
					t.Fatalf("%v, round %d: %v %v, want %v %v", l, round, got.q, got.sum, want.q, want.sum)
				}
			}
		}
	}
}

// BenchmarkMul multiplies matrices of the sizes of Qwen2.5-Coder 0.5B and 1.5B,
// of 200 MB together so that no cache holds them.
func BenchmarkMul(b *testing.B) {
	defer SetLevel(level)
	for _, l := range Levels()[1:] {
		SetLevel(l)
		for f := range formats {
			cols := 896
			if f.Super() {
				cols = 1536
			}
			rows := 200 << 20 / f.RowBytes(cols)
			r := rand.New(rand.NewPCG(9, 9))
			data := randomWeights(r, f, 64, cols)
			data = bytes.Repeat(data, rows/64)
			for _, tokens := range []int{1, 2, 4, 8, 64} {
				b.Run(fmt.Sprintf("%v/%s/tokens=%d", l, formatNames[f], tokens), func(b *testing.B) {
					x, _ := activations(r, f, tokens, cols)
					const piece = 64
					dst := make([]float32, piece*tokens)
					b.SetBytes(int64(len(data)))
					for b.Loop() {
						for rest := data; len(rest) > 0; rest = rest[piece*f.RowBytes(cols):] {
							f.Mul(dst, piece, rest, piece, cols, x, tokens)
						}
					}
					b.ReportMetric(float64(len(data)/f.RowBytes(cols)*cols*tokens)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
				})
			}
		}
	}
}
