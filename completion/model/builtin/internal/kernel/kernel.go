// Package kernel is the arithmetic of the forward pass on plain slices: matrix
// products with quantised weights, attention, softmax and the activation
// function.
//
// Each operation is written in Go, and where it pays also in AVX2 assembly,
// chosen at run time. Both give the same bits: the Go versions add in the order
// of the vector lanes, and neither fuses multiplication with addition (the
// conversions float32(x*y) forbid it to the compiler). So a model answers the
// same on every machine, and the tests can compare for equality.
package kernel

// lanes is the number of float32 in a vector register; sums run over so many
// partial sums.
const lanes = 8

// sum adds up the partial sums of a vector register by halves.
func sum(a *[lanes]float32) float32 {
	s0, s1 := a[0]+a[4], a[1]+a[5]
	s2, s3 := a[2]+a[6], a[3]+a[7]
	return (s0 + s2) + (s1 + s3)
}

// Assembly is how much assembly is in use.
type Assembly uint8

// The choices, each with all before it.
const (
	PureGo Assembly = iota
	AVX2
	VNNI // AVX512-VNNI
)
