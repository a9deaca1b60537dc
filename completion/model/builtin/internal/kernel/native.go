//go:build cgo && (amd64 || arm64)

package kernel

/*
#cgo CFLAGS: -std=c11 -O3 -D_GNU_SOURCE
#cgo noescape kernelProduct
#cgo nocallback kernelProduct
#cgo noescape kernelFloatProduct
#cgo nocallback kernelFloatProduct
#cgo noescape kernelQuantize
#cgo nocallback kernelQuantize
#cgo noescape kernelRoundFloats
#cgo nocallback kernelRoundFloats
#cgo noescape kernelScores
#cgo nocallback kernelScores
#cgo noescape kernelWeightedSum
#cgo nocallback kernelWeightedSum
#cgo noescape kernelSoftmax
#cgo nocallback kernelSoftmax
#cgo noescape kernelSwiglu
#cgo nocallback kernelSwiglu
#include "native.h"
*/
import "C"

import "unsafe"

func init() { C.kernelCatchFaults() }

// The methods of Level do the work of the functions that call them. They check
// no bounds and take whole blocks, tiles and vectors.

func (l Level) product(f Format, dst []float32, stride int, weights []byte, rows, cols int, x *Activations, tokens int) {
	if C.kernelProduct(C.int(l), C.int(f), floats(dst), C.long(stride),
		(*C.uint8_t)(unsafe.SliceData(weights)), C.long(rows), C.long(cols),
		(*C.int8_t)(unsafe.SliceData(x.q)), C.long(x.stride()), floats(x.scale),
		(*C.int16_t)(unsafe.SliceData(x.sum)), C.long(tokens)) != 0 {
		panic(ErrGone)
	}
}

func (l Level) floatProduct(n Number, dst []float32, stride int, weights []byte, rows, cols int, x []float32, tokens int) {
	if C.kernelFloatProduct(C.int(l), C.int(n), floats(dst), C.long(stride),
		(*C.uint8_t)(unsafe.SliceData(weights)), C.long(rows), C.long(cols), floats(x), C.long(tokens)) != 0 {
		panic(ErrGone)
	}
}

func (l Level) quantize(q []int8, scale []float32, sum []int16, x []float32, super bool) {
	C.kernelQuantize(C.int(l), (*C.int8_t)(unsafe.SliceData(q)), floats(scale), (*C.int16_t)(unsafe.SliceData(sum)),
		floats(x), C.long(len(q)), C.bool(super))
}

func (l Level) roundFloats(n Number, dst, x []float32) {
	C.kernelRoundFloats(C.int(l), floats(dst), floats(x), C.long(len(dst)), C.int(n))
}

func (l Level) scores(dst, query, keys []float32, scale float32) {
	C.kernelScores(C.int(l), floats(dst), floats(query), floats(keys), C.long(len(dst)/TilePositions), C.long(len(query)), C.float(scale))
}

func (l Level) weightedSum(dst, weight, values []float32) {
	C.kernelWeightedSum(C.int(l), floats(dst), floats(weight), floats(values), C.long(len(weight)), C.long(len(dst)))
}

func (l Level) softmax(x []float32) { C.kernelSoftmax(C.int(l), floats(x), C.long(len(x))) }

func (l Level) swiglu(dst, gate, up []float32) {
	C.kernelSwiglu(C.int(l), floats(dst), floats(gate), floats(up), C.long(len(dst)))
}

func floats(x []float32) *C.float { return (*C.float)(unsafe.SliceData(x)) }
