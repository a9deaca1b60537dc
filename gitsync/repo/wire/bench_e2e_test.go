//go:build e2e

package wire

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// The repository that is measured on: benchFiles files, benchCommits commits
// of one to three changes each, of which "next" has benchAhead more than main.
const (
	benchFiles   = 50_000
	benchCommits = 20_000
	benchAhead   = 100
)

// bench is the generated remote and a clone of its main.
type bench struct {
	b            *testing.B
	remote, ours string
	env          []string
	repo         *Wire
	up           refs.Upstream
}

func newBench(b *testing.B) *bench {
	b.Helper()
	base := os.Getenv("AIRSIDE_BENCH_DIR")
	if base == "" {
		base = filepath.Join(os.TempDir(), "airside-bench")
	}
	dir := filepath.Join(base, fmt.Sprintf("sync-%d-%d-1", benchFiles, benchCommits))
	s := &bench{b: b, remote: filepath.Join(dir, "remote.git"), ours: filepath.Join(b.TempDir(), "ours")}
	s.env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@b"}
	if _, err := os.Stat(filepath.Join(s.remote, "made")); err != nil {
		s.generate(dir)
	}
	s.git(s.remote, "update-ref", "refs/heads/main", "refs/heads/next~100")
	s.git(s.remote, "clone", "-q", "--no-checkout", "--single-branch", "-b", "main", s.remote, s.ours)
	s.git(s.ours, "config", "gc.auto", "0")
	s.git(s.ours, "config", "maintenance.auto", "false")
	git, _ := exec.LookPath("git")
	s.repo = over(b, s.ours, nil, &program.Runner{Git: git, Environ: s.env})
	s.up = refs.Upstream{Remote: "origin", URL: "file://" + s.remote, Ref: "refs/heads/main"}
	s.git(s.ours, "remote", "set-url", "origin", s.up.URL)
	return s
}

func (s *bench) git(dir string, args ...string) string {
	s.b.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env, cmd.Dir = s.env, dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.b.Fatalf("git %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// generate writes the repository by git fast-import: the same one each time.
func (s *bench) generate(dir string) {
	s.b.Helper()
	os.RemoveAll(dir)
	if err := os.MkdirAll(s.remote, 0o755); err != nil {
		s.b.Fatal(err)
	}
	s.git(s.remote, "init", "-q", "--bare", "-b", "main")
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Env, cmd.Stderr = s.remote, s.env, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		s.b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.b.Fatal(err)
	}
	w := bufio.NewWriterSize(in, 1<<20)
	file := func(n, version int) {
		text := fmt.Sprintf("package d%d\n\n// version %d\nfunc F%d() int { return %d }\n%s", n/500, version, n, n*version, strings.Repeat(fmt.Sprintf("// line of %d\n", n), 8))
		fmt.Fprintf(w, "M 100644 inline src/d%d/e%d/f%d.go\ndata %d\n%s\n", n/500, n/50%10, n, len(text), text)
	}
	random := uint32(1)
	for c := range benchCommits {
		fmt.Fprintf(w, "commit refs/heads/next\nmark :%d\ncommitter A <a@b> %d +0000\ndata 2\nc\n\n", c+1, 1_600_000_000+60*c)
		if c > 0 {
			fmt.Fprintf(w, "from :%d\n", c)
			for range 1 + c%3 {
				random = random*1664525 + 1013904223
				file(int(random>>8)%benchFiles, c)
			}
			continue
		}
		for n := range benchFiles {
			file(n, 0)
		}
	}
	w.Flush()
	in.Close()
	if err := cmd.Wait(); err != nil {
		s.b.Fatal(err)
	}
	s.git(s.remote, "repack", "-q", "-a", "-d", "--window=10")
	s.git(s.remote, "pack-refs", "--all")
	os.WriteFile(filepath.Join(s.remote, "made"), nil, 0o644)
}

func (s *bench) hash(dir, rev string) object.Hash {
	h, err := object.ParseHash(s.git(dir, "rev-parse", rev))
	if err != nil {
		s.b.Fatal(err)
	}
	return h
}

// objects are the files of a repository's object store.
func objectFiles(dir string) map[string]bool {
	files := map[string]bool{}
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[path] = true
		}
		return nil
	})
	return files
}

// forget removes what came since before was listed.
func forget(dir string, before map[string]bool) {
	for path := range objectFiles(dir) {
		if !before[path] {
			os.Remove(path)
		}
	}
}

// against times ours and git's in turns, and reports how many times git's time
// ours takes, and the memory that this process has taken.
func (s *bench) against(ours, git, undo func()) {
	s.b.Helper()
	undo()
	ours()
	undo()
	git()
	undo()
	s.b.ResetTimer()
	var mine, theirs time.Duration
	for range s.b.N {
		start := time.Now()
		ours()
		mine += time.Since(start)
		s.b.StopTimer()
		undo()
		start = time.Now()
		git()
		theirs += time.Since(start)
		undo()
		s.b.StartTimer()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s.b.ReportMetric(float64(theirs.Nanoseconds())/float64(s.b.N), "git-ns/op")
	s.b.ReportMetric(float64(mine)/float64(theirs), "x-git")
	s.b.ReportMetric(float64(m.Sys)/(1<<20), "MiB-sys")
}

func (s *bench) must(err error) {
	if err != nil {
		s.b.Fatal(err)
	}
}

func BenchmarkE2ENothing(b *testing.B) {
	s := newBench(b)
	s.against(func() {
		refs, err := s.repo.Advertise(b.Context(), s.up)
		s.must(err)
		if refs["refs/heads/main"].IsZero() {
			b.Fatal("no main")
		}
	}, func() { s.git(s.ours, "fetch", "-q", "origin") }, func() {})
}

func BenchmarkE2EFetch100(b *testing.B) {
	s := newBench(b)
	store := filepath.Join(s.ours, ".git", "objects")
	before := objectFiles(store)
	s.against(func() {
		refs, err := s.repo.Advertise(b.Context(), s.up)
		s.must(err)
		s.must(s.repo.Fetch(b.Context(), s.up, []object.Hash{refs["refs/heads/next"]}, nil))
	}, func() { s.git(s.ours, "fetch", "-q", "origin", "refs/heads/next") }, func() { forget(store, before) })
}

func BenchmarkE2EPush1(b *testing.B) {
	s := newBench(b)
	old := s.hash(s.ours, "HEAD")
	s.git(s.ours, "read-tree", "HEAD")
	blob := s.git(s.ours, "rev-parse", "HEAD:src/d0/e0/f0.go")
	s.git(s.ours, "update-index", "--add", "--cacheinfo", "100644,"+blob+",src/d7/e7/new.go")
	tree := s.git(s.ours, "write-tree")
	commit := s.git(s.ours, "commit-tree", "-p", "HEAD", "-m", "one", tree)
	mine, err := object.ParseHash(commit)
	s.must(err)
	store := filepath.Join(s.remote, "objects")
	before := objectFiles(store)
	s.against(func() {
		s.must(s.repo.Push(context.Background(), s.up, []PushUpdate{{Ref: "refs/heads/main", Old: old, New: mine}}, nil))
	}, func() { s.git(s.ours, "push", "-q", "origin", commit+":refs/heads/main") },
		func() {
			s.git(s.remote, "update-ref", "refs/heads/main", old.String())
			forget(store, before)
		})
}
