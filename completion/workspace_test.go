package completion

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
)

// remembering is an engine without a network, with the files of a workspace
// learned.
func remembering(t *testing.T, opts Options, files map[string]string) (e *Engine, root string) {
	t.Helper()
	root, list := writeFiles(t, files)
	opts.Backends = []model.Backend{builtin.MemoryOnly{}}
	e = New(opts)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	learn(t, e, root, list)
	return e, root
}

// writeFiles makes a folder with these files, by their names in it.
func writeFiles(t *testing.T, files map[string]string) (root string, paths []string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return root, paths
}

func learn(t *testing.T, e *Engine, root string, files []string) {
	t.Helper()
	e.AddWorkspace(Workspace{Root: root, List: func(context.Context) ([]string, bool, error) { return files, true, nil }})
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if l := e.Learned(); len(l) == 0 || l[0].Done || opts(e).Forgetful {
			return
		}
		if time.Now().After(end) {
			t.Fatal("not learned")
		}
	}
}

func opts(e *Engine) Options {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts
}

// ask asks at ¦ in the text of an open file.
func ask(t *testing.T, e *Engine, path, text string, trigger Trigger) Result {
	t.Helper()
	before, after, _ := strings.Cut(text, "¦")
	d := Document{Path: path, Language: "go", Text: before + after, Version: 1}
	e.DidOpen(d)
	res, err := e.Complete(t.Context(), Request{Document: d, Offset: len(before), Trigger: trigger})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func shown(r Result) string {
	if len(r.Suggestions) == 0 {
		return ""
	}
	return r.Suggestions[0].Text
}

const (
	connects = "package p\n\nfunc a() error {\n\tif err := client.Connect(ctx, address); err != nil {\n\t\treturn err\n\t}\n\treturn nil\n}\n"
	here     = "package q\n\nfunc b() error {\n\tif err := client.Connect¦\n\t\treturn err\n\t}\n\treturn nil\n}\n"
	line     = "(ctx, address); err != nil {"
)

func TestWorkspaceIsRemembered(t *testing.T) {
	e, root := remembering(t, Options{}, map[string]string{"a/p.go": connects})
	res := ask(t, e, filepath.Join(root, "b", "q.go"), here, Automatic)
	if shown(res) != line || res.Trace.Remembered != len(line) || res.Trace.Confidence < DefaultConfidence {
		t.Errorf("%+v", res)
	}
}

func TestOpenTextsAreRemembered(t *testing.T) {
	e, root := remembering(t, Options{}, nil)
	other := Document{Path: filepath.Join(root, "p.go"), Language: "go", Text: strings.Replace(connects, "address", "addr", 1)}
	e.DidOpen(other)
	at := strings.Index(other.Text, "addr")
	changed := Document{Path: other.Path, Language: "go", Version: 2, Text: connects}
	e.DidChange(changed, []Edit{{at, at + len("addr"), "address"}})
	if got := shown(ask(t, e, filepath.Join(root, "q.go"), here, Invoked)); got != line {
		t.Errorf("an unsaved text: %q", got)
	}
	e.DidClose(other.Path)
	e.DidClose(filepath.Join(root, "q.go"))
	if res := ask(t, e, filepath.Join(root, "q.go"), here, Invoked); shown(res) != "" {
		t.Errorf("closed without a file: %+v", res)
	}
}

// TestUnsureIsNotShown: who has not asked for a suggestion sees those only that
// are likely to be right.
func TestUnsureIsNotShown(t *testing.T) {
	e, root := remembering(t, Options{Confidence: 0.99}, map[string]string{"a/p.go": connects})
	path := filepath.Join(root, "b", "q.go")
	res := ask(t, e, path, here, Automatic)
	if shown(res) != "" || !strings.Contains(res.Reason, "not sure enough") || !strings.Contains(res.Reason, "99%") {
		t.Errorf("%+v", res)
	}
	if traces := e.Traces(); traces[0].Raw == "" || traces[0].Confidence == 0 || traces[0].Confidence >= 0.99 {
		t.Errorf("the trace does not tell: %+v", traces[0])
	}
	if got := shown(ask(t, e, path, here, Invoked)); got != line {
		t.Errorf("asked by a key: %q", got)
	}
}

func TestConfidenceAsked(t *testing.T) {
	for _, c := range []struct {
		confidence float64
		language   string
		want       float64
	}{{0.3, "go", 0.3}, {0.3, "rust", 0.3}, {0.3, "python", 0.8}, {0, "python", 0}, {1, "python", 1}} {
		if got := ConfidenceAsked(c.confidence, c.language); math.Abs(got-c.want) > 0.005 {
			t.Errorf("%v in %s: %v, want %v", c.confidence, c.language, got, c.want)
		}
	}
}

func TestForgetful(t *testing.T) {
	e, root := remembering(t, Options{Forgetful: true}, map[string]string{"a/p.go": connects})
	path := filepath.Join(root, "b", "q.go")
	if res := ask(t, e, path, here, Invoked); shown(res) != "" || len(res.Trace.Raw) > 0 {
		t.Errorf("%+v", res)
	}
	// Switched on, it learns what it was told of before.
	o := opts(e)
	o.Forgetful = false
	if err := e.Reconfigure(o); err != nil {
		t.Fatal(err)
	}
	learn(t, e, root, nil)
	if got := shown(ask(t, e, path, here, Invoked)); got != line {
		t.Errorf("switched on: %q", got)
	}
}

func TestMemoryIsSaved(t *testing.T) {
	state := t.TempDir()
	e, root := remembering(t, Options{StateDir: state}, map[string]string{"a/p.go": connects})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err := SavedMemory(state, root); err != nil || l.Files != 1 {
		t.Fatalf("saved %+v, %v", l, err)
	}
	path := filepath.Join(root, "b", "q.go")
	once := New(Options{Backends: []model.Backend{builtin.MemoryOnly{}}})
	defer once.Close()
	w := Workspace{Root: root, List: func(context.Context) ([]string, bool, error) {
		t.Error("the files were listed, though they are remembered")
		return nil, false, nil
	}}
	if err := once.Recollect(t.Context(), w, path, state); err != nil {
		t.Fatal(err)
	}
	if got := shown(ask(t, once, path, here, Invoked)); got != line {
		t.Errorf("from the saved memory: %q", got)
	}
	// What another wrote there is passed over, and the files are read.
	saved, err := filepath.Glob(filepath.Join(state, savedMemories, "*.memory"))
	if err != nil || len(saved) != 1 {
		t.Fatal(saved, err)
	}
	if err := os.WriteFile(saved[0], []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := New(Options{Backends: []model.Backend{builtin.MemoryOnly{}}, StateDir: state})
	defer again.Close()
	learn(t, again, root, []string{filepath.Join(root, "a", "p.go")})
	if got := shown(ask(t, again, path, here, Invoked)); got != line {
		t.Errorf("with a damaged memory: %q", got)
	}
}

func TestWorkspacesComeAndGo(t *testing.T) {
	e, root := remembering(t, Options{}, map[string]string{"a/p.go": connects})
	path := filepath.Join(root, "b", "q.go")
	e.RemoveWorkspace(root)
	if res := ask(t, e, path, here, Invoked); shown(res) != "" || len(e.Learned()) != 0 {
		t.Errorf("of a folder that is gone: %+v", res)
	}
	learn(t, e, root, []string{filepath.Join(root, "a", "p.go")})
	if got := shown(ask(t, e, path, here, Invoked)); got != line {
		t.Errorf("added again: %q", got)
	}
}

// TestFallsInto: what comes behind the end of the block.
func TestFallsInto(t *testing.T) {
	for after, want := range map[string]string{
		"":                               "",
		"\n\t}\n\treturn data, nil\n}\n": "return data, nil",
		"\n\n\t})\n\tif err := b(); err != nil {\n\t\treturn err\n": "if err := b(); err != nil {",
		"  \n  end\n  puts :done\n":                                 "puts :done",
		" + 1\n\treturn data, nil\n":                                "",
		"\n}\n":                                                     "",
		"\n}\ni++\nreturn data, nil\n":                              "",
	} {
		if got := fallsInto(after); got != want {
			t.Errorf("%q: %q, want %q", after, got, want)
		}
	}
}
