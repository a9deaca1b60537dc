//go:build cgo

package kernel

import (
	"runtime"

	"golang.org/x/sys/cpu"
)

// Levels are the levels that this processor has, the best one last.
func Levels() []Level {
	if runtime.GOOS == "darwin" || cpu.ARM64.HasASIMDDP {
		return []Level{PureGo, NEON, DotProd}
	}
	return []Level{PureGo, NEON}
}
