package completion

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

const (
	storeFile = "package store\n\n// Entry is kept.\ntype Entry struct {\n\tKey string\n}\n\n// Load loads.\nfunc Load(key string) (*Entry, error) {\n\treturn nil, nil\n}\n"
	appFile   = "package app\n\nimport \"example.org/m/store\"\n\nfunc run(key string) error {\n\te, err := store.Load(key)\n\t¦\n}\n"
)

// defining is an engine that shows definitions of a workspace with these files.
func defining(t *testing.T, f *modeltest.Fake, o Options, files map[string]string) (e *Engine, root string) {
	t.Helper()
	root, list := writeFiles(t, files)
	o.Backends, o.Definitions, o.ProbeInterval = []model.Backend{f}, true, 5*time.Millisecond
	e = New(o)
	t.Cleanup(func() { e.Close() })
	learn(t, e, root, list)
	for end := time.Now().Add(30 * time.Second); !e.Learned()[0].Done; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not learned")
		}
	}
	return e, root
}

// completeAt asks at ¦ in a file of the workspace, by a key.
func completeAt(t *testing.T, e *Engine, path, text string) Result {
	t.Helper()
	before, after, _ := strings.Cut(text, cursor)
	d := Document{Path: path, Language: LanguageOf(path), Text: before + after, Version: 1}
	e.DidOpen(d)
	defer e.DidClose(path)
	res, err := e.Complete(t.Context(), Request{Document: d, Offset: len(before), Trigger: Invoked})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestDefinitionsShown: what the code around the cursor uses of other files stands
// before the line, as a comment; the trace tells of it.
func TestDefinitionsShown(t *testing.T) {
	for _, forgetful := range []bool{false, true} {
		f := modeltest.NewFake("return err")
		e, root := defining(t, f, Options{Forgetful: forgetful}, map[string]string{"store/store.go": storeFile, ".env": "LOAD=1\n"})
		res := completeAt(t, e, filepath.Join(root, "app/app.go"), appFile)
		want := "store.Load(key)\n\t// store/store.go\n\t// type Entry struct {\n\t// \tKey string\n\t// }\n\t// func Load(key string) (*Entry, error)\n"
		if !strings.Contains(res.Trace.Prompt, want) {
			t.Errorf("forgetful %v: the prompt lacks\n%s\n%s", forgetful, want, res.Trace.Prompt)
		}
		if len(res.Trace.Snippets) != 2 || res.Trace.Snippets[1].Name != "Load" || res.Trace.Snippets[1].Line != 9 || res.Trace.NoSnippets != "" {
			t.Errorf("%+v, %q", res.Trace.Snippets, res.Trace.NoSnippets)
		}
		if l := e.Learned()[0]; l.Definitions != 2 || l.Indexed != 1 {
			t.Errorf("%+v", l)
		}
		if m, _ := e.workspaces.of(root); forgetful != (m == nil) {
			t.Error("a memory for who wants none, or none for who does")
		}
	}
}

// TestDefinitionsLeftOut: where they do not belong nothing is shown, and the trace
// says why.
func TestDefinitionsLeftOut(t *testing.T) {
	tests := map[string]struct {
		options Options
		text    string
		model   func(*model.Info)
		why     string
	}{
		"a folder that is left out": {Options{NoDefinitions: []string{"store"}}, appFile, nil, "nothing around the cursor"},
		"in a comment":              {Options{}, strings.Replace(appFile, "\t¦", "\t// what¦", 1), nil, "stands in a text"},
		"a small model":             {Options{}, appFile, func(i *model.Info) { i.Parameters = 6e6 }, "too small"},
		"nothing is used":           {Options{}, "package app\n\nfunc f() {\n\t¦\n}\n", nil, "nothing around the cursor"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := modeltest.NewFake("return err")
			if tt.model != nil {
				f.SetInfo(tt.model)
			}
			e, root := defining(t, f, tt.options, map[string]string{"store/store.go": storeFile})
			res := completeAt(t, e, filepath.Join(root, "app/app.go"), tt.text)
			if len(res.Trace.Snippets) > 0 || !strings.Contains(res.Trace.NoSnippets, tt.why) || strings.Contains(res.Trace.Prompt, "store/store.go") {
				t.Errorf("%+v, %q", res.Trace.Snippets, res.Trace.NoSnippets)
			}
		})
	}
}

// TestDefinitionsFollow: a file that is saved, and one that becomes a secret.
func TestDefinitionsFollow(t *testing.T) {
	f := modeltest.NewFake("return err")
	e, root := defining(t, f, Options{}, map[string]string{"store/store.go": storeFile})
	path := filepath.Join(root, "store/store.go")
	e.DidOpen(Document{Path: path, Language: "go", Text: storeFile, Version: 1})
	if err := os.WriteFile(path, []byte(strings.Replace(storeFile, "Load(key string)", "Load(key string, deep bool)", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	e.DidSave(path)
	app := filepath.Join(root, "app/app.go")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if strings.Contains(completeAt(t, e, app, strings.Replace(appFile, "key)\n", "key)\n\n", 1)).Trace.Prompt, "deep bool") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("what was saved is not known")
		}
		e.definitions.mu.Lock()
		e.definitions.path = ""
		e.definitions.mu.Unlock()
	}
}

// TestSettled: while a word is typed the same is shown.
func TestSettledAt(t *testing.T) {
	for text, want := range map[string]string{"a\n\tx.fo": "a\n\tx.", "a\n\tretu": "a\n", "f(ab": "f(", "": ""} {
		if got := text[:settledAt(text, len(text))]; got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestComments: each language has its own, and what ends one is left out.
func TestComments(t *testing.T) {
	list := []Snippet{{Path: "a/b.x", Name: "T.f", Owner: "class T:", Text: "def f(self)"}, {Path: "a/b.x", Name: "T.g", Owner: "class T:", Text: "def g(self) */"}}
	for language, want := range map[string]string{
		"python": "    # a/b.x\n    # class T:\n    #   def f(self)\n    #   def g(self) */\n",
		"css":    "    /* a/b.x */\n    /* class T: */\n    /*   def f(self) */\n    /*   def g(self)  */\n",
	} {
		if got := asComment(list, language, "    "); got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
}

// TestDefinitionsKeepSecrets: a credential in a value is taken in masked, here and
// elsewhere; what has become a secret, is gone or has changed since it was read is shown
// no more, though the place is the same.
func TestDefinitionsKeepSecrets(t *testing.T) {
	const scalar = "MHcCAQEEIIr3Wk0dQeJ1vT0k9s2x5b7n8m4c6z1l3q0w9e8r7t6yoAoGCCqGSM49"
	secret := "package store\n\n// Key signs.\nvar Key = `-----BEGIN EC PRIVATE KEY-----\n" + scalar + "\nAwEHoUQDQgAE\n-----END EC PRIVATE KEY-----\n`\n"
	uses := strings.Replace(appFile, "store.Load(key)", "store.Load(store.Key)", 1)
	f := modeltest.NewFake("return err")
	e, root := defining(t, f, Options{}, map[string]string{"store/store.go": storeFile, "store/key.go": secret})
	app, key := filepath.Join(root, "app/app.go"), filepath.Join(root, "store/key.go")
	res := completeAt(t, e, app, uses)
	if !strings.Contains(res.Trace.Prompt, "store/key.go") {
		t.Fatalf("the place does not show it:\n%s", res.Trace.Prompt)
	}
	for _, text := range append([]string{res.Trace.Prompt}, res.Trace.Snippets[0].Text, res.Trace.Snippets[len(res.Trace.Snippets)-1].Text) {
		if strings.Contains(text, scalar[:20]) {
			t.Errorf("the key is shown:\n%s", text)
		}
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(key, later, later); err != nil {
		t.Fatal(err)
	}
	if list := e.workspaces.stillShown(e.workspaces.roots[0].index, root, res.Trace.Snippets); len(list) >= len(res.Trace.Snippets) || strings.Contains(list[0].Path, "key.go") {
		t.Errorf("a file that is another by now is shown: %+v", list)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	e.definitions.forget()
	if res := completeAt(t, e, app, uses); strings.Contains(res.Trace.Prompt, "store/key.go") {
		t.Errorf("a file that is gone is shown:\n%s", res.Trace.Prompt)
	}
}
