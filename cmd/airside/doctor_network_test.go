package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gogit "github.com/go-git/go-git/v5"

	"github.com/airside-ls/airside/gitsync/consent"
)

// TestNetwork: whom airside may contact, by the settings and by the configuration of
// a repository that has opted in, whose branch main follows the remote origin.
func TestNetwork(t *testing.T) {
	const none = "AIRSIDE_BACKEND=builtin"
	scanned := "127.0.0.1:8080 127.0.0.1:8012 127.0.0.1:9931 127.0.0.1:8081 127.0.0.1:8082"
	for name, test := range map[string]struct {
		environ []string
		config  string // of the repository
		want    string // without what is contacted only when models are listed
	}{
		"nothing set":              {nil, "", "127.0.0.1:11434 " + scanned},
		"the model in the binary":  {[]string{none}, "", ""},
		"one server":               {[]string{"AIRSIDE_BACKEND=ollama", "AIRSIDE_OLLAMA_URL=http://me:secret@gpu.lan"}, "", "gpu.lan:80"},
		"a server of the network":  {[]string{"AIRSIDE_OPENAI_URL=https://10.0.0.9/v1"}, "", "10.0.0.9:443 127.0.0.1:11434 " + scanned},
		"its own llama-server":     {[]string{"AIRSIDE_BACKEND=llamacpp", "AIRSIDE_LLAMACPP_MODEL=/m.gguf"}, "", "127.0.0.1:(any)"},
		"https":                    {[]string{none}, "[remote \"origin\"]\nurl = https://me:secret@10.0.0.1/a.git\n", "10.0.0.1:443"},
		"ssh":                      {[]string{none, "GIT_SSH_COMMAND="}, "[remote \"origin\"]\nurl = ssh://git@10.0.0.1:2222/a.git\n", "10.0.0.1:2222"},
		"git":                      {[]string{none}, "[remote \"origin\"]\nurl = git://[fd00::1]/a.git\n", "[fd00::1]:9418"},
		"a file":                   {[]string{none}, "[remote \"origin\"]\nurl = file:///a.git\n", ""},
		"pushed to another place":  {[]string{none}, "[remote \"origin\"]\nurl = git://10.0.0.1/a.git\npushurl = https://secret:secret@10.0.0.2:8443/a.git\n", "10.0.0.1:9418 10.0.0.2:8443"},
		"under another name":       {[]string{none}, "[remote \"origin\"]\nurl = work:a.git\n[url \"git://10.0.0.3/\"]\ninsteadOf = work:\n", "10.0.0.3:9418"},
		"through a proxy":          {[]string{none}, "[remote \"origin\"]\nurl = https://10.0.0.1/a.git\n[http]\nproxy = http://me:secret@10.0.0.4:3128\n", "10.0.0.4:3128"},
		"another remote":           {[]string{none}, "[remote \"origin\"]\nurl = file:///a.git\n[remote \"fork\"]\nurl = git://10.0.0.5/a.git\n", ""},
		"by a name known to hosts": {[]string{none}, "[remote \"origin\"]\nurl = git://localhost/a.git\n", "localhost:9418"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, home := t.TempDir(), t.TempDir()
			t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			if _, err := gogit.PlainInit(dir, false); err != nil {
				t.Fatal(err)
			}
			appendTo(t, filepath.Join(dir, ".git", "config"), test.config+"[branch \"master\"]\nremote = origin\nmerge = refs/heads/main\n")
			environ := append([]string{"HOME=" + home, "XDG_STATE_HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "PATH=" + os.Getenv("PATH")}, test.environ...)
			book := consentBook(environ)
			other := filepath.Join(t.TempDir(), "other") // which has not opted in
			if _, err := gogit.PlainInit(other, false); err != nil {
				t.Fatal(err)
			}
			appendTo(t, filepath.Join(other, ".git", "config"), "[remote \"origin\"]\nurl = git://10.9.9.9/a.git\n[branch \"master\"]\nremote = origin\nmerge = refs/heads/main\n")
			if err := book.SetSync(filepath.Join(dir, ".git"), consent.Sync{Enabled: true}); err != nil {
				t.Fatal(err)
			}
			if _, err := book.Trust(other); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := printNetwork(t.Context(), stdio{out: closer{&out}}, false, environ, openRepository, slog.New(slog.DiscardHandler)); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(out.String(), "secret") || strings.Contains(out.String(), "! ") {
				t.Errorf("said:\n%s", out.String())
			}
			options, _ := loadSettings(environ)
			r := networkOf(t.Context(), options, environ, openRepository, slog.New(slog.DiscardHandler))
			var got []string
			for _, a := range r.sorted() {
				if a.For != "models" && a.For != "dns" {
					got = append(got, a.place())
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
			if strings.Contains(fmt.Sprint(r), "secret") {
				t.Errorf("a secret is told: %v", r)
			}
		})
	}
}

// TestNetworkTellsWhatItLacks: an opt-in that cannot be read, and a repository that
// cannot be opened, are problems beside the others.
func TestNetworkTellsWhatItLacks(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
	environ := []string{"HOME=" + home, "XDG_STATE_HOME=" + home, "GIT_CONFIG_NOSYSTEM=1", "AIRSIDE_BACKEND=builtin"}
	book := consentBook(environ)
	for _, name := range []string{"good", "bare"} {
		dir := filepath.Join(home, name)
		if _, err := gogit.PlainInit(dir, name == "bare"); err != nil {
			t.Fatal(err)
		}
		git := dir
		if name == "good" {
			git = filepath.Join(dir, ".git")
			appendTo(t, filepath.Join(git, "config"), "[remote \"origin\"]\nurl = git://10.0.0.1/a.git\n[branch \"master\"]\nremote = origin\nmerge = refs/heads/main\n")
		}
		if err := book.SetSync(git, consent.Sync{Enabled: true}); err != nil {
			t.Fatal(err)
		}
	}
	appendTo(t, filepath.Join(home, "airside", "sync", "damaged.json"), "{")
	options, _ := loadSettings(environ)
	r := networkOf(t.Context(), options, environ, openRepository, slog.New(slog.DiscardHandler))
	if len(r.Problems) != 2 {
		t.Errorf("problems %q", r.Problems)
	}
	found := false
	for _, a := range r.Addresses {
		found = found || a.place() == "10.0.0.1:9418" && a.For == "sync"
	}
	if !found {
		t.Errorf("addresses %v", r.Addresses)
	}
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
