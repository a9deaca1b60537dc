package syntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// goFile returns a Go file of about n lines: imports, types, and functions of
// 25 lines each.
func goFile(n int) string {
	var b strings.Builder
	b.WriteString("package corpus\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n)\n\n")
	for i, lines := 0, 7; lines < n; i, lines = i+1, lines+27 {
		fmt.Fprintf(&b, `// Record%[1]d holds what call %[1]d was told: a name, and a count that grows with each.
type Record%[1]d struct {
	Name  string
	Count int
}

// Update adds values to the record, none of which may be negative, and tells what it holds.
func (r *Record%[1]d) Update(name string, values []int) (int, error) {
	if name == "" {
		return 0, errors.New("update: a record needs a name, and this one has none")
	}
	// Zero stands for a value that is not known and counts as none at all.
	for i, v := range values {
		switch {
		case v < 0:
			return i, fmt.Errorf("update record %%s: the value at index %%d is negative: %%d", name, i, v)
		case v == 0:
			continue
		}
		r.Count += v
	}
	r.Name = name
	result := map[string]int{"count": r.Count, "length": len(values), "capacity": cap(values)}
	return result["count"], nil
}

`, i)
	}
	return b.String()
}

var sizes = []int{10, 1_000, 10_000}

// typing yields texts as a user types into the middle of one, and the offset.
type typing struct {
	text   string
	offset int
	n      int
}

func newTyping(text string) *typing {
	const line = "\tr.Name = name\n"
	half := len(text) / 2
	return &typing{text: text, offset: half + strings.Index(text[half:], line) + len(line) - 1}
}

// key types one more byte of a statement, over and over.
func (t *typing) key() Edit {
	const statement = "\n\tif value, ok := table[name]; ok {\n\t\tr.Count = value\n\t}"
	c := statement[t.n%len(statement)]
	t.n++
	t.text = t.text[:t.offset] + string(c) + t.text[t.offset:]
	t.offset++
	return Edit{t.offset - 1, t.offset - 1, t.offset}
}

// percentiles reports the median and the 95th percentile beside the mean.
func percentiles(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2]), "p50-ns")
	b.ReportMetric(float64(times[len(times)*95/100]), "p95-ns")
}

func BenchmarkParse(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := goFile(n)
			var p parsers
			defer p.close()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				t, err := p.parse(languageOf("go"), text, nil, time.Minute)
				if err != nil {
					b.Fatal(err)
				}
				t.close()
			}
		})
	}
}

// BenchmarkReparse measures an edit of one byte and the parse that follows.
func BenchmarkReparse(b *testing.B) {
	benchmarkTyping(b, near, func(c *Cache, d Document, offset int, edit Edit) bool {
		c.Edit(d.Key, []Edit{edit}, d.Text)
		l := languageOf(d.Language)
		p := scanPlace(&l.Lexis, d.Text, offset)
		t := here(c).tree(d, p.repairAt(l, d.Text, offset))
		defer t.close()
		return t != nil
	})
}

// BenchmarkAnalyze measures a keystroke and the analysis that follows.
func BenchmarkAnalyze(b *testing.B) {
	benchmarkAnalyze(b, near)
}

// BenchmarkAnalyzeFar is the same with the tree in a process of its own.
func BenchmarkAnalyzeFar(b *testing.B) {
	benchmarkAnalyze(b, func(b *testing.B) *Cache { return far(b, Limits{ParseTime: time.Minute}) })
}

func benchmarkAnalyze(b *testing.B, cache func(*testing.B) *Cache) {
	benchmarkTyping(b, cache, func(c *Cache, d Document, offset int, edit Edit) bool {
		c.Edit(d.Key, []Edit{edit}, d.Text)
		a := c.Analyze(d, offset)
		return a.Parsed && len(a.Imports) > 0 && len(a.Enclosing) > 0
	})
}

// near has the tree in this process.
func near(*testing.B) *Cache { return NewCache(Limits{ParseTime: time.Minute}) }

func benchmarkTyping(b *testing.B, cache func(*testing.B) *Cache, step func(*Cache, Document, int, Edit) bool) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, d, typed := opened(b, cache(b), n)
			var times []time.Duration
			for b.Loop() {
				edit := typed.key()
				d.Text = typed.text
				begin := time.Now()
				ok := step(c, d, typed.offset, edit)
				times = append(times, time.Since(begin))
				if !ok {
					b.Fatal("not parsed")
				}
			}
			percentiles(b, times)
		})
	}
}

// opened returns a cache with a parsed Go file of n lines.
func opened(b *testing.B, c *Cache, n int) (*Cache, Document, *typing) {
	b.Cleanup(c.CloseAll)
	typed := newTyping(goFile(n))
	d := Document{Key: "a", Language: "go", Text: typed.text}
	c.Open(d)
	if !c.Analyze(d, typed.offset).Parsed {
		b.Fatal("not parsed")
	}
	b.ReportMetric(float64(len(d.Text)), "bytes")
	return c, d, typed
}

// BenchmarkBreaks measures a suggestion of four lines: a good one, and one of
// which the first two lines can be kept.
func BenchmarkBreaks(b *testing.B) {
	suggestions := map[string]string{
		"good":   "if r == nil {\n\t\treturn 0, nil\n\t}\n\tr.Count++",
		"broken": "r.Count++\n\tr.Count++\n\tif r == nil {\n\t\treturn 0, nil",
	}
	for _, n := range sizes {
		for name, suggestion := range suggestions {
			b.Run(fmt.Sprint(n, name), func(b *testing.B) {
				c, d, typed := opened(b, near(b), n)
				var times []time.Duration
				for b.Loop() {
					begin := time.Now()
					breaks, _ := c.Judge().Breaks(d, Range{typed.offset, typed.offset}, "\n\t"+suggestion)
					times = append(times, time.Since(begin))
					if breaks != (name == "broken") {
						b.Fatal(breaks)
					}
				}
				percentiles(b, times)
			})
		}
	}
}

// BenchmarkEnd looks for the end of a suggestion that has none yet.
func BenchmarkEnd(b *testing.B) {
	typed := newTyping(goFile(1000))
	typed.key()
	typed.key()
	c := NewCache(Limits{})
	defer c.CloseAll()
	a := c.Analyze(Document{Language: "go", Text: typed.text}, typed.offset)
	suggestion := strings.Repeat("if r == nil { /* no */\n\t\treturn 0, nil\n\t}\n\t", 20)
	b.SetBytes(int64(len(suggestion)))
	for b.Loop() {
		if keep, certain := End(a, suggestion); certain {
			b.Fatal(keep)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	text := goFile(2000)
	l := languageOf("go")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := newScanner(&l.Lexis, text, 0, len(text))
		for event, _ := s.next(); event != atEnd; event, _ = s.next() {
		}
	}
}
