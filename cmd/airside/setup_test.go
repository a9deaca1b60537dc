package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model/store"
	"github.com/airside-ls/airside/gitsync/consent"
)

// fakeEditors puts editors on the PATH that tell a version and write down what they
// are asked, and nothing else.
func fakeEditors(t *testing.T, versions map[string]string) (said string) {
	t.Helper()
	bin := t.TempDir()
	said = filepath.Join(bin, "said")
	for name, version := range versions {
		script := "#!/bin/sh\necho \"$0 $*\" >>'" + said + "'\n[ \"$1\" = --version ] && echo '" + version + "'\nexit 0\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	return said
}

// TestSetupFromStick: from a bare home to what works without a network.
func TestSetupFromStick(t *testing.T) {
	h := newHome(t)
	said := fakeEditors(t, map[string]string{"nvim": "NVIM v0.12.0", "code": "1.95.2\nabc\nx64"})
	vsix := filepath.Join(h.stick, "airside-linux-x64.vsix")
	h.write(vsix, nil)
	code, out, errOut := h.run("setup", "--model", h.stick, "--vsix", vsix, "--neovim", "--yes", "--json")
	var r setupReport
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errOut)
	}
	file := filepath.Join(h.models(), "mine.gguf")
	if !r.Ready || r.Model == nil || r.Model.File != file || r.Settings["builtin.model"] != file || r.Config != h.config || len(r.Models) != len(store.AllKnown()) {
		t.Errorf("%+v", r)
	}
	if r.Machine.Instructions == "" || r.Machine.Processors < 1 || r.Models[0].Write <= r.Models[3].Write || r.Models[0].Write <= 0 {
		t.Errorf("%+v, %+v", r.Machine, r.Models)
	}
	lua, err := os.ReadFile(filepath.Join(h.dir, "config", "nvim", "plugin", "airside.lua"))
	if err != nil || !strings.Contains(string(lua), neovimLines) {
		t.Errorf("%v\n%s", err, lua)
	}
	if asked, _ := os.ReadFile(said); !strings.Contains(string(asked), "code --install-extension "+vsix) {
		t.Errorf("%s", asked)
	}
	code, out, errOut = h.run("doctor")
	if code != 0 || !strings.Contains(out, "Neovim 0.12.0: set up") || !strings.Contains(out, "mine") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	// Again: nothing is fetched or written twice.
	if code, out, errOut = h.run("setup", "--model", h.stick, "--neovim", "--yes"); code != 0 {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
}

// TestSetupAsks: without a terminal it says which flag is missing, and changes nothing.
func TestSetupAsks(t *testing.T) {
	h := newHome(t)
	fakeEditors(t, nil)
	code, out, errOut := h.run("setup")
	if code != 2 || !strings.Contains(errOut, "--model") || !strings.Contains(out, "qwen2.5-coder-1.5b") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if code, out, errOut = h.run("setup", "--model", "qwen2.5-coder-0.5b", "--from", "web"); code != 2 || !strings.Contains(errOut, "huggingface.co") || !strings.Contains(errOut, "--yes") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if exists(h.config) || exists(h.models()) {
		t.Error("something was changed")
	}
	if code, out, errOut = h.run("setup", "--model", "none", "--no-editors"); code != 0 || !strings.Contains(out, "Ready to fly") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
}

// TestSetupOnlyLooks: without --yes and nobody to ask, flags alone change nothing.
func TestSetupOnlyLooks(t *testing.T) {
	h := newHome(t)
	said := fakeEditors(t, map[string]string{"nvim": "NVIM v0.12.0", "code": "1.95.2\nabc\nx64"})
	vsix := filepath.Join(h.stick, "airside-linux-x64.vsix")
	h.write(vsix, nil)
	for _, tt := range []struct {
		args []string
		code int
	}{
		{[]string{"--model", h.stick, "--json"}, 2},
		{[]string{"--model", h.stick}, 2},
		{[]string{"--model", "qwen2.5-coder-0.5b", "--from", "ollama", "--json"}, 2},
		{[]string{"--model", "none", "--neovim", "--vsix", vsix, "--json"}, 0},
		{[]string{"--model", "none", "--neovim", "--vsix", vsix}, 0},
	} {
		code, out, errOut := h.run(append([]string{"setup"}, tt.args...)...)
		if code != tt.code || !strings.Contains(out+errOut, "--yes") {
			t.Errorf("%v: exit %d\n%s%s", tt.args, code, out, errOut)
		}
	}
	asked, _ := os.ReadFile(said)
	if exists(h.config) || exists(h.models()) || exists(filepath.Join(h.dir, "config", "nvim")) || strings.Contains(string(asked), "--install-extension") {
		t.Errorf("something was changed: %s", asked)
	}
}

// TestVSIXVersion: an extension is known by what it says inside.
func TestVSIXVersion(t *testing.T) {
	for manifest, want := range map[string]string{
		`{"publisher":"airside-ls","name":"airside","version":"1.2.3"}`: "1.2.3",
		`{"publisher":"other","name":"airside","version":"1.2.3"}`:      "",
		`{`: "",
		"":  "",
	} {
		file := filepath.Join(t.TempDir(), "airside-x.vsix")
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("extension/package.json")
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write([]byte(manifest))
		if err := errors.Join(err, z.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
			t.Fatal(err)
		}
		if got := vsixVersion(file); got != want {
			t.Errorf("%s: %q", manifest, got)
		}
	}
	if got := vsixVersion("none.vsix"); got != "" {
		t.Error(got)
	}
}

// TestLinkedSettings: settings behind a link are found, and a tree without end ends.
func TestLinkedSettings(t *testing.T) {
	h := newHome(t)
	t.Setenv("XDG_CONFIG_HOME", "")
	k := editorKind{settings: []string{".config/nvim"}}
	h.write(filepath.Join(h.dir, "dotfiles", "init.lua"), []byte("airside"))
	h.write(filepath.Join(h.dir, ".config", "x"), nil)
	if err := os.Symlink(filepath.Join(h.dir, "dotfiles"), filepath.Join(h.dir, ".config", "nvim")); err != nil {
		t.Skip(err)
	}
	if !k.configured(h.dir) {
		t.Error("a link was not followed")
	}
	for i := range maxSettings {
		if err := os.Mkdir(filepath.Join(h.dir, "dotfiles", fmt.Sprint("a", i)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if k.configured(h.dir) {
		t.Error("it looks without a bound")
	}
}

// TestExpect: what does not fit is not offered.
func TestExpect(t *testing.T) {
	newHome(t)
	for _, tt := range []struct {
		m    setupMachine
		fits int
	}{
		{setupMachine{Memory: 64 << 30, DiskFree: 1 << 40}, 4},
		{setupMachine{Memory: 4 << 30, DiskFree: 1 << 40}, 3},
		{setupMachine{Memory: 64 << 30, DiskFree: 600_000_000}, 1},
		{setupMachine{Memory: 64 << 30, DiskFree: 1 << 40, Slow: true}, 0},
		{setupMachine{Memory: 1 << 28, DiskFree: -1}, 0},
		{setupMachine{DiskFree: -1}, 4},
	} {
		n := 0
		list := expect(tt.m, time.Second)
		for _, m := range list {
			if m.Fits {
				n++
			}
		}
		if n != tt.fits || n == 0 && best(list) != "none" {
			t.Errorf("%+v: %d fit, best %s", tt.m, n, best(list))
		}
	}
	list := []setupModel{{Name: "a", Fits: true, Typing: "yes"}, {Name: "b", Fits: true, Typing: "yes"}, {Name: "c", Fits: true, Typing: "slow, 2 s"}, {Name: "d", Typing: "yes"}}
	if got := best(list); got != "b" {
		t.Error(got)
	}
}

// TestNeovimLines: the front page and setup say the same.
func TestNeovimLines(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil || !strings.Contains(string(page), "```lua\n"+neovimLines+"```") {
		t.Errorf("the front page has other lines (%v)", err)
	}
}

// TestCheckEditors: versions, settings, and what is too old.
func TestCheckEditors(t *testing.T) {
	h := newHome(t)
	fakeEditors(t, map[string]string{"nvim": "NVIM v0.9.5\nBuild type", "codium": "1.91.0", "hx": "", "vim": ""})
	t.Setenv("XDG_CONFIG_HOME", "")
	h.write(filepath.Join(h.dir, ".config/helix/languages.toml"), []byte("[language-server.airside]\n"))
	h.write(filepath.Join(h.dir, ".vscode-oss/extensions/airside-ls.airside-1.0.0/package.json"), nil)
	var got []string
	for _, e := range checkEditors(t.Context(), h.dir) {
		got = append(got, strings.TrimSpace(e.Name+" "+e.Version)+map[bool]string{true: " set up"}[e.Configured]+map[bool]string{false: " too old"}[e.Enough])
	}
	if want := "VS Code 1.91.0 set up, Neovim 0.9.5 too old, Vim, Helix set up"; strings.Join(got, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(got, ", "), want)
	}
}

// TestFlightProblems: what is said of a repository before boarding.
func TestFlightProblems(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		r    flightRepository
		want string // the commands
	}{
		{flightRepository{WorkDir: "/w/a", LastSync: "2026-11-30T11:00:00Z"}, ""},
		{flightRepository{WorkDir: "/w/a", LastSync: "2026-11-27T11:00:00Z"}, "airside fetch-all"},
		{flightRepository{WorkDir: "/w/a"}, "airside sync -C /w/a"},
		{flightRepository{WorkDir: "/w/it's", LastSync: "2026-11-30T11:00:00Z", Ahead: 2}, `airside sync -C '/w/it'\''s'`},
		{flightRepository{WorkDir: "/w/a", LastSync: "2026-11-30T11:00:00Z", Ahead: 2, Conflicts: 1}, "airside sync resolve -C /w/a"},
		{flightRepository{WorkDir: "/w/a", LastSync: "2026-11-30T11:00:00Z", Auth: true}, "git -C /w/a fetch"},
		{flightRepository{WorkDir: "/w/a", Error: "gone"}, "airside sync status -C /w/a"},
	} {
		var got []string
		for _, p := range tt.r.problems(now) {
			got = append(got, p.Mend)
		}
		if strings.Join(got, "; ") != tt.want {
			t.Errorf("%+v: %s, want %s", tt.r, strings.Join(got, "; "), tt.want)
		}
	}
}

// TestFetchAll: nobody takes part, and a repository that is gone.
func TestFetchAll(t *testing.T) {
	h := newHome(t)
	if code, out, errOut := h.run("fetch-all"); code != 0 || !strings.Contains(out, "airside sync enable") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	gone := filepath.Join(h.dir, "repository")
	git := filepath.Join(gone, ".git")
	if err := os.MkdirAll(git, 0o755); err != nil {
		t.Fatal(err)
	}
	book := consent.Open(filepath.Join(h.dir, "state", "airside"), nil)
	if err := book.SetSync(git, consent.Sync{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	code, out, errOut := h.run("fetch-all", "--json")
	if code != 1 || !json.Valid([]byte(out)) || !strings.Contains(out, gone) || !strings.Contains(errOut, "not everything is here") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
}

// TestPointers counts files of Git LFS that are not here.
func TestPointers(t *testing.T) {
	dir := t.TempDir()
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("a", 64) + "\nsize 12345\n"
	h := &home{t: t}
	h.write(filepath.Join(dir, "a", "big.bin"), []byte(pointer))
	h.write(filepath.Join(dir, "here.bin"), []byte(strings.Repeat("x", 200)))
	h.write(filepath.Join(dir, ".git", "big.bin"), []byte(pointer))
	if n := pointers(dir); n != 0 {
		t.Errorf("%d without attributes", n)
	}
	h.write(filepath.Join(dir, ".gitattributes"), []byte("*.bin filter=lfs diff=lfs merge=lfs -text\n"))
	if n := pointers(dir); n != 1 {
		t.Errorf("%d pointers", n)
	}
	h.write(filepath.Join(dir, ".lfsconfig"), []byte("[lfs]\n\turl = http://127.0.0.1:1\n"))
	if list := pointersLeft(dir); len(list) != 1 || !strings.HasPrefix(list[0].What, "files of Git LFS that are not here: 1") || list[0].Mend != "git -C "+dir+" lfs pull" {
		t.Errorf("%+v", list)
	}
}

// TestManual: each command has a page, and none of them has what man would obey.
func TestManual(t *testing.T) {
	h := newHome(t)
	dir := filepath.Join(h.dir, "manual")
	if code, out, errOut := h.run("manual", dir); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, errOut)
	}
	for _, name := range []string{"airside", "airside-doctor", "airside-models-pull", "airside-sync-resolve"} {
		page, err := os.ReadFile(filepath.Join(dir, "man", name+".1"))
		if err != nil || !strings.HasPrefix(string(page), ".TH ") || !strings.Contains(string(page), "\n.SH SYNOPSIS\n") {
			t.Errorf("%s: %v\n%.200s", name, err, page)
		}
	}
	for _, name := range []string{"airside.bash", "_airside", "airside.fish", "airside.ps1"} {
		if info, err := os.Stat(filepath.Join(dir, "completions", name)); err != nil || info.Size() < 500 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := roff(".so /etc/passwd\n'\\-a"); got != "\\&.so /etc/passwd\n\\&'\\e\\-a" {
		t.Errorf("%q", got)
	}
}

// TestBench: the small model, on the places that are written for it.
func TestBench(t *testing.T) {
	h := newHome(t)
	places := benchPlaces(benchSet)
	if len(places) != 16 {
		t.Errorf("%d places", len(places))
	}
	for _, p := range places {
		if p.want == "" || strings.ContainsAny(p.before+p.after+p.want, "¦⟦") || !strings.Contains("go python typescript", p.language) {
			t.Errorf("%+v", p)
		}
	}
	code, out, errOut := h.run("bench", "--json")
	var r benchReport
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || len(r.Models) != 1 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errOut)
	}
	if m := r.Models[0]; m.Backend != "builtin" || m.Places != len(places) || m.Read <= 0 || m.Write <= 0 || m.Error != "" {
		t.Errorf("%+v", m)
	}
	if text := renderBench(r); !strings.Contains(text, "| builtin | ") || !strings.Contains(text, " of 16 |") {
		t.Error(text)
	}
	if code, _, errOut := h.run("bench", "none"); code != 1 || !strings.Contains(errOut, "no such model") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}
