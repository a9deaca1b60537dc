package completion

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/secrecy"
)

const envText = "# of production\nDB_PASSWORD=hunter2-and-more\nAPI_TOKEN=¦\n"

// elsewhere is a model on another machine.
func elsewhere(answer string) *modeltest.Fake {
	fake := modeltest.NewFake(answer)
	fake.SetInfo(func(i *model.Info) { i.Endpoint = "https://models.example" })
	return fake
}

func TestSecretsAreShownToNoModel(t *testing.T) {
	allowed := secrecy.New(secrecy.Options{OnThisMachine: true})
	for _, tt := range []struct {
		name, file string
		fake       *modeltest.Fake
		rules      *secrecy.Rules
		reason     string // a part of it, "" where the model is asked
	}{
		{"elsewhere", ".env", elsewhere("x"), nil, ".env is a secret by its name"},
		{"elsewhere, allowed here", "id_rsa", elsewhere("x"), allowed, "never sent to another machine"},
		{"here", "id_rsa", modeltest.NewFake("x"), nil, "only with privacy.secretsOnThisMachine"},
		{"here, allowed", ".env", modeltest.NewFake("x"), allowed, ""},
		{"a setting", "notes.md", elsewhere("x"), secrecy.New(secrecy.Options{Patterns: []string{"notes.*"}}), "privacy.secrets"},
		{"no secret", "main.py", elsewhere("x"), nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := New(Options{Backends: []model.Backend{tt.fake}, Secrecy: tt.rules, Speculate: true})
			defer e.Close()
			r := docAt(t, filepath.Join(t.TempDir(), tt.file), envText)
			r.Trigger, r.Alternatives = Invoked, 3
			e.DidOpen(r.Document)
			res, err := e.Complete(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if tt.reason == "" {
				if len(res.Suggestions) == 0 {
					t.Error(res.Reason)
				}
				return
			}
			if len(res.Suggestions) > 0 || !strings.Contains(res.Reason, tt.reason) {
				t.Errorf("%d suggestions, reason %q", len(res.Suggestions), res.Reason)
			}
			if n := tt.fake.Counts().Started; n > 0 {
				t.Errorf("the model was asked %d times", n)
			}
			if why := e.Traces()[0].Reason; !strings.Contains(why, tt.reason) {
				t.Errorf("the trace says %q", why)
			}
			if message := e.Status().Message; !strings.Contains(message, tt.reason) {
				t.Errorf("the status says %q", message)
			}
			ask(t, e, filepath.Join(t.TempDir(), "a.go"), goFunc, Invoked)
			if message := e.Status().Message; strings.Contains(message, "no completions here") {
				t.Errorf("in another file the status says %q", message)
			}
		})
	}
}

// TestSecretsAreNotLearned: neither from the disk nor from the editor, nor are
// those kept that an older airside has learned, or that are secrets by now.
func TestSecretsAreNotLearned(t *testing.T) {
	secretCode := strings.ReplaceAll(connects, "address", "hidden")
	state := t.TempDir()
	e, root := remembering(t, Options{StateDir: state, Secrecy: secrecy.New(secrecy.Options{Patterns: []string{"*.secret.go"}})}, map[string]string{
		"a/p.secret.go": secretCode, "a/.env.go": secretCode, "keys/q.go": secretCode, ".airsideignore": "/keys/\n", "b/later.go": secretCode, "c/open.go": connects,
	})
	opened := Document{Path: filepath.Join(root, "a", ".env"), Text: secretCode}
	e.DidOpen(opened)
	e.DidChange(Document{Path: opened.Path, Text: secretCode + "\n", Version: 2}, []Edit{{len(secretCode), len(secretCode), "\n"}})
	e.DidClose(opened.Path)
	if n := e.Learned()[0].Files; n != 3 {
		t.Errorf("%d files learned, not .airsideignore, b/later.go and c/open.go", n)
	}
	opts := opts(e)
	opts.Secrecy = secrecy.New(secrecy.Options{Patterns: []string{"later.go", "*.secret.go"}})
	if err := e.Reconfigure(opts); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return e.Learned()[0].Files == 2 })
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	saved, err := filepath.Glob(filepath.Join(state, "memory", "*.memory"))
	if err != nil || len(saved) != 1 {
		t.Fatal("nothing saved", err)
	}
	data, err := os.ReadFile(saved[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "hidden") || !strings.Contains(string(data), "address") {
		t.Error("the saved memory holds a secret, or nothing")
	}
	// What was saved before a file became a secret.
	if err := os.WriteFile(filepath.Join(root, ".airsideignore"), []byte("c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := New(Options{StateDir: state})
	defer again.Close()
	again.AddWorkspace(Workspace{Root: root, List: func(context.Context) ([]string, bool, error) { return nil, false, os.ErrPermission }})
	path := filepath.Join(root, "d.go")
	if err := again.Recollect(t.Context(), Workspace{Root: root}, path, state); err != nil {
		t.Fatal(err)
	}
	if n := again.Learned()[1].Files; n != 1 {
		t.Errorf("%d files are still remembered, not .airsideignore alone", n)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to be")
		}
	}
}

func TestAnIgnoreFileThatComesLater(t *testing.T) {
	e, root := remembering(t, Options{}, map[string]string{"a/p.go": connects, "b/q.go": connects})
	w := e.workspaces.roots[0]
	w.lookAgain(nil)
	if n := e.Learned()[0].Files; n != 2 {
		t.Fatalf("%d files", n)
	}
	if err := os.WriteFile(filepath.Join(root, secrecy.IgnoreFile), []byte("/a/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.lookAgain(nil)
	if n := e.Learned()[0].Files; n != 1 {
		t.Errorf("%d files are still known", n)
	}
}

// TestAnotherMachineSeesNoCredential: in ordinary source what looks like one is
// masked for a model elsewhere, and left as it is for one here.
func TestAnotherMachineSeesNoCredential(t *testing.T) {
	const token = "ghp_a8Kd02jfLs93mXn4bV7cQ1wErT5yU6iO0pZx"
	text := "package p\n\nvar token = \"" + token + "\"\n\nfunc f(a, b int) int {\n\treturn ¦\n}\n\nconst dsn = \"postgres://app:tr0ub4dor@db.internal/x\"\n"
	for name, within := range map[string]string{"beside": text, "within": strings.Replace(strings.Replace(text, "¦", "1", 1), token, token[:20]+"¦"+token[20:], 1)} {
		fake := elsewhere("a + b")
		r := docAt(t, "a.go", within)
		r.Trigger = Invoked
		res, err := newEngine(t, fake).Complete(t.Context(), r)
		if err != nil || len(fake.Prompts()) == 0 {
			t.Fatalf("%s: %+v, %v", name, res, err)
		}
		for _, p := range fake.Prompts() {
			if s := p.String(); strings.Contains(s, "ghp_") || strings.Contains(s, token[20:]) || strings.Contains(s, "tr0ub4dor") || !strings.Contains(s, "package p") {
				t.Errorf("%s: %s", name, s)
			}
		}
	}
	near := modeltest.NewFake("a + b")
	if _, err := newEngine(t, near).Complete(t.Context(), docAt(t, "a.go", text)); err != nil || !strings.Contains(near.Prompts()[0].String(), token) {
		t.Errorf("here: %v", err)
	}
}
