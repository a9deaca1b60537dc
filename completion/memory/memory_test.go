package memory

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWords(t *testing.T) {
	tests := []struct{ text, want string }{
		{"if err != nil {\n\t\treturn x\n\n}", `if| err| !=| nil| {|\n\t\t|return| x|\n\n|}`},
		{"a  b", "a|  |b"},
		{"f(x, *y)...", "f|(|x|,| *|y|)|..."},
		{"x:=<-c", "x|:=|<-|c"},
		{"s = \"été\" + '日本'", `s| =| "|été|"| +| '|日本|'`},
		{"$x->y['k'] ??= 1", "$x|->|y|[|'|k|'|]| ??=| 1"},
		{"a\r\n  b", `a|\r\n  |b`},
		{"\ta \n", `\t|a| |\n`},
		{strings.Repeat("x", 70), strings.Repeat("x", 64) + "|" + strings.Repeat("x", 6)},
		{strings.Repeat("é", 33), strings.Repeat("é", 32) + "|é"},
	}
	show := strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`)
	for _, test := range tests {
		var words []string
		for rest := test.text; rest != ""; {
			n := next(rest)
			words = append(words, rest[:n])
			rest = rest[n:]
		}
		if got := show.Replace(strings.Join(words, "|")); got != test.want {
			t.Errorf("%q: %s, want %s", test.text, got, test.want)
		}
	}
}

// sample has lines that come again, as code does.
const sample = `package p

func one() error {
	if err := open("one"); err != nil {
		return fmt.Errorf("one: %w", err)
	}
	defer release()
	return nil
}

func two() error {
	if err := open("two"); err != nil {
		return fmt.Errorf("two: %w", err)
	}
	defer release()
	return nil
}
`

// complete asks for the rest of the line at ¦ in text.
func complete(m *Memory, path, text string) []Line {
	before, after, _ := strings.Cut(text, "¦")
	return m.At(path, before+after, len(before), len(before), false).Lines("")
}

func best(lines []Line) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0].Text
}

func TestLines(t *testing.T) {
	m := New()
	m.Learn("/w/a/p.go", sample, 0, time.Time{})
	tests := []struct{ name, path, text, want string }{
		{"from another file", "/w/b/q.go", "package q\n\nfunc f() error {\n\tif err := open¦\n\t\treturn nil\n\t}\n}\n", `("one"); err != nil {`},
		{"from the file itself", "/w/b/q.go", "x.Frobnicate(a, b)\n\ny := 1\nx.Frob¦\n", "nicate(a, b)"},
		{"what follows closes the line", "/w/b/q.go", "call(alpha, beta)\ncall(alpha, beta)\ncall(¦)\n", "alpha, beta"},
		{"a space at the cursor", "/w/b/q.go", "\tdefer release()\n\treturn nil\n}\nfunc x() {\n\tdefer ¦\n\treturn nil\n", "release()"},
		{"CRLF", "/w/b/q.go", "x.Frobnicate(a, b)\r\n\r\ny := 1\r\nx.Frob¦\r\n", "nicate(a, b)"},
		{"nothing like it", "/w/b/q.go", "zzz yyy xxx ¦\n", ""},
		{"an empty text", "/w/b/q.go", "¦", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lines := complete(m, test.path, test.text)
			if got := best(lines); got != test.want {
				t.Errorf("%q of %v, want %q", got, lines, test.want)
			}
			total := 0.0
			for _, l := range lines {
				if total += l.P; l.P < 0 || total > 1.0001 {
					t.Errorf("probabilities: %v", lines)
				}
			}
		})
	}
}

// TestOwnCopyIsHidden: what the disk had of the file at hand counts for nothing.
// TestLittleIsKnown: the one word that has followed a dot in twenty is no sure
// thing; in thousands it is.
func TestLittleIsKnown(t *testing.T) {
	const place = "package add\n\nimport \"testing\"\n\nfunc TestAdd(t *testing.T) {\n\tif got := add(1, 2); got != 3 {\n\t\tt.¦\n\t}\n}\n"
	m := New()
	little := complete(m, "/w/add_test.go", place)
	m.Learn("/w/long.go", strings.Repeat("total += price * count\n", 2000), 1, time.Unix(1, 0))
	much := complete(m, "/w/add_test.go", place)
	if len(little) == 0 || len(much) == 0 || little[0].P > 0.1 || much[0].P < 4*little[0].P {
		t.Errorf("%v, then %v", little, much)
	}
}

func TestOwnCopyIsHidden(t *testing.T) {
	m := New()
	m.Learn("/w/q.go", "unique.Words(that, stand, only, here)\n", 0, time.Time{})
	if lines := complete(m, "/w/q.go", "unique.Words(¦\n"); len(lines) > 0 {
		t.Errorf("lines from the file's own copy: %v", lines)
	}
	if got := best(complete(m, "/w/r.go", "unique.Words(¦\n")); got != "that, stand, only, here)" {
		t.Errorf("another file: %q", got)
	}
}

func TestForget(t *testing.T) {
	m := New()
	m.Learn("/w/p.go", "alpha.Beta(gamma)\n", 0, time.Time{})
	ask := func() string { return best(complete(m, "/w/q.go", "alpha.Beta(¦\n")) }
	if got := ask(); got != "gamma)" {
		t.Fatalf("learned: %q", got)
	}
	m.Learn("/w/p.go", "alpha.Beta(delta)\n", 0, time.Time{})
	if got := ask(); got != "delta)" {
		t.Errorf("learned anew: %q", got)
	}
	m.Forget("/w/p.go")
	if got := ask(); got != "" {
		t.Errorf("forgotten: %q", got)
	}
	if s := m.Stats(); s.Files != 0 || s.Words != 0 {
		t.Errorf("stats: %+v", s)
	}
}

func TestCompact(t *testing.T) {
	m := New()
	text := strings.Repeat("some words of a file\n", worthCompacting/30)
	m.Learn("/w/stays.go", "alpha.Beta(gamma)\n", 0, time.Time{})
	for range 12 {
		m.Learn("/w/p.go", text, 0, time.Time{})
	}
	if dead := m.repository.dead; dead > 3*worthCompacting {
		t.Errorf("%d words of files that are gone stay", dead)
	}
	if got := best(complete(m, "/w/q.go", "alpha.Beta(¦\n")); got != "gamma)" {
		t.Errorf("after compaction: %q", got)
	}
}

// TestBuffers: an unsaved text counts as it is, in other files too.
func TestBuffers(t *testing.T) {
	m := New()
	text := "package p\n\nfoo.Bar(one)\n"
	m.Open("/w/p.go", text)
	at := strings.Index(text, "one")
	text = strings.Replace(text, "one", "three", 1)
	m.Change("/w/p.go", []Edit{{at, at + 3, "three"}}, text)
	if got := best(complete(m, "/w/q.go", "foo.Bar(¦\n")); got != "three)" {
		t.Errorf("in another file: %q", got)
	}
	m.Close("/w/p.go")
	if got := best(complete(m, "/w/q.go", "foo.Bar(¦\n")); got != "" {
		t.Errorf("closed: %q", got)
	}
}

// TestEdits compares a buffer that followed edits with one cut anew.
func TestEdits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	pieces := []string{"", " ", "x", "err", "\n", "\n\t", "(", "...", "<", "<=", ":", "=", "é", "\r\n", "  ", "/*", strings.Repeat("w", 80)}
	for range 300 {
		m := New()
		text := sample
		m.Open("p", text)
		for range 30 {
			start := random.IntN(len(text) + 1)
			end := min(len(text), start+random.IntN(4)*random.IntN(10))
			e := Edit{start, end, pieces[random.IntN(len(pieces))]}
			text = text[:start] + e.New + text[end:]
			m.Change("p", []Edit{e}, text)
			got, fresh := m.buffers.byPath["p"], &buffer{}
			fresh.words, fresh.ends, _ = m.vocab.cutUntil(text, 0, nil)
			if !slices.Equal(got.words, fresh.words) || !slices.Equal(got.ends, fresh.ends) {
				t.Fatalf("after %+v in %q", e, text)
			}
			at := random.IntN(len(text) + 1)
			before, after := got.around(m.vocab, at, at)
			if !slices.Equal(before, m.vocab.cut(nil, text[:at])) || !slices.Equal(after, m.vocab.cut(nil, text[at:])) {
				t.Fatalf("around %d in %q", at, text)
			}
		}
	}
}

func TestWorth(t *testing.T) {
	paths := map[string]bool{
		"a/b.go": true, "README.md": true, "go.sum": false, "x/vendor/y.go": false, "vendors/y.go": true,
		"a.min.js": false, "node_modules/x/index.js": false, "x.pb.go": false,
	}
	for path, want := range paths {
		if worthReading(path) != want {
			t.Errorf("worthReading(%q) is %v", path, !want)
		}
	}
	texts := map[string]bool{
		"package p\n": true, "": false, "a\x00b": false, "\xff\xfe": false,
		"// Code generated by x. DO NOT EDIT.\npackage p\n":    false,
		"package p\n\n// Code generated is what this reads.\n": true,
		"/* @generated */\nx\n":                                false,
		strings.Repeat("x=1;", 200):                            false,
		strings.Repeat("x = 1;\n", 1000):                       true,
	}
	for text, want := range texts {
		if worthLearning(text) != want {
			t.Errorf("worthLearning(%.40q) is %v", text, !want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUpdate(t *testing.T) {
	root := t.TempDir()
	a, b, link, big := filepath.Join(root, "a.go"), filepath.Join(root, "b.go"), filepath.Join(root, "link.go"), filepath.Join(root, "big.go")
	write(t, a, "alpha.Beta(gamma)\n")
	write(t, b, "alpha.Beta(delta)\n")
	write(t, big, strings.Repeat("x = 1\n", maxFile/6+1))
	if err := os.Symlink(a, link); err != nil {
		t.Fatal(err)
	}
	m := New()
	files := []string{a, b, link, big, filepath.Join(root, "gone.go")}
	if err := m.Update(context.Background(), root, files); err != nil {
		t.Fatal(err)
	}
	if got := m.Paths(); len(got) != 2 {
		t.Errorf("learned %q", got)
	}
	before := len(m.repository.words)
	if err := m.Update(context.Background(), root, files); err != nil || len(m.repository.words) != before {
		t.Errorf("unchanged files were learned again: %v", err)
	}
	write(t, a, "alpha.Beta(gamma)\nlonger\n")
	if err := m.Update(context.Background(), root, []string{a}); err != nil {
		t.Fatal(err)
	}
	if got := m.Paths(); !slices.Equal(got, []string{a}) || len(m.repository.words) == before {
		t.Errorf("after a change: %q", got)
	}
	m.Recheck(context.Background(), root)
	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	m.Recheck(context.Background(), root)
	if got := m.Paths(); len(got) != 0 {
		t.Errorf("deleted, and still known: %q", got)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if err := m.Update(done, root, files); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSave(t *testing.T) {
	m := New()
	m.Learn("/w/a/p.go", sample, 10, time.Unix(5, 7))
	m.Learn("/w/gone.go", "nothing of this stays\n", 10, time.Unix(5, 7))
	m.Forget("/w/gone.go")
	file := filepath.Join(t.TempDir(), "sub", "x.memory")
	if err := m.Save(file, "/w"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v: others may read it", info.Mode(), err)
	}
	loaded, err := Load(file, "/w")
	if err != nil {
		t.Fatal(err)
	}
	if !loaded.Knows("/w/a/p.go", 10, time.Unix(5, 7)) || loaded.Stats().Files != 1 {
		t.Errorf("loaded %+v", loaded.Stats())
	}
	const place = "package q\n\nfunc f() error {\n\tif err := open¦\n\t\treturn nil\n"
	if want, got := complete(m, "/w/b/q.go", place), complete(loaded, "/w/b/q.go", place); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("loaded says %v, want %v", got, want)
	}
	if _, err := Load(file, "/other"); err == nil {
		t.Error("the memory of another workspace was taken")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("nothing")) {
		t.Error("words of a file that was forgotten are on the disk")
	}
	for n := range data {
		bad := slices.Clone(data)
		bad[n] ^= 0x41
		if _, err := parse(bad, "/w"); err == nil {
			t.Fatalf("byte %d changed, and it was taken", n)
		}
		if _, err := parse(data[:n], "/w"); err == nil {
			t.Fatalf("cut at %d, and it was taken", n)
		}
	}
}

func FuzzParse(f *testing.F) {
	m := New()
	m.Learn("/w/p.go", sample, 1, time.Unix(1, 1))
	var b bytes.Buffer
	if err := m.write(&b, "/w"); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes()[len(header) : b.Len()-4])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) { // the checksum is not what keeps it safe
		data := sealed(body)
		if m, err := parse(data, "/w"); err == nil {
			complete(m, "/w/q.go", "if err := open¦\n")
		}
	})
}
