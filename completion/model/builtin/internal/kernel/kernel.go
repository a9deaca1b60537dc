// Package kernel is the arithmetic of the forward pass on plain slices: matrix
// products with quantised weights, attention, softmax and the activation
// function.
//
// Each operation is written in Go, and in C for the vectors of amd64 and arm64
// (kernels.h), chosen at run time. All give the same bits: sums run in the same
// order over as many partial sums, and multiplication is fused with addition
// only where Go says so (the conversions float32(x*y) forbid it to the
// compiler). So a model answers the same on every machine, and the tests can
// compare for equality.
//
// C rather than Go's assembly, as one description of the formats serves all
// instructions; what this costs is a call of some 50 ns, so that a call does a
// piece of work.
package kernel

// lanes is the number of partial sums.
const lanes = 8

// sum adds up partial sums by halves.
func sum(a *[lanes]float32) float32 {
	s0, s1 := a[0]+a[4], a[1]+a[5]
	s2, s3 := a[2]+a[6], a[3]+a[7]
	return (s0 + s2) + (s1 + s3)
}
