//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// ghostColor is what the tests draw ghost text in, to know it on the screen.
const ghostColor = 0x7a8899

// cell is one place of the screen.
type cell struct {
	text string // "" behind a wide character
	hl   int
}

// attr is how cells look; -1 is the default colour.
type attr struct {
	fg, bg                int
	bold, italic, reverse bool
}

// ui is a Neovim with the test as its screen: keys go in, redraw events come
// out, as they would for a terminal.
type ui struct {
	t     testing.TB
	in    io.Writer
	calls int

	mu       sync.Mutex
	changed  *sync.Cond // at every flush and answer
	answers  map[int][]any
	rows     [][]cell
	attrs    map[int]attr
	row, col int // the cursor
	flushes  int
	onFlush  func() // called with mu held
	gone     bool
	output   bytes.Buffer
	fg, bg   int
}

const screenColumns, screenRows = 80, 16

// startUI starts Neovim (the program in the environment variable nvim) with the
// plugin and opens file. env is added to what a bare user has.
func startUI(t testing.TB, nvim, file string, env []string, args ...string) *ui {
	t.Helper()
	path := program(t, nvim)
	plugin, err := filepath.Abs("../../editors/nvim")
	if err != nil {
		t.Fatal(err)
	}
	home := folder(t)
	all := []string{"--embed", "--clean", "-n", "--cmd", "set rtp^=" + plugin,
		"--cmd", fmt.Sprintf("set termguicolors shortmess+=I noshowcmd noruler | hi AirsideGhost guifg=#%06x", ghostColor)}
	cmd := exec.Command(path, append(append(all, args...), file)...)
	cmd.Dir = filepath.Dir(file)
	cmd.Env = append(append(cleanEnv(home), "PATH="+os.Getenv("PATH")), env...)
	u := &ui{t: t, answers: map[int][]any{}, attrs: map[int]attr{0: {fg: -1, bg: -1}}}
	u.changed = sync.NewCond(&u.mu)
	cmd.Stderr = &u.output
	if u.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { defer close(read); u.listen(bufio.NewReader(out)) }()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the screen at last:\n%s", u.picture())
		}
		u.send("nvim_command", "qa!")
		limit := time.AfterFunc(patience, func() { t.Error("Neovim did not quit"); cmd.Process.Kill() })
		<-read
		cmd.Wait()
		limit.Stop()
		if t.Failed() && u.output.Len() > 0 {
			t.Logf("Neovim said:\n%s", u.output.String())
		}
	})
	u.call("nvim_ui_attach", screenColumns, screenRows, map[string]any{"ext_linegrid": true, "rgb": true})
	return u
}

func (u *ui) listen(r *bufio.Reader) {
	for {
		v, err := unpack(r)
		u.mu.Lock()
		if err != nil {
			u.gone = true
			u.changed.Broadcast()
			u.mu.Unlock()
			return
		}
		switch m := v.([]any); m[0] {
		case 1:
			u.answers[m[1].(int)] = m[2:]
			u.changed.Broadcast()
		case 2:
			if m[1] == "redraw" {
				for _, event := range m[2].([]any) {
					e := event.([]any)
					for _, args := range e[1:] {
						u.redraw(e[0].(string), args.([]any))
					}
				}
			}
		}
		u.mu.Unlock()
	}
}

func (u *ui) redraw(event string, a []any) {
	switch event {
	case "grid_resize":
		u.rows = make([][]cell, a[2].(int))
		for i := range u.rows {
			u.rows[i] = blank(a[1].(int))
		}
	case "grid_clear":
		for i := range u.rows {
			u.rows[i] = blank(len(u.rows[i]))
		}
	case "default_colors_set":
		u.fg, u.bg = a[0].(int), a[1].(int)
	case "hl_attr_define":
		rgb := a[1].(map[string]any)
		color := func(name string) int {
			if c, ok := rgb[name].(int); ok {
				return c
			}
			return -1
		}
		u.attrs[a[0].(int)] = attr{color("foreground"), color("background"), rgb["bold"] == true, rgb["italic"] == true, rgb["reverse"] == true}
	case "grid_line":
		row, col, hl := u.rows[a[1].(int)], a[2].(int), 0
		for _, c := range a[3].([]any) {
			c := c.([]any)
			repeat := 1
			if len(c) > 1 {
				hl = c[1].(int)
			}
			if len(c) > 2 {
				repeat = c[2].(int)
			}
			for range repeat {
				row[col] = cell{c[0].(string), hl}
				col++
			}
		}
	case "grid_scroll":
		top, bottom, left, right, n := a[1].(int), a[2].(int), a[3].(int), a[4].(int), a[5].(int)
		if n > 0 {
			for r := top; r < bottom-n; r++ {
				copy(u.rows[r][left:right], u.rows[r+n][left:right])
			}
		} else {
			for r := bottom - 1; r >= top-n; r-- {
				copy(u.rows[r][left:right], u.rows[r+n][left:right])
			}
		}
	case "grid_cursor_goto":
		u.row, u.col = a[1].(int), a[2].(int)
	case "flush":
		u.flushes++
		if u.onFlush != nil {
			u.onFlush()
		}
		u.changed.Broadcast()
	}
}

func blank(n int) []cell {
	row := make([]cell, n)
	for i := range row {
		row[i].text = " "
	}
	return row
}

func (u *ui) send(method string, args ...any) int {
	if args == nil {
		args = []any{}
	}
	u.calls++
	u.in.Write(pack(nil, []any{0, u.calls, method, args}))
	return u.calls
}

// call asks Neovim and waits for its answer.
func (u *ui) call(method string, args ...any) any {
	u.t.Helper()
	id := u.send(method, args...)
	var answer []any
	u.await(method, func() bool { answer = u.answers[id]; return answer != nil })
	if answer[0] != nil {
		u.t.Fatalf("%s%v: %v", method, args, answer[0])
	}
	return answer[1]
}

// await waits until a condition holds, which is looked at whenever the screen
// has been drawn or an answer has come.
func (u *ui) await(what string, ok func() bool) {
	u.t.Helper()
	late := false
	limit := time.AfterFunc(patience, func() { u.mu.Lock(); late = true; u.changed.Broadcast(); u.mu.Unlock() })
	defer limit.Stop()
	u.mu.Lock()
	for !ok() {
		if late || u.gone {
			gone := u.gone
			u.mu.Unlock()
			u.t.Fatalf("waited for %s (Neovim gone: %v); the screen:\n%s", what, gone, u.picture())
		}
		u.changed.Wait()
	}
	u.mu.Unlock()
}

// keys types, in Neovim's notation ("<CR>").
func (u *ui) keys(keys string) { u.t.Helper(); u.call("nvim_input", keys) }

func (u *ui) command(c string) { u.t.Helper(); u.call("nvim_command", c) }

// quit ends Neovim, which ends its server, and waits until it is gone.
func (u *ui) quit() {
	u.t.Helper()
	u.send("nvim_command", "quitall!")
	eventually(u.t, "the end of Neovim", func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.gone
	})
}

func (u *ui) lua(code string, args ...any) any {
	u.t.Helper()
	if args == nil {
		args = []any{}
	}
	return u.call("nvim_exec_lua", code, args)
}

// waitLua waits for a condition in Neovim. It is asked again after each change
// of the screen and, as some change nothing there, now and then.
func (u *ui) waitLua(what, expr string) {
	u.t.Helper()
	eventually(u.t, what, func() bool { return u.lua("return ("+expr+") and true or false") == true })
}

// buffer is the text of the current buffer.
func (u *ui) buffer() string {
	u.t.Helper()
	return u.lua("return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n')").(string)
}

// marked is a row with ghost text in «»; without blanks at its end. Call it with
// mu held.
func (u *ui) marked(row []cell) string {
	var b strings.Builder
	ghost := false
	for _, c := range row {
		if is := u.attrs[c.hl].fg == ghostColor; is != ghost {
			b.WriteString(map[bool]string{true: "«", false: "»"}[is])
			ghost = is
		}
		b.WriteString(c.text)
	}
	if ghost {
		b.WriteString("»")
	}
	return strings.TrimRight(b.String(), " ")
}

// screen is the text area as it looks, with ghost text in «».
func (u *ui) screen() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.screenLocked()
}

func (u *ui) screenLocked() string {
	var b strings.Builder
	for _, row := range u.rows[:max(0, len(u.rows)-2)] {
		if line := u.marked(row); line != "~" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func (u *ui) picture() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var b strings.Builder
	for _, row := range u.rows {
		b.WriteString("|" + u.marked(row) + "\n")
	}
	return b.String()
}

// ghost is the ghost text on the screen, its rows without indentation joined by
// one newline.
func (u *ui) ghostLocked() string {
	var rows []string
	for _, row := range u.rows {
		var b strings.Builder
		for _, c := range row {
			if u.attrs[c.hl].fg == ghostColor {
				b.WriteString(c.text)
			}
		}
		if s := strings.TrimSpace(b.String()); s != "" {
			rows = append(rows, s)
		}
	}
	return strings.Join(rows, "\n")
}

func (u *ui) waitGhost(want string) {
	u.t.Helper()
	u.await(fmt.Sprintf("ghost text %q", want), func() bool { return u.ghostLocked() == want })
}
