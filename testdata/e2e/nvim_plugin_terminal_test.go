//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestE2ENvimPluginTerminal: the same in a terminal, tmux: keys as a terminal
// sends them, the screen as it shows it.
func TestE2ENvimPluginTerminal(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing; run: make e2e")
	}
	plugin, err := filepath.Abs("../../editors/nvim")
	if err != nil {
		t.Fatal(err)
	}
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			program, home, bin := program(t, nvim), t.TempDir(), t.TempDir()
			if err := os.Symlink(os.Getenv("AIRSIDE_BINARY"), filepath.Join(bin, "airside")); err != nil {
				t.Fatal(err)
			}
			env := append(append(cleanEnv(home), errorsModel(t).env()...), "PATH="+bin+":"+os.Getenv("PATH"))
			tmux := func(args ...string) string {
				t.Helper()
				cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(home, "tmux"), "-f", "/dev/null"}, args...)...)
				cmd.Env = env
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("tmux %v: %v\n%s", args, err, out)
				}
				return string(out)
			}
			tmux("new-session", "-d", "-x", "80", "-y", "16", "-c", home, program, "--clean", "-n", "--cmd", "set rtp^="+plugin,
				"-c", `set laststatus=2 statusline=%{%v:lua.require'airside'.status()%}`, writeSource(t))
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(tmux("capture-pane", "-p"))
				}
				tmux("kill-server")
			})
			shows := func(text string) func() bool {
				return func() bool { return strings.Contains(tmux("capture-pane", "-p"), text) }
			}
			eventually(t, "the status line", shows("codellama-7b-code"))
			tmux("send-keys", "8GAif err")
			eventually(t, "ghost text", shows("if err != nil {\n                return nil, err\n        }"))
			tmux("send-keys", "M-Right")
			tmux("send-keys", "Tab")
			tmux("send-keys", "Escape", "u")
			tmux("send-keys", ":w! "+filepath.Join(home, "word"), "Enter")
			tmux("send-keys", "C-r", ":w! "+filepath.Join(home, "all"), "Enter")
			for name, want := range map[string]string{"word": "\tif err !=\n}", "all": "\tif err != nil {\n\t\treturn nil, err\n\t}\n}"} {
				var text []byte
				eventually(t, name, func() bool { text, err = os.ReadFile(filepath.Join(home, name)); return err == nil && len(text) > 0 })
				if !strings.Contains(string(text), want) {
					t.Errorf("%s:\n%s", name, text)
				}
			}
		})
	}
}
