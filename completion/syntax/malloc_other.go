//go:build !linux

package syntax

// shareHeap has nothing to do where threads share a heap anyway.
func shareHeap() {}
