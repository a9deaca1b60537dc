package grammars

// #include "abi.h"
import "C"

import "unsafe"

// forRuntime returns table as the runtime reads it, see abi.c. It panics for a
// table of another ABI, which tests meet and users do not.
func forRuntime(table unsafe.Pointer) unsafe.Pointer {
	read := unsafe.Pointer(C.for_runtime(table))
	if read == nil {
		panic("grammars: a grammar's ABI is not one of 13, 14 and 15")
	}
	return read
}
