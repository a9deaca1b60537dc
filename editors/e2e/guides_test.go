//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// guides are the editors with no plugin of ours, driven in a terminal by the keys
// that a person would press, with the settings that their guide has.
var guides = []struct {
	name    string // of the guide, and which part of it
	program []string
	keys    []step
}{
	{"helix", []string{"hx"}, []step{
		{shows: "NOR"},
		{keys: []string{"8ggo", "if err"}},
		{keys: []string{"C-x"}, again: true, shows: "!= nil {"},
		{keys: []string{"C-n", "Enter"}},
		{keys: []string{"Escape"}, shows: "NOR"},
		{keys: []string{":w", "Enter"}},
	}},
	{"emacs", []string{"emacs", "-nw", "--eval", `(define-derived-mode go-mode prog-mode "Go")`, "--eval", "(add-hook 'go-mode-hook #'eglot-ensure)", "--eval", `(add-to-list 'auto-mode-alist '("\\.go\\'" . go-mode))`}, []step{
		{shows: "[eglot"},
		{keys: []string{"M-<", "C-u", "7", "C-n", "C-e", "Enter", "if err"}},
		{keys: []string{"M-Tab"}, again: true, shows: "!= nil {"},
		{keys: []string{"C-x", "C-s"}},
	}},
	{"vim", []string{"vim.basic", "--cmd", "set rtp^=/usr/share/vim-ale"}, []step{
		{shows: "package"},
		{keys: []string{"8Go", "if err"}, shows: "!= nil {"},
		{keys: []string{"C-y", "Escape", ":w", "Enter"}},
	}},
	{"vim, asked", []string{"vim.basic", "--cmd", "set rtp^=/usr/share/vim-ale", "-c", "let g:ale_completion_enabled = 0"}, []step{
		{shows: "package"},
		{keys: []string{"8Go", "if err"}},
		{keys: []string{"C-x", "C-o"}, again: true, shows: "!= nil {"},
		{keys: []string{"C-y", "Escape", ":w", "Enter"}},
	}},
	{"kakoune", []string{"kak"}, []step{
		{shows: "package"},
		{keys: []string{"8go", "if err"}},
		{keys: []string{"C-l"}, shows: "!= nil {"},
		{keys: []string{"Escape"}, shows: "1 sel"},
		{keys: []string{":w", "Enter"}},
	}},
}

// step presses keys and waits for a text on the screen.
type step struct {
	keys  []string
	again bool // until the text is there: the server may not be ready yet
	shows string
}

var fence = regexp.MustCompile("(?s)```\\w+ ~/(\\S+)\n(.*?)```")

// TestE2EGuides: with a guide's settings, a suggestion is seen, taken and saved.
func TestE2EGuides(t *testing.T) {
	root := program(t, "AIRSIDE_EDITORS")
	for _, g := range guides {
		t.Run(g.name, func(t *testing.T) {
			home, err := os.MkdirTemp(filepath.Join(root, "tmp"), "guide-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(home) })
			name, _, _ := strings.Cut(g.name, ",")
			guide, err := os.ReadFile("../../editors/guides/" + name + ".md")
			if err != nil {
				t.Fatal(err)
			}
			files := map[string]string{"w/reader.go": strings.ReplaceAll(sourceFile, "¦", ""), "w/.git/HEAD": ""}
			for _, block := range fence.FindAllStringSubmatch(string(guide), -1) {
				files[block[1]] += block[2]
			}
			if len(files) < 3 {
				t.Fatal("the guide has no settings")
			}
			for name, text := range files {
				path := filepath.Join(home, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			binary, err := os.ReadFile(os.Getenv("AIRSIDE_BINARY"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home, "airside"), binary, 0o755); err != nil {
				t.Fatal(err)
			}
			inside := "/tmp/" + filepath.Base(home)
			env := append(append(cleanEnv(inside), "PATH="+inside+":/usr/bin:/bin"), errorsModel(t).env()...)
			env = append(env, "XDG_CONFIG_HOME="+inside+"/.config")
			screen := startTerminal(t, root, env, append(g.program, inside+"/w/reader.go"))
			for _, s := range g.keys {
				screen.take(s)
			}
			var saved []byte
			eventually(t, "the file", func() bool {
				saved, err = os.ReadFile(filepath.Join(home, "w/reader.go"))
				return err == nil && strings.Contains(string(saved), "if err != nil {")
			})
			if text := strings.Join(strings.Fields(string(saved)), " "); !strings.Contains(text, "if err != nil { return nil, err }") {
				t.Errorf("saved:\n%s", saved)
			}
		})
	}
}

// terminal is tmux with a program of another root in it.
type terminal struct {
	t      *testing.T
	socket string
}

// startTerminal runs a program in a root of its own, in which /proc is this
// machine's: Helix asks there where it is.
func startTerminal(t *testing.T, root string, env, program []string) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing; run: make e2e")
	}
	s := &terminal{t, filepath.Join(t.TempDir(), "tmux")}
	command := append([]string{"unshare", "--mount", "sh", "-c",
		`mount --rbind /proc "$0/proc" && exec chroot "$0" env -i "$@"`, root}, env...)
	s.tmux(append([]string{"new-session", "-d", "-x", "100", "-y", "30"}, append(command, program...)...)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.screen())
		}
		exec.Command("tmux", "-S", s.socket, "kill-server").Run()
	})
	return s
}

func (s *terminal) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", s.socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %.60q: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *terminal) screen() string {
	out, _ := exec.Command("tmux", "-S", s.socket, "capture-pane", "-p").CombinedOutput()
	return string(out)
}

// take takes one step.
func (s *terminal) take(st step) {
	s.t.Helper()
	looks, next := 0, 20
	press := func() {
		if len(st.keys) > 0 {
			s.tmux(append([]string{"send-keys"}, st.keys...)...)
		}
	}
	press()
	eventually(s.t, st.shows, func() bool {
		if looks++; st.again && looks == next {
			press()
			next *= 2 // asking again ends a request that a busy machine has not answered
		}
		return strings.Contains(s.screen(), st.shows)
	})
}
