package machine

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Now is the memory that there is. macOS compresses and swaps early; how much is
// free it does not tell.
func Now() Memory {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return Memory{}
	}
	return Memory{Total: int64(total), Free: int64(total)}
}

// GPU tells which kind of GPU models may run on here; "" for none that is known of.
func GPU() string {
	if runtime.GOARCH == "arm64" {
		return "Apple GPU"
	}
	return ""
}

func processor() string {
	name, err := unix.Sysctl("machdep.cpu.brand_string")
	if err != nil {
		return "unknown processor"
	}
	return name
}
