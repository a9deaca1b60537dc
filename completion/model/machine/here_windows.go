package machine

import (
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

var globalMemoryStatusEx = windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")

// memoryStatus is MEMORYSTATUSEX.
type memoryStatus struct {
	length, load                                                          uint32
	total, free, totalPage, freePage, totalVirtual, freeVirtual, extended uint64
}

// Now is the memory that there is now.
func Now() Memory {
	s := memoryStatus{length: uint32(unsafe.Sizeof(memoryStatus{}))}
	if ok, _, _ := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return Memory{}
	}
	return Memory{Total: int64(s.total), Free: int64(s.free)}
}

// GPU tells which kind of GPU models may run on here; "" for none that is known of.
func GPU() string {
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return ""
	}
	for _, sign := range []struct{ file, maker string }{{"nvcuda.dll", "NVIDIA GPU"}, {"amdhip64.dll", "AMD GPU"}, {"amdhip64_6.dll", "AMD GPU"}} {
		if _, err := os.Stat(filepath.Join(dir, sign.file)); err == nil {
			return sign.maker
		}
	}
	return ""
}

func processor() string { return "unknown processor" }
