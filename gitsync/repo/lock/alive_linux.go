package lock

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// startOf tells a process from any other that had or will have its number: the boot,
// and its start in clock ticks since then (proc_pid_stat(5), starttime). One that has
// ended and was not yet waited for does not live.
func startOf(pid int) (start string, alive bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return unknown, !os.IsNotExist(err)
	}
	// The name, in parentheses, may have blanks and parentheses in it.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return unknown, true
	}
	return bootID() + "/" + string(fields[19]), fields[0][0] != 'Z' && fields[0][0] != 'X'
}

// namespace is in which numbers of processes this one sees (pid_namespaces(7)).
func namespace() string {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil || strings.ContainsAny(name, " \n") {
		return unknown
	}
	return name
}

var bootID = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return unknown
	}
	return strings.TrimSpace(string(id))
})

// inUse tells whether a process has a lock open, or a git works in the repository, as
// far as can be seen: what cannot be seen of a git counts as work.
func inUse(lock string, at layout.Layout) bool {
	processes, err := os.ReadDir("/proc")
	if err != nil || len(processes) == 0 {
		return true
	}
	// Of a repository with several work trees any git may have the lock.
	folders := []string{"/"}
	if trees, _ := os.ReadDir(filepath.Join(at.Common, "worktrees")); at.Git == at.Common && len(trees) == 0 {
		folders = folders[:0]
		for _, dir := range []string{at.Work, at.Git} {
			if real, err := filepath.EvalSymlinks(dir); err == nil && real != "" {
				folders = append(folders, real)
			}
		}
	}
	if real, err := filepath.EvalSymlinks(lock); err == nil {
		lock = real
	}
	for _, p := range processes {
		pid, err := strconv.Atoi(p.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join("/proc", p.Name())
		if isGit(dir) && worksIn(dir, folders) || hasOpen(dir, lock) {
			return true
		}
	}
	return false
}

// isGit tells whether a process is git or one of its parts; its daemons, which wait
// for others, take no locks. Others have names that begin alike.
func isGit(dir string) bool {
	name, err := os.ReadFile(filepath.Join(dir, "comm"))
	if name = bytes.TrimSpace(name); err != nil || string(name) != "git" && !bytes.HasPrefix(name, []byte("git-")) {
		return false
	}
	line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
	return err != nil || len(line) > 0 && !bytes.Contains(line, []byte("daemon"))
}

func worksIn(dir string, folders []string) bool {
	cwd, err := os.Readlink(filepath.Join(dir, "cwd"))
	if err != nil {
		return !os.IsNotExist(err) // one that has just ended does not
	}
	line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
	environ, err := os.ReadFile(filepath.Join(dir, "environ"))
	if err != nil || bytes.Contains(environ, []byte("GIT_DIR=")) || bytes.Contains(environ, []byte("GIT_WORK_TREE=")) {
		return !os.IsNotExist(err)
	}
	for _, f := range folders {
		if f == "/" || cwd == f || strings.HasPrefix(cwd, f+"/") || bytes.Contains(line, []byte(f)) {
			return true
		}
	}
	return false
}

func hasOpen(dir, path string) bool {
	open, _ := os.ReadDir(filepath.Join(dir, "fd"))
	for _, fd := range open {
		if to, err := os.Readlink(filepath.Join(dir, "fd", fd.Name())); err == nil && to == path {
			return true
		}
	}
	return false
}
