//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// heavy are texts that take a parser long, of the size in bytes that is named.
var heavy = []struct {
	name, language, file string
	text                 func() string
}{
	{"ruby=27kB", "ruby", "a.rb", func() string { // the scanner's state is as deep as the text
		return sized(27<<10, func(n int) string { return strings.Repeat(`"#{`, n) + "1" + strings.Repeat(`}"`, n) + "\n" })
	}},
	{"heredocs=55kB", "shellscript", "a.sh", func() string {
		return sized(55<<10, func(n int) string { return strings.Repeat("cat <<A\n$(\n", n) })
	}},
	{"heredocs-begun=55kB", "shellscript", "a.sh", func() string { // all in one line
		return sized(55<<10, func(n int) string {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, "cat <<A%d; ", i)
			}
			return b.String()
		})
	}},
	{"generated=496kB", "c", "a.c", func() string {
		return sized(496<<10, func(n int) string {
			var b strings.Builder
			b.WriteString("static const struct entry table[] = {\n")
			for i := range n {
				fmt.Fprintf(&b, "\t{ .key = %d, .name = \"n%d\", .mask = { 0x%x, 0x%x }, .next = &table[%d] },\n", i, i, i*7, i*31, i+1)
			}
			return b.String() + "};\n"
		})
	}},
	{"conflicts=184kB", "go", "a.go", func() string {
		return sized(184<<10, func(n int) string {
			var b strings.Builder
			b.WriteString("package a\n")
			for i := range n {
				fmt.Fprintf(&b, "<<<<<<< HEAD\nfunc f%[1]d(a int) int {\n\treturn a + %[1]d\n=======\nfunc f%[1]d(a, b int) int {\n\treturn a * b\n>>>>>>> theirs\n}\n", i)
			}
			return b.String()
		})
	}},
	{"same=1MB", "plaintext", "a.txt", func() string {
		return sized(1<<20-1<<10, func(n int) string { return strings.Repeat("nothing that is code\n", n) })
	}},
	{"line=1MB", "javascript", "a.js", func() string {
		return sized(1<<20-1<<10, func(n int) string { return strings.Repeat("f(a[1],", n) + strings.Repeat(")", n) })
	}},
}

// sized is the largest text of a kind that has at most size bytes.
func sized(size int, text func(n int) string) string {
	n := 1
	for len(text(n+n/8+1)) <= size {
		n += n/8 + 1
	}
	return text(n)
}

// BenchmarkKeystrokeHeavy is what a keystroke costs in texts that take a parser
// long: processor time of the server and of the process that parses, as somebody
// types 8 characters a second, each asking for a completion. At most 30 ms.
func BenchmarkKeystrokeHeavy(b *testing.B) {
	for _, h := range heavy {
		b.Run(h.name, func(b *testing.B) { keystrokes(b, h.text(), h.language, h.file) })
	}
}

func keystrokes(b *testing.B, text, language, file string) {
	parseElsewhere()
	fake := modeltest.NewFake("")
	fake.Script(func(model.Prompt) modeltest.Reply { return modeltest.Reply{Text: "(a + b)"} })
	engine := completion.New(completion.Options{Backends: []model.Backend{fake}, Debounce: 1})
	defer engine.Close()
	editor, end := startEditor(b, engine, "utf-8")
	uri := "file:///src/" + file
	line := strings.Count(text[:len(text)/2], "\n")
	editor.Open(uri, language, text)
	column, version := 0, 1
	key := func(i int) {
		version++
		editor.Raw(frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%q}]}}`,
			uri, version, line, column, line, column, string(rune('a'+i%26))))
		column++
		editor.Raw(frame(`{"jsonrpc":"2.0","id":"k%d","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d},"context":{"triggerKind":2}}}`,
			i, uri, line, column))
		if answer := editor.NextUnclaimed(); answer.Error != nil {
			b.Fatal(answer.Error)
		}
	}
	const pace = 125 * time.Millisecond
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	n := 0
	for range 25 { // until what the opening has begun is over
		key(n)
		n++
		<-ticker.C
	}
	before, warm := processor(b), n
	for b.Loop() {
		key(n)
		n++
		<-ticker.C
	}
	b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(n-warm)/1000, "cpu-ms/key")
	end()
}

// processor is the time that this process and those it has started have taken.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Skip(err)
	}
	total := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	children, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(children) == 0 {
		b.Skip("children are not told here")
	}
	for _, file := range children {
		data, _ := os.ReadFile(file)
		for _, pid := range strings.Fields(string(data)) {
			threads, _ := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
			for _, thread := range threads {
				data, _ := os.ReadFile(thread)
				var ns int64
				fmt.Sscan(string(data), &ns)
				total += time.Duration(ns)
			}
		}
	}
	return total
}
