package machine

import (
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// system is Linux's /proc, /sys and /dev. Elsewhere they are empty, and nothing is
// found in them.
type system struct{ root fs.FS }

func here() system { return system{os.DirFS("/")} }

// maxText bounds what is read of one of these files.
const maxText = 64 << 10

func (s system) read(name string) string {
	f, err := s.root.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	text := make([]byte, maxText)
	n := 0
	for n < len(text) {
		more, err := f.Read(text[n:])
		n += more
		if err != nil {
			break
		}
	}
	return strings.TrimSpace(string(text[:n]))
}

// field is the number behind a name in a file of lines "name: 123 kB" or
// "name 123"; ok is false without one.
func field(text, name string) (n int64, ok bool) {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 || strings.TrimSuffix(words[0], ":") != name {
			continue
		}
		n, err := strconv.ParseInt(words[1], 10, 64)
		if len(words) > 2 && words[2] == "kB" {
			n *= 1 << 10
		}
		return n, err == nil
	}
	return 0, false
}

// groups are the folders of the control groups that bound a controller ("cpu",
// "memory") for this process, its own first, then those above. v2 says which of
// the two versions' files they have.
func (s system) groups(controller string) (dirs []string, v2 bool) {
	own, v2 := "", false
	for line := range strings.Lines(s.read("proc/self/cgroup")) {
		// "4:memory:/a/b" in version 1, "0::/a/b" in version 2.
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for c := range strings.SplitSeq(parts[1], ",") {
			if c == controller {
				own, v2 = parts[2], false
				return above("sys/fs/cgroup/"+controller, own), v2
			}
		}
		if parts[0] == "0" && parts[1] == "" {
			own, v2 = parts[2], true
		}
	}
	if !v2 {
		return nil, false
	}
	return append(above("sys/fs/cgroup", own), above("sys/fs/cgroup/unified", own)...), true
}

// above is a folder below root, and those between the two.
func above(root, own string) []string {
	dir := path.Join(root, path.Clean("/"+own))
	dirs := []string{dir}
	for dir != root {
		dir = path.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// quota is how many processors' time this process may use, 0 where all.
func (s system) quota() float64 {
	least := math.Inf(1)
	dirs, v2 := s.groups("cpu")
	for _, dir := range dirs {
		var quota, period string
		if v2 {
			quota, period, _ = strings.Cut(s.read(dir+"/cpu.max"), " ")
		} else {
			quota, period = s.read(dir+"/cpu.cfs_quota_us"), s.read(dir+"/cpu.cfs_period_us")
		}
		q, err1 := strconv.ParseFloat(quota, 64) // "max" and -1 are no bounds
		p, err2 := strconv.ParseFloat(period, 64)
		if err1 == nil && err2 == nil && q > 0 && p > 0 {
			least = min(least, q/p)
		}
	}
	if math.IsInf(least, 1) {
		return 0
	}
	return least
}

// memory is what /proc/meminfo says, or less where a control group bounds it.
func (s system) memory() (m Memory) {
	info := s.read("proc/meminfo")
	m.Total, _ = field(info, "MemTotal")
	m.Free, _ = field(info, "MemAvailable")
	if m.Total == 0 {
		return Memory{}
	}
	dirs, v2 := s.groups("memory")
	limit, usage, cached := "memory.limit_in_bytes", "memory.usage_in_bytes", []string{"total_inactive_file", "total_active_file"}
	if v2 {
		limit, usage, cached = "memory.max", "memory.current", []string{"inactive_file", "active_file"}
	}
	for _, dir := range dirs {
		most, err := strconv.ParseInt(s.read(dir+"/"+limit), 10, 64)
		if err != nil || most <= 0 {
			continue
		}
		used, _ := strconv.ParseInt(s.read(dir+"/"+usage), 10, 64)
		stat := s.read(dir + "/memory.stat")
		for _, name := range cached {
			n, _ := field(stat, name)
			used -= n
		}
		m.Total = min(m.Total, most)
		m.Free = min(m.Free, most-max(0, used))
	}
	m.Free = max(0, min(m.Free, m.Total))
	return m
}

// gpu is the maker of a GPU that programs for models use, as far as the drivers'
// files tell.
func (s system) gpu() string {
	for _, sign := range []struct{ file, maker string }{
		{"dev/nvidia0", "NVIDIA GPU"}, {"proc/driver/nvidia/version", "NVIDIA GPU"},
		{"dev/kfd", "AMD GPU"}, // of ROCm; an integrated one may have it, too
		{"dev/dxg", "GPU of Windows"},
	} {
		if _, err := fs.Stat(s.root, sign.file); err == nil {
			return sign.maker
		}
	}
	return ""
}

// processorName is the model of the first processor.
func (s system) processorName() string {
	for line := range strings.Lines(s.read("proc/cpuinfo")) {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); ok && (name == "model name" || name == "CPU part") {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
