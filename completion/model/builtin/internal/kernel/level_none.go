//go:build !cgo || !(amd64 || arm64)

package kernel

// Levels are the levels that this build has.
func Levels() []Level { return []Level{PureGo} }
