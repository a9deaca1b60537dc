package symbols

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/goldentest"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// TestSelect: each case is a file with a cursor («»); want has what is selected for
// it among the files above.
func TestSelect(t *testing.T) {
	goldentest.Run(t, "testdata/select/*.txtar", func(_ *testing.T, archive *txtar.Archive) string {
		x := New(nil)
		defer x.Close()
		trees := syntax.NewCache(syntax.DefaultLimits)
		defer trees.CloseAll()
		var got strings.Builder
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "/") {
				x.Learn("/w"+f.Name, string(f.Data), int64(len(f.Data)), time.Unix(1, 0))
			}
		}
		for _, f := range archive.Files {
			if !strings.HasPrefix(f.Name, "case: ") {
				continue
			}
			path, text, _ := strings.Cut(string(f.Data), "\n")
			fmt.Fprintf(&got, "%s\n", f.Name)
			for _, s := range x.Select(placeIn(trees, "/w"+path, text), 4000) {
				fmt.Fprintf(&got, "  %s:%d %s, which %s\n", s.Path, s.Line, s.Name, s.Why)
				if s.Owner != "" {
					got.WriteString("    | " + s.Owner + "\n")
				}
				for line := range strings.SplitSeq(s.Text, "\n") {
					got.WriteString("    | " + line + "\n")
				}
			}
		}
		return got.String()
	})
}

// placeIn is a text's cursor as the engine sees it.
func placeIn(trees *syntax.Cache, path, text string) Place {
	before, after, _ := strings.Cut(text, "«»")
	language := lang.IdentifierOf(path)
	a := trees.Analyze(syntax.Document{Language: language, Text: before + after}, len(before))
	p := Place{Root: "/w", Path: path, Language: language, Before: before, After: after}
	for _, r := range a.Imports {
		p.Header += (before + after)[r.Start:r.End] + "\n"
	}
	for _, s := range a.Enclosing {
		p.Signatures = append(p.Signatures, (before + after)[s.Signature.Start:s.Signature.End])
		p.Scope = min(s.Whole.Start, len(before))
	}
	return p
}

// TestSelectWithinBudget: whole definitions only, and never more than there is room
// for; what is left out by folder is.
func TestSelectWithinBudget(t *testing.T) {
	x := New(nil)
	defer x.Close()
	var list []Definition
	for i := range 40 {
		list = append(list, Definition{Kind: lang.Function, Name: fmt.Sprintf("F%d", i), Text: fmt.Sprintf("func F%d(a, b int) error", i), Line: i + 1})
	}
	x.take(&file{path: "/w/a/a.go", language: lang.Of("go"), definitions: list})
	var before strings.Builder
	before.WriteString("package a\n\nfunc g() {\n")
	for i := range 40 {
		fmt.Fprintf(&before, "\tF%d(1, 2)\n", i)
	}
	p := Place{Root: "/w", Path: "/w/a/b.go", Language: "go", Before: before.String()}
	for budget := 0; budget < 1500; budget += 37 {
		used := 0
		for _, s := range x.Select(p, budget) {
			used += s.Bytes()
			if !strings.HasSuffix(s.Text, "error") {
				t.Fatalf("a part of a definition: %q", s.Text)
			}
		}
		if used > budget || budget > 100 && used < budget/3 {
			t.Fatalf("%d bytes within %d", used, budget)
		}
	}
	p.Excluded = func(path string) bool { return strings.HasPrefix(path, "/w/a/") }
	if got := x.Select(p, 1000); len(got) > 0 {
		t.Errorf("from a folder that is left out: %v", got)
	}
}

func filled(n int) *Index {
	x := New(nil)
	for i := range n {
		x.take(invented(i, 0))
	}
	return x
}

// invented is a file that defines some things; of another version others.
func invented(i, version int) *file {
	dir := fmt.Sprintf("p%d", i/10)
	f := &file{path: fmt.Sprintf("/w/%s/f%d.go", dir, i), size: int64(version), modified: time.Unix(int64(version), 0), language: lang.Of("go")}
	f.bytes = fileBytes + len(f.path)
	for k := range 8 {
		name := fmt.Sprintf("Thing%d_%d_%d", i, k, version)
		f.definitions = append(f.definitions,
			Definition{Kind: lang.Class, Name: name, Text: "type " + name + " struct {\n\tNext *" + name + "\n}", Line: 10 * k},
			Definition{Kind: lang.Method, Name: "Load", Owner: name, Text: "func (t *" + name + ") Load(key string) (*" + name + ", error)", Line: 10*k + 1},
			Definition{Kind: lang.Function, Name: "New", Text: "func New() *" + name, Line: 10*k + 2})
	}
	return f
}

// TestSaved: what was saved is known again; what was damaged, is older, or of another
// place is refused, and nothing that a file says makes it fail otherwise.
func TestSaved(t *testing.T) {
	x := filled(30)
	defer x.Close()
	file := filepath.Join(t.TempDir(), "a.symbols")
	if err := x.Save(file, "/w"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	y, err := Load(file, "/w")
	if err != nil {
		t.Fatal(err)
	}
	z := New(nil)
	z.Adopt(y)
	y.Close()
	defer z.Close()
	if x.Stats() != z.Stats() || !z.Knows("/w/p0/f3.go", 0, time.Unix(0, 0)) {
		t.Errorf("%+v became %+v", x.Stats(), z.Stats())
	}
	if err := z.Save(filepath.Join(t.TempDir(), "never"), "/w"); err != nil || z.dirty {
		t.Error(err)
	}
	if root, err := SavedRoot(file); root != "/w" || err != nil {
		t.Error(root, err)
	}
	if _, err := Load(file, "/v"); err == nil {
		t.Error("of another workspace")
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		bad := slices.Clone(data)
		switch random.IntN(3) {
		case 0:
			bad = bad[:random.IntN(len(bad))]
		case 1:
			bad[random.IntN(len(bad))] ^= byte(1 + random.IntN(255))
		default:
			bad = append(bad, 'x')
		}
		if _, err := parse(bad, "/w"); err == nil {
			t.Fatal("a damaged index was taken")
		}
	}
	if _, err := parse(slices.Concat([]byte("airside symbols 0\n"), data[len(header):]), "/w"); err == nil {
		t.Error("of an older version")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, "/w"); err == nil {
		t.Error("a folder was taken")
	}
}

// TestForgotten: files that are gone leave nothing, and come back as they are then.
func TestForgotten(t *testing.T) {
	x := filled(500)
	defer x.Close()
	for i := range 500 {
		x.mu.Lock()
		x.take(invented(i, 1))
		x.mu.Unlock()
	}
	if x.names["Thing3_0_0"] != nil || len(x.names["Thing3_0_1"]) != 1 {
		t.Error("of an older version")
	}
	before := x.Stats()
	if before.Files != 500 || before.Definitions != 500*24 {
		t.Errorf("%+v", before)
	}
	for _, p := range x.Paths() {
		x.Forget(p)
	}
	if x.bytes != 0 || len(x.names)+len(x.folders)+len(x.stems)+len(x.files) != 0 {
		t.Errorf("%d bytes, %d names, %d folders, %d stems", x.bytes, len(x.names), len(x.folders), len(x.stems))
	}
}

// TestBounded: an index stops at its bound, and says so.
func TestBounded(t *testing.T) {
	x := New(nil)
	defer x.Close()
	big := strings.Repeat("x", maxBytes/4)
	for i := range 6 {
		x.mu.Lock()
		x.take(&file{path: fmt.Sprintf("/w/f%d.go", i), language: lang.Of("go"), definitions: []Definition{{Name: "F", Text: big}}})
		x.mu.Unlock()
	}
	if s := x.Stats(); s.Files != 3 || s.Refused != 3 || s.Bytes > maxBytes {
		t.Errorf("%+v", s)
	}
}

// TestLearnsBeside: files come and go while somebody selects.
func TestLearnsBeside(t *testing.T) {
	x := filled(100)
	defer x.Close()
	p := Place{Root: "/w", Path: "/w/p1/x.go", Language: "go", Header: "import \"m/p2\"\n", Before: "package p1\n\nfunc f(t *Thing11_0_0) {\n\tx := p2.New()\n\tt."}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 200 {
				x.mu.Lock()
				x.take(invented(i%100, i/100))
				x.mu.Unlock()
				x.Forget(fmt.Sprintf("/w/p3/f%d.go", 30+i%10))
				x.Select(p, 1000)
			}
		})
	}
	all.Wait()
}

// BenchmarkSelect is one selection among 10,000 files.
func BenchmarkSelect(b *testing.B) {
	x := filled(10_000)
	defer x.Close()
	var body, header strings.Builder
	for i := range 20 {
		fmt.Fprintf(&header, "\t\"example.org/m/p%d\"\n", i*7)
	}
	for i := range 60 {
		fmt.Fprintf(&body, "\tv%d := p%d.New()\n\tuse(v%d.Load, p%d.Thing%d_1_0, unknown%d, t.Next.Load)\n", i, i%20*7, i, i%20*7, i%20*70, i)
	}
	before := "package p1\n\nimport (\n" + header.String() + ")\n\nfunc f(t *Thing11_0_0) {\n" + body.String() + "\tt."
	p := Place{Root: "/w", Path: "/w/p1/x.go", Language: "go", Header: header.String(), Before: before, Signatures: []string{"func f(t *Thing11_0_0) {"}, Scope: strings.Index(before, "func f")}
	for b.Loop() {
		if len(x.Select(p, 4500)) == 0 {
			b.Fatal("nothing")
		}
	}
}

// TestOpenUsesBounded: a file in one line does not take long, and near names are found.
func TestOpenUsesBounded(t *testing.T) {
	s := &selection{language: lang.Of("go")}
	long := strings.Repeat("[", 4<<20)
	began := time.Now()
	if list := openUses(long, s); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	if list := openUses(long+" near(", s); len(list) != 1 || list[0].name != "near" {
		t.Errorf("%+v", list)
	}
	if took := time.Since(began); took > 5*time.Second { // minutes without a bound
		t.Error(took)
	}
}
