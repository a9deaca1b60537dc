//go:build !unix

package ollama

const nonBlocking = 0
