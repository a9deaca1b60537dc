package gitsync

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/airside-ls/airside/gitsync/consent"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// loggingIn is a clone whose remote's URL holds a password.
type loggingIn struct{ *talker }

func (l loggingIn) Upstream(branch string) (repo.Upstream, bool, error) {
	const url = "https://user:secret@host/x.git"
	return repo.Upstream{Remote: "origin", URL: url, Push: url, Ref: "refs/heads/" + branch}, true, nil
}

// TestStateIsItsOwners: what is kept of a repository nobody else may read, and it
// holds no credentials, also where an airside of before has left some.
func TestStateIsItsOwners(t *testing.T) {
	k := newTalkers(t, 1)[0]
	dir := filepath.Join(k.dir, "airside")
	file := filepath.Join(dir, commentsFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"https://user:secret@host/x.git":{"branches":true}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	k.sync = k.syncer(func(p *parts) { p.repo, p.comments = loggingIn{k}, threads.NewStore(k, nil, nil) })
	k.say("one")
	k.round(true)
	if data, _ := os.ReadFile(file); !strings.Contains(string(data), `"https://host/x.git"`) || !strings.Contains(string(data), `"branches": true`) {
		t.Errorf("what was known is forgotten: %s", data)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "secret") {
			t.Errorf("%s: %s", path, data)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestNoPatternIsRefused: one that matches nothing would sync nothing for ever.
func TestNoPatternIsRefused(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	for _, patterns := range [][]string{{""}, {"main", " "}, {"["}} {
		if err := s.Enable(patterns); err == nil || !strings.Contains(err.Error(), "is no pattern") {
			t.Errorf("%q: %v", patterns, err)
		}
	}
}

// TestWhatGitSaysOptsNobodyIn, and a damaged answer is told.
func TestWhatGitSaysOptsNobodyIn(t *testing.T) {
	f := newFake(t)
	s := f.syncer()
	if err := s.Disable(); err != nil {
		t.Fatal(err)
	}
	if err := s.save("sync.json", map[string]any{"enabled": true, "branches": []string{"*"}}); err != nil {
		t.Fatal(err)
	}
	if s.Enabled() || !strings.Contains(s.WhyNot(), "counts no more") {
		t.Errorf("enabled: %v, %s", s.Enabled(), s.WhyNot())
	}
	if results := s.Round(t.Context(), Request{User: true}); results[0].State != Idle || results[0].Operation != "" {
		t.Errorf("%+v", results)
	}
	s.consent = consent.Open(t.TempDir(), nil)
	if err := s.Enable(nil); err != nil || !s.Enabled() {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.consent.SyncFile(f.dir), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.Enabled() || !strings.Contains(s.Status(t.Context())[0].Message, "cannot be read") {
		t.Errorf("damaged: %v, %+v", s.Enabled(), s.Status(t.Context()))
	}
}
