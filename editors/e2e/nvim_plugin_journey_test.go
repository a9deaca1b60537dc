//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startReal opens file with the plugin and the real server, by what a user has:
// airside on $PATH and no configuration.
func startReal(t testing.TB, nvim, file string, env []string, args ...string) *ui {
	t.Helper()
	bin := t.TempDir()
	if err := os.Symlink(program(t, "AIRSIDE_BINARY"), filepath.Join(bin, "airside")); err != nil {
		t.Fatal(err)
	}
	u := startUI(t, nvim, file, append(env, "PATH="+bin+":"+os.Getenv("PATH")), args...)
	u.lua(`vim.g.done = 0
		vim.keymap.set({'i', 'n'}, '<F20>', '<Cmd>let g:done += 1<CR>')`)
	return u
}

func (u *ui) waitReady() {
	u.t.Helper()
	u.waitLua("airside to be ready", `(require('airside.status').get() or { completion = {} }).completion.state == 'ready'`)
}

// trust has the user trust the folder that is open.
func (u *ui) trust() {
	u.t.Helper()
	u.command("Airside trust")
	u.waitLua("the trust", `(require('airside.status').get() or {}).trust == nil`)
}

// errorsModel is a model that knows how errors are handled.
func errorsModel(t testing.TB) *scriptedModel {
	return startModel(t, func(before string, sampled bool) string {
		switch {
		case strings.HasSuffix(before, "if err") && sampled:
			return " == io.EOF {\n\t\treturn data, nil\n\t}"
		case strings.HasSuffix(before, "if err"):
			return " != nil {\n\t\treturn nil, err\n\t}"
		case strings.HasSuffix(before, "\t\treturn nil, err\n\t}\n\t"):
			return "return data, nil"
		}
		return ""
	})
}

// TestE2ENvimPluginHealth: :checkhealth tells of server, model and keys.
func TestE2ENvimPluginHealth(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.waitReady()
			u.command("checkhealth airside")
			text := u.buffer()
			for _, want := range []string{"OK Neovim 0.", "OK ", "at work in ", "codellama-7b-code", "airside doctor"} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if strings.Contains(text, "ERROR") {
				t.Errorf("errors:\n%s", text)
			}
		})
	}
}

// TestE2ENvimPluginSync: two clones, two editors; what is committed in one comes
// into the other's open buffer.
func TestE2ENvimPluginSync(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			dir := folder(t)
			git := func(args ...string) {
				t.Helper()
				cmd := exec.Command("git", args...)
				cmd.Dir = dir
				cmd.Env = append(cleanEnv(dir), "PATH="+os.Getenv("PATH"), "GIT_CONFIG_COUNT=2",
					"GIT_CONFIG_KEY_0=user.name", "GIT_CONFIG_VALUE_0=A", "GIT_CONFIG_KEY_1=user.email", "GIT_CONFIG_VALUE_1=a@example.com")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
			}
			git("init", "-q", "--bare", "-b", "main", "remote.git")
			git("clone", "-q", "remote.git", "one")
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("one/a.go", "package a\n")
			git("-C", "one", "checkout", "-q", "-B", "main")
			git("-C", "one", "add", "a.go")
			git("-C", "one", "commit", "-qm", "first")
			git("-C", "one", "push", "-q", "-u", "origin", "main")
			git("clone", "-q", "remote.git", "two")
			for _, clone := range []string{"one", "two"} {
				git("-C", clone, "config", "user.name", "A")
				git("-C", clone, "config", "user.email", "a@example.com")
			}

			env := errorsModel(t).env()
			one := startReal(t, nvim, filepath.Join(dir, "one/a.go"), env)
			two := startReal(t, nvim, filepath.Join(dir, "two/a.go"), env)
			for _, u := range []*ui{one, two} {
				u.waitReady()
				u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
				u.command("Airside sync enable")
				u.waitLua("the opt-in", `(require('airside.status').get() or { sync = {} }).sync.branch == 'main'`)
				u.waitLua("what it says to that", `vim.iter(told):any(function(m) return m:find('sync is on', 1, true) or m:find('in step', 1, true) end)`)
			}
			write("one/a.go", "package a\n\nvar X = 1\n")
			git("-C", "one", "commit", "-qam", "second")
			one.command("Airside sync now")
			// It also syncs by itself, and may have been first.
			one.waitLua("the push", `vim.iter(told):any(function(m) return m:find('push') or m:find('in step') end)`)
			two.command("Airside sync now")
			two.waitLua("the change in the open buffer", `vim.api.nvim_buf_get_lines(0, 2, 3, false)[1] == 'var X = 1'`)
			// In a window without a file.
			two.command("enew")
			two.lua("told = {}; vim.cmd('Airside sync now')")
			two.waitLua("an answer", "#told > 0")
			if said := two.lua("return told[1]").(string); !strings.Contains(said, "in step") {
				t.Errorf("sync in a window without a file: %q", said)
			}
			two.command("Airside sync log")
			two.waitLua("the log", "vim.api.nvim_buf_get_name(0):find('airside://sync log')")
			if text := two.buffer(); !strings.Contains(text, "main") {
				t.Errorf("the log:\n%s", text)
			}
		})
	}
}

// TestE2ENvimPluginHelp: without a plugin manager the help has its tags, too.
func TestE2ENvimPluginHelp(t *testing.T) {
	plugin, err := filepath.Abs("../../editors/nvim")
	must(t, err)
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			fresh := filepath.Join(t.TempDir(), "nvim")
			must(t, os.CopyFS(fresh, os.DirFS(plugin)))
			if err := os.Remove(filepath.Join(fresh, "doc/tags")); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env(), "--cmd", "set rtp-="+plugin+" rtp^="+fresh)
			u.waitLua("the tags", "vim.fn.filereadable('"+fresh+"/doc/tags') == 1")
			u.command("help airside-menus")
			if got := u.lua("return vim.fn.expand('%:p')"); got != filepath.Join(fresh, "doc/airside.txt") {
				t.Errorf("help opens %v", got)
			}
		})
	}
}
