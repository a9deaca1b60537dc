//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// editor is a real Neovim without a terminal. Keys reach it as typed ones do;
// questions are Lua expressions, asked over its own socket.
type editor struct {
	t      *testing.T
	socket string
	env    []string
	netns  string
	log    string // airside's log file
}

// readmeConfig is the Neovim configuration that the README gives, word for
// word: what is tested is what users paste.
func readmeConfig(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```lua\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("README.md has no Lua block")
	}
	if n := bytes.Count(block[1], []byte("\n")); n > 10 {
		t.Errorf("the README promises ten lines, the block has %d", n)
	}
	return string(block[1])
}

// startEditor opens file in Neovim with the README's configuration and waits
// until airside is attached. env is added to airside's environment.
func startEditor(t *testing.T, file string, env []string, netns string) *editor {
	t.Helper()
	nvim, binary := program(t, "AIRSIDE_NVIM"), program(t, "AIRSIDE_BINARY")
	dir := folder(t)
	bin := filepath.Join(dir, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "airside.log")
	// "airside" on PATH, as the README's configuration calls it, with a log.
	script := fmt.Sprintf("#!/bin/sh\nexec %s serve --log %s --log-level debug\n", binary, log)
	if err := os.WriteFile(filepath.Join(bin, "airside"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "init.lua")
	if err := os.WriteFile(config, []byte(readmeConfig(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	e := &editor{t: t, socket: filepath.Join(dir, "s"), netns: netns, log: log}
	e.env = append(cleanEnv(dir), env...)
	e.env = append(e.env, "PATH="+bin+":"+os.Getenv("PATH"))

	cmd := e.command(nvim, "--headless", "--clean", "-u", config, "--listen", e.socket, file)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	t.Cleanup(func() {
		e.remote("--remote-send", "<C-\\><C-N>:qa!<CR>")
		select {
		case <-exited:
		case <-time.After(patience):
			cmd.Process.Kill()
			<-exited
			t.Error("Neovim did not quit")
		}
		if t.Failed() {
			text, _ := os.ReadFile(log)
			t.Logf("Neovim said:\n%s\nairside's log:\n%s", out.String(), tail(string(text), 60))
		}
	})
	eventually(t, "Neovim's socket", func() bool { _, err := os.Stat(e.socket); return err == nil })
	e.waitLua("airside attached", `#vim.lsp.get_clients({bufnr=0, name="airside"}) == 1 and vim.lsp.get_clients({name="airside"})[1].initialized == true`)
	return e
}

func (e *editor) command(name string, args ...string) *exec.Cmd {
	if e.netns != "" {
		args = append([]string{"netns", "exec", e.netns, name}, args...)
		name = "ip"
	}
	cmd := exec.Command(name, args...)
	cmd.Env = e.env
	return cmd
}

// remote runs one command of Neovim's remote control.
func (e *editor) remote(args ...string) (string, error) {
	cmd := exec.Command(program(e.t, "AIRSIDE_NVIM"), append([]string{"--clean", "--headless", "--server", e.socket}, args...)...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return out.String(), err
}

// keys types, in Neovim's notation ("<CR>").
func (e *editor) keys(keys string) {
	e.t.Helper()
	if _, err := e.remote("--remote-send", keys); err != nil {
		e.t.Fatal(err)
	}
}

// lua evaluates an expression and decodes its value.
func (e *editor) lua(expr string, value any) {
	e.t.Helper()
	out, err := e.remote("--remote-expr", "luaeval('vim.json.encode("+strings.ReplaceAll(expr, "'", "''")+")')")
	if err != nil {
		e.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), value); err != nil {
		e.t.Fatalf("%s: %q: %v", expr, out, err)
	}
}

func (e *editor) waitLua(what, condition string) {
	e.t.Helper()
	eventually(e.t, what, func() bool {
		var ok bool
		e.lua("("+condition+") and true or false", &ok)
		return ok
	})
}

// ghost returns the ghost text that is shown, "" for none.
func (e *editor) ghost() string {
	e.t.Helper()
	var text string
	e.lua(`(function()
		local ns, text = vim.api.nvim_get_namespaces(), {}
		for name, id in pairs(ns) do
			if name:find("inline_completion", 1, true) then
				for _, m in ipairs(vim.api.nvim_buf_get_extmarks(0, id, 0, -1, {details = true})) do
					local lines = {m[4].virt_text or {}}
					vim.list_extend(lines, m[4].virt_lines or {})
					for i, line in ipairs(lines) do
						if i > 1 then table.insert(text, "\n") end
						for _, chunk in ipairs(line) do table.insert(text, chunk[1]) end
					end
				end
			end
		end
		return table.concat(text)
	end)()`, &text)
	return text
}

// waitGhost waits until ghost text is shown and returns it.
func (e *editor) waitGhost() string {
	e.t.Helper()
	var text string
	eventually(e.t, "ghost text", func() bool { text = e.ghost(); return text != "" })
	return text
}

// buffer returns the text of the buffer.
func (e *editor) buffer() string {
	e.t.Helper()
	var lines []string
	e.lua("vim.api.nvim_buf_get_lines(0, 0, -1, false)", &lines)
	return strings.Join(lines, "\n") + "\n"
}

// logHas says whether airside's log holds a line with all of these.
func (e *editor) logHas(parts ...string) bool {
	text, err := os.ReadFile(e.log)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(line, p)
		}
		if all {
			return true
		}
	}
	return false
}

func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
