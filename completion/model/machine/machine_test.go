package machine

import (
	"testing"
	"testing/fstest"
)

func files(pairs ...string) system {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return system{m}
}

// TestQuota: a container's share of the processors, as both versions of control
// groups write it.
func TestQuota(t *testing.T) {
	tests := []struct {
		name string
		in   system
		want float64
	}{
		{"nothing there", files(), 0},
		{"version 2, in a container", files("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "50000 100000\n"), 0.5},
		{"version 2, no bound", files("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/cpu.max", "max 100000\n"), 0},
		{"version 2, the group above is tighter", files("proc/self/cgroup", "0::/a/b\n",
			"sys/fs/cgroup/a/b/cpu.max", "300000 100000", "sys/fs/cgroup/a/cpu.max", "150000 100000", "sys/fs/cgroup/cpu.max", "max 100000"), 1.5},
		{"version 2 beside 1", files("proc/self/cgroup", "3:memory:/\n0::/x\n", "sys/fs/cgroup/unified/x/cpu.max", "20000 10000"), 2},
		{"version 1", files("proc/self/cgroup", "4:cpuacct,cpu:/docker/1\n0::/\n",
			"sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "25000", "sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "100000"), 0.25},
		{"version 1, no bound", files("proc/self/cgroup", "4:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"), 0},
		{"garbage", files("proc/self/cgroup", "0::/../..\nx\n", "sys/fs/cgroup/cpu.max", "many"), 0},
	}
	for _, tt := range tests {
		if got := tt.in.quota(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

const meminfo = "MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    5000 kB\n"

func TestMemory(t *testing.T) {
	const kB = 1 << 10
	tests := []struct {
		name string
		in   system
		want Memory
	}{
		{"nothing there", files(), Memory{}},
		{"a machine", files("proc/meminfo", meminfo), Memory{8000 * kB, 5000 * kB}},
		{"no bound", files("proc/meminfo", meminfo, "proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "max"), Memory{8000 * kB, 5000 * kB}},
		{"a container, files cached in it are free", files("proc/meminfo", meminfo, "proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "2048000",
			"sys/fs/cgroup/memory.current", "1024000", "sys/fs/cgroup/memory.stat", "anon 1\ninactive_file 512000\nactive_file 102400\n"),
			Memory{2000 * kB, 2048000 - 1024000 + 512000 + 102400}},
		{"a group with more than there is", files("proc/meminfo", meminfo, "proc/self/cgroup", "0::/\n", "sys/fs/cgroup/memory.max", "99999999999", "sys/fs/cgroup/memory.current", "0"),
			Memory{8000 * kB, 5000 * kB}},
		{"version 1", files("proc/meminfo", meminfo, "proc/self/cgroup", "4:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1024000",
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes", "1000000", "sys/fs/cgroup/memory/a/memory.stat", "inactive_file 9\ntotal_inactive_file 0\n"),
			Memory{1000 * kB, 24000}},
	}
	for _, tt := range tests {
		if got := tt.in.memory(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestGPU(t *testing.T) {
	if got := files("dev/kfd", "", "dev/dri/renderD128", "").gpu(); got != "AMD GPU" {
		t.Errorf("%q", got)
	}
	if got := files("dev/dri/renderD128", "").gpu(); got != "" {
		t.Errorf("a card for the screen alone is %q", got)
	}
}

// TestHere: this machine has something.
func TestHere(t *testing.T) {
	if n := Processors(); n < 1 {
		t.Errorf("%d processors", n)
	}
	if first, second := Name(), Name(); first != second || first == "" {
		t.Errorf("%q, %q", first, second)
	}
	t.Logf("%s, %+v", Name(), Now())
}
