package kernel

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// values makes numbers of very different magnitude, with zeros and extremes.
func values(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch r.IntN(12) {
		case 0: // stays zero
		case 1:
			x[i] = float32(r.NormFloat64() * 1e4)
		case 2:
			x[i] = float32(r.NormFloat64() * 1e-6)
		default:
			x[i] = float32(r.NormFloat64())
		}
	}
	return x
}

func sameBits(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: [%d] %v (%08x), want %v (%08x)", what, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// near compares with the exact result, relative to the size of the terms.
func near(t *testing.T, what string, got float32, want, size float64) {
	t.Helper()
	if math.Abs(float64(got)-want) > 1e-5*size+1e-30 {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// eachLevel runs a test with all that the processor has, then with less.
func eachLevel(t *testing.T, test func(t *testing.T)) {
	defer SetLevel(level)
	for _, l := range Levels() {
		SetLevel(l)
		t.Run(l.String(), test)
	}
}

func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		f := Float16(uint16(h))
		if f != f {
			if back := ToFloat16(f); back&0x7c00 != 0x7c00 || back&0x3ff == 0 {
				t.Fatalf("%04x: NaN became %04x", h, back)
			}
			continue
		}
		if back := ToFloat16(f); back != uint16(h) {
			t.Fatalf("%04x is %v, back %04x", h, f, back)
		}
		if h&0x7fff >= 0x7bff { // nothing above
			continue
		}
		// Halfway to the next one rounds to the even one, a bit more or less
		// to the nearer one.
		next := Float16(uint16(h + 1))
		half := (f + next) / 2
		even := uint16(h + h&1)
		less, more := math.Nextafter32(half, f), math.Nextafter32(half, next)
		if ToFloat16(half) != even || ToFloat16(less) != uint16(h) || ToFloat16(more) != uint16(h+1) {
			t.Fatalf("around %v: %04x %04x %04x", half, ToFloat16(less), ToFloat16(half), ToFloat16(more))
		}
	}
	for f, want := range map[float32]uint16{65519: 0x7bff, 65520: 0x7c00, -1e9: 0xfc00, 1e-9: 0, float32(math.Inf(1)): 0x7c00} {
		if got := ToFloat16(f); got != want {
			t.Errorf("%v: %04x, want %04x", f, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	defer SetLevel(level)
	r := rand.New(rand.NewPCG(4, 4))
	for _, n := range []Number{F32, F16, BF16} {
		for cols := 1; cols < 140; cols++ {
			rows, tokens := 1+r.IntN(9), 1+r.IntN(9)
			w, data := values(r, rows*cols), make([]byte, rows*cols*n.Bytes())
			for i, v := range w {
				switch n {
				case F32:
					binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(v))
				case F16:
					binary.LittleEndian.PutUint16(data[2*i:], ToFloat16(v))
				case BF16:
					binary.LittleEndian.PutUint16(data[2*i:], uint16(math.Float32bits(v)>>16))
				}
			}
			n.Decode(w, data)
			products := func(l Level) (rounded, products []float32) {
				SetLevel(l)
				x := values(rand.New(rand.NewPCG(5, uint64(cols))), tokens*cols)
				n.Round(x, x)
				products = make([]float32, rows*tokens)
				n.Mul(products, rows, data, rows, cols, x, tokens)
				return x, products
			}
			x, want := products(PureGo)
			for _, l := range Levels() {
				rounded, got := products(l)
				sameBits(t, l.String()+": rounded", rounded, x)
				sameBits(t, l.String(), got, want)
			}
			for i := range tokens {
				for j := range rows {
					exact, size := 0.0, 0.0
					for c := range cols {
						term := float64(w[j*cols+c]) * float64(x[i*cols+c])
						exact += term
						size += math.Abs(term)
					}
					near(t, "product", want[i*rows+j], exact, size)
				}
			}
		}
	}
}

func TestScores(t *testing.T) { eachLevel(t, testScores) }

func testScores(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, dim := range []int{1, 2, 7, 16, 32, 64, 80, 128} {
		for tiles := 1; tiles < 5; tiles++ {
			query, keys := values(r, dim), values(r, dim*tiles*TilePositions)
			got, want := make([]float32, tiles*TilePositions), make([]float32, tiles*TilePositions)
			Scores(got, query, keys, 0.3)
			scoresGo(want, query, keys, 0.3)
			sameBits(t, "Scores", got, want)
			for p := range got {
				exact, size := 0.0, 0.0
				for d, q := range query {
					term := float64(q) * float64(keys[p/TilePositions*TilePositions*dim+d*TilePositions+p%TilePositions])
					exact += term
					size += math.Abs(term)
				}
				near(t, "Scores", got[p], exact*0.3, size)
			}
		}
	}
}

func TestWeightedSum(t *testing.T) { eachLevel(t, testWeightedSum) }

func testWeightedSum(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for _, dim := range []int{1, 8, 32, 48, 64, 128} {
		for positions := range 12 {
			weight, vectors := values(r, positions), values(r, positions*dim)
			got, want := make([]float32, dim), make([]float32, dim)
			WeightedSum(got, weight, vectors)
			weightedSumGo(want, weight, vectors)
			sameBits(t, "WeightedSum", got, want)
			for d := range got {
				exact, size := 0.0, 0.0
				for p, w := range weight {
					term := float64(w) * float64(vectors[p*dim+d])
					exact += term
					size += math.Abs(term)
				}
				near(t, "WeightedSum", got[d], exact, size)
			}
		}
	}
}

func TestSoftmax(t *testing.T) { eachLevel(t, testSoftmax) }

func testSoftmax(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for n := lanes; n < 200; n += lanes {
		x := values(r, n)
		for i := n - r.IntN(lanes); i < n; i++ {
			x[i] = float32(math.Inf(-1))
		}
		got, want := append([]float32(nil), x...), append([]float32(nil), x...)
		Softmax(got)
		softmaxGo(want)
		sameBits(t, "Softmax", got, want)
		largest := math.Inf(-1)
		for _, v := range x {
			largest = max(largest, float64(v))
		}
		total := 0.0
		for _, v := range x {
			total += math.Exp(float64(v) - largest)
		}
		for i, v := range x {
			near(t, "Softmax", got[i], math.Exp(float64(v)-largest)/total, 1)
		}
	}
}

func TestExp(t *testing.T) {
	for x := float32(expMin); x < expMax; x += 0.00137 {
		want := math.Exp(float64(x))
		if got := float64(exp(x)); math.Abs(got/want-1) > 2.5e-7 {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(-1), math.Inf(1), -1e30, 1e30} {
		if got := exp(float32(x)); got < 0 || got > math.MaxFloat32 || got != got {
			t.Errorf("exp(%v) = %v", x, got)
		}
	}
}

func TestSwiGLU(t *testing.T) { eachLevel(t, testSwiGLU) }

func testSwiGLU(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for n := range 70 {
		gate, up := values(r, n), values(r, n)
		for i := range gate {
			if r.IntN(8) == 0 {
				gate[i] *= 100
			}
		}
		got, want := make([]float32, n), make([]float32, n)
		SwiGLU(got, gate, up)
		swigluGo(want, gate, up)
		sameBits(t, "SwiGLU", got, want)
		for i := range got {
			g, u := float64(gate[i]), float64(up[i])
			near(t, "SwiGLU", got[i], g/(1+math.Exp(-g))*u, math.Abs(g*u))
		}
	}
}

func TestEmpty(t *testing.T) {
	Q8_0.Mul(nil, 0, nil, 0, 32, nil, 0)
	F16.Mul(nil, 0, nil, 0, 32, nil, 0)
	Scores(nil, []float32{1}, nil, 1)
	Softmax(nil)
	SwiGLU(nil, nil, nil)
	sum := []float32{1, 2}
	WeightedSum(sum, nil, nil)
	if sum[0] != 0 || sum[1] != 0 {
		t.Error("an empty sum is not 0")
	}
}
