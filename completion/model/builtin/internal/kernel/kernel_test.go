package kernel

import (
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

// eachAssembly runs a test with as much assembly as there is, then with less.
func eachAssembly(t *testing.T, test func(t *testing.T)) {
	defer SetAssembly(SetAssembly(VNNI))
	for _, most := range []Assembly{VNNI, AVX2, PureGo} {
		SetAssembly(most)
		test(t)
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

func TestQuantizeQ8(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for n := range 200 {
		x := values(r, BlockSize*(1+n%5))
		switch n {
		case 0:
			clear(x)
		case 1:
			for i := range x {
				x[i] = math.MaxFloat32 * float32(i%3-1)
			}
		case 2:
			for i := range x {
				x[i] = math.SmallestNonzeroFloat32 * float32(i)
			}
		case 3:
			for i := range x {
				x[i] = float32(i%32-16) * 127 / 16 / 2 // halves
			}
		}
		q, scale := make([]int8, len(x)), make([]float32, len(x)/BlockSize)
		q2, scale2 := make([]int8, len(x)), make([]float32, len(x)/BlockSize)
		QuantizeQ8(q, scale, x)
		quantizeQ8Go(q2, scale2, x)
		sameBits(t, "scale", scale, scale2)
		for i := range q {
			if q[i] != q2[i] {
				t.Fatalf("%d: x %v: %d, want %d", n, x[i], q[i], q2[i])
			}
		}
		if n < 3 {
			continue
		}
		for i := range q {
			// Half a step of rounding, and the scale's own rounding on top.
			if s := scale[i/BlockSize]; math.Abs(float64(float32(q[i])*s-x[i])) > float64(s)*0.57+1e-7*127 {
				t.Fatalf("%d: x %v, scale %v: %d", n, x[i], s, q[i])
			}
		}
	}
}

func TestMulF32(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for cols := 1; cols < 70; cols++ {
		const rows, tokens = 3, 2
		w, x := values(r, rows*cols), values(r, tokens*cols)
		got := make([]float32, rows*tokens)
		MulF32(got, rows, w, rows, cols, x, tokens)
		for i := range tokens {
			for j := range rows {
				exact, size := 0.0, 0.0
				for c := range cols {
					term := float64(w[j*cols+c]) * float64(x[i*cols+c])
					exact += term
					size += math.Abs(term)
				}
				near(t, "MulF32", got[i*rows+j], exact, size)
			}
		}
		if whole := cols &^ 7; whole > 0 {
			sameBits(t, "dot", []float32{dot(w[:whole], x[:whole])}, []float32{dotGo(w[:whole], x[:whole])})
		}
	}
}

func TestScores(t *testing.T) { eachAssembly(t, testScores) }

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

func TestWeightedSum(t *testing.T) { eachAssembly(t, testWeightedSum) }

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

func TestSoftmax(t *testing.T) { eachAssembly(t, testSoftmax) }

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

func TestSwiGLU(t *testing.T) { eachAssembly(t, testSwiGLU) }

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
	QuantizeQ8(nil, nil, nil)
	Q8_0.Mul(nil, 0, nil, 0, 32, nil, 0, nil)
	Scores(nil, []float32{1}, nil, 1)
	Softmax(nil)
	SwiGLU(nil, nil, nil)
	sum := []float32{1, 2}
	WeightedSum(sum, nil, nil)
	if sum[0] != 0 || sum[1] != 0 {
		t.Error("an empty sum is not 0")
	}
}
