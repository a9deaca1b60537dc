//go:build amd64 || arm64

package spin

// Pause tells the processor that the caller is waiting.
func Pause()
