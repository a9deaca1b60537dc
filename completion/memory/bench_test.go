package memory

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// sealed puts header and checksum around the body of a saved memory.
func sealed(body []byte) []byte {
	data := append([]byte(header), body...)
	return binary.LittleEndian.AppendUint32(data, crc32.ChecksumIEEE(data))
}

// goRoot is where the go command has its standard library.
func goRoot(b *testing.B) string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// tenThousand are the sources of Go's standard library, and of these as many
// again with other names as make 10,000 files.
func tenThousand(b *testing.B) map[string]string {
	b.Helper()
	texts := map[string]string{}
	root := filepath.Join(goRoot(b), "src")
	for round := 0; len(texts) < 10_000; round++ {
		before := len(texts)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || len(texts) >= 10_000 {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil && worthLearning(string(text)) {
				renamed := strings.ReplaceAll(string(text), "err", fmt.Sprintf("err%d", round))
				texts[fmt.Sprintf("/w/%d%s", round, strings.TrimPrefix(path, root))] = renamed
			}
			return err
		})
		if err != nil || len(texts) == before {
			b.Fatalf("%d files: %v", len(texts), err)
		}
	}
	return texts
}

// BenchmarkLearn10000 tells how long a workspace of 10,000 files takes to learn,
// with one goroutine, and the memory that it keeps.
func BenchmarkLearn10000(b *testing.B) {
	texts := tenThousand(b)
	var m *Memory
	var size int
	total := int64(0)
	for _, text := range texts {
		total += int64(len(text))
	}
	for b.Loop() {
		m, size = New(), 0
		m.reserve(total)
		for path, text := range texts {
			m.Learn(path, text, 0, time.Time{})
			size += len(text)
		}
	}
	if s := m.Stats(); s.Files != len(texts) {
		b.Fatalf("%+v of %d", s, len(texts))
	}
	clear(texts)
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	b.ReportMetric(float64(stats.HeapAlloc)/(1<<20), "MiB-kept")
	b.ReportMetric(float64(size)/(1<<20), "MiB-source")
	b.ReportMetric(float64(m.Stats().Words), "words")
	runtime.KeepAlive(m)
}

// BenchmarkEdit takes up one keystroke in a text of 100 KB.
func BenchmarkEdit(b *testing.B) {
	m := New()
	text := strings.Repeat(sample, 300)
	m.Open("p", text)
	at := len(text) / 2
	texts := [2]string{text, text[:at] + "x" + text[at:]}
	n := 0
	for b.Loop() {
		n++
		e := Edit{at, at, "x"}
		if n%2 == 0 {
			e = Edit{at, at + 1, ""}
		}
		m.Change("p", []Edit{e}, texts[n%2])
	}
}

// BenchmarkLines asks for the rest of a line in a text of 30 KB.
func BenchmarkLines(b *testing.B) {
	m := New()
	root := filepath.Join(goRoot(b), "src", "net", "http")
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil || len(files) < 10 {
		b.Fatal(files, err)
	}
	for _, f := range files {
		m.Refresh(root, f)
	}
	text, err := os.ReadFile(filepath.Join(root, "server.go"))
	if err != nil {
		b.Fatal(err)
	}
	m.Open(filepath.Join(root, "server.go"), string(text))
	at := strings.Index(string(text), "if err != nil {") + len("if err")
	for b.Loop() {
		m.At(filepath.Join(root, "server.go"), string(text), at, at+len(" != nil {"), false).Lines("")
	}
}
