package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
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
	g := &a.tiles[t/tileTokens*(a.cols/BlockSize)+c/BlockSize]
	return float64(g.scale[t%tileTokens]) * float64(g.q[t%tileTokens][c%BlockSize])
}

func TestMul(t *testing.T) {
	defer SetAssembly(SetAssembly(VNNI))
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
				products := func(a Assembly, tokens int) []float32 {
					SetAssembly(a)
					dst := make([]float32, tokens*stride)
					f.Mul(dst, stride, data, rows, cols, x, tokens, new(Panel))
					return dst
				}
				want := products(PureGo, tokens)
				sameBits(t, "AVX2", products(AVX2, tokens), want)
				sameBits(t, "VNNI", products(VNNI, tokens), want)
				for n := 1; n < tokens; n++ {
					sameBits(t, fmt.Sprintf("%d tokens", n), products(VNNI, n), want[:(n-1)*stride+rows])
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
		"dst":     func() { Q8_0.Mul(dst[:9], 2, data, 2, 64, x, 5, new(Panel)) },
		"weights": func() { Q8_0.Mul(dst, 2, data[:len(data)-1:len(data)-1], 2, 64, x, 5, new(Panel)) },
		"tokens":  func() { Q8_0.Mul(make([]float32, 100), 2, data, 2, 64, x, 9, new(Panel)) },
		"cols":    func() { Q8_0.Mul(dst, 2, data, 2, 32, x, 5, new(Panel)) },
		"super":   func() { Q4_K.Mul(dst, 2, data, 2, 64, x, 5, new(Panel)) },
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
			scale := a.tiles[c/32].scale[token]
			if math.Abs(a.at(token, c)-float64(v)) > math.Abs(float64(scale))*0.51 {
				t.Fatalf("%v became %v, scale %v", v, a.at(token, c), scale)
			}
		}
	}
}

func BenchmarkMul(b *testing.B) {
	defer SetAssembly(SetAssembly(VNNI))
	const rows, cols = 32, 1024
	for _, assembly := range []Assembly{PureGo, AVX2, VNNI} {
		SetAssembly(assembly)
		for f := range formats {
			for _, tokens := range []int{1, 64} {
				b.Run(fmt.Sprintf("%s/%d/%d", formatNames[f], assembly, tokens), func(b *testing.B) {
					r := rand.New(rand.NewPCG(9, 9))
					data := randomWeights(r, f, rows, cols)
					x, _ := activations(r, f, tokens, cols)
					dst, p := make([]float32, rows*tokens), new(Panel)
					for b.Loop() {
						f.Mul(dst, rows, data, rows, cols, x, tokens, p)
					}
					b.ReportMetric(float64(rows*cols*tokens)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
				})
			}
		}
	}
}
