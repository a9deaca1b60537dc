//go:build !cgo || !(amd64 || arm64)

package kernel

// There is no native code; the methods below are never called.

func (l Level) product(f Format, dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int) {
}

func (l Level) floatProduct(n Number, dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int) {
}

func (l Level) quantize(q []int8, scale []float32, sum []int16, x []float32, super bool) {}

func (l Level) roundFloats(n Number, dst, x []float32) {}

func (l Level) scores(dst, query, keys []float32, scale float32) {}

func (l Level) weightedSum(dst, weight, values []float32) {}

func (l Level) softmax(x []float32) {}

func (l Level) swiglu(dst, gate, up []float32) {}
