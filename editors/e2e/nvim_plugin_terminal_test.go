//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// pane is Neovim with the plugin and the real server in a tmux.
type pane struct {
	t    *testing.T
	home string
	env  []string
}

func startPane(t *testing.T, nvim, file string, env []string, columns, rows int) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing; run: make e2e")
	}
	plugin, err := filepath.Abs("../../editors/nvim")
	if err != nil {
		t.Fatal(err)
	}
	program, bin := program(t, nvim), t.TempDir()
	home := folder(t)
	if err := os.Symlink(os.Getenv("AIRSIDE_BINARY"), filepath.Join(bin, "airside")); err != nil {
		t.Fatal(err)
	}
	term := &pane{t, home, append(append(cleanEnv(home), env...), "PATH="+bin+":"+os.Getenv("PATH"))}
	term.tmux("new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows), "-c", home, program, "--clean", "-n", "--cmd", "set rtp^="+plugin,
		"-c", `set laststatus=2 statusline=%{%v:lua.require'airside'.status()%}`, file)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(term.screen())
		}
		term.tmux("kill-server")
	})
	return term
}

func (term *pane) tmux(args ...string) string {
	term.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(term.home, "tmux"), "-f", "/dev/null"}, args...)...)
	cmd.Env = term.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		term.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (term *pane) screen() string { return term.tmux("capture-pane", "-p") }

func (term *pane) shows(text string) func() bool {
	return func() bool { return strings.Contains(term.screen(), text) }
}

// TestE2ENvimPluginTerminal: the same in a terminal, tmux: keys as a terminal
// sends them, the screen as it shows it.
func TestE2ENvimPluginTerminal(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			term := startPane(t, nvim, writeSource(t), errorsModel(t).env(), 80, 16)
			eventually(t, "the status line", term.shows("codellama-7b-code"))
			term.tmux("send-keys", "8GAif err")
			eventually(t, "ghost text", term.shows("if err != nil {\n                return nil, err\n        }"))
			term.tmux("send-keys", "M-Right")
			term.tmux("send-keys", "Tab")
			eventually(t, "what follows", term.shows("        }\n        return data, nil"))
			term.tmux("send-keys", "Tab")
			term.tmux("send-keys", "Escape", "u", "u")
			term.tmux("send-keys", ":w! "+filepath.Join(term.home, "word"), "Enter")
			term.tmux("send-keys", "C-r", "C-r", ":w! "+filepath.Join(term.home, "all"), "Enter")
			for name, want := range map[string]string{"word": "\tif err !=\n}", "all": "\tif err != nil {\n\t\treturn nil, err\n\t}\n\treturn data, nil\n}"} {
				var text []byte
				var err error
				eventually(t, name, func() bool {
					text, err = os.ReadFile(filepath.Join(term.home, name))
					return err == nil && len(text) > 0
				})
				if !strings.Contains(string(text), want) {
					t.Errorf("%s:\n%s", name, text)
				}
			}
		})
	}
}
