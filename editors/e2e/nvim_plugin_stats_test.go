//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

// TestE2ENvimPluginSnooze: a pause tells how long it is, and ends by itself; one of
// another server holds for a server that starts later.
func TestE2ENvimPluginSnooze(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.waitReady()
			u.command("Airside pause 30")
			u.waitLua("the minutes", "require('airside').status():find('airside paused, 30 min', 1, true)")
			u.finish("8GAif err")
			if s := u.screen(); strings.Contains(s, "«") {
				t.Errorf("a suggestion while paused:\n%s", s)
			}
			u.finish("<Esc>")
			u.command("Airside restart")
			u.waitLua("the pause in the new server", "require('airside').status():find('airside paused, 30 min', 1, true)")
			u.command("Airside pause 0.03")
			u.waitLua("the end of the pause", "require('airside').status():find('codellama', 1, true)")
			u.finish("S")
			u.keys("if err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
		})
	}
}

// TestE2ENvimPluginOff: a file type that setup has off is off in the server, which
// says so.
func TestE2ENvimPluginOff(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env(), "--cmd", "lua vim.g.airside = { exclude = { 'go' } }")
			u.waitLua("the statusline", "require('airside').status():find('off here', 1, true)")
			u.finish("8GAif err")
			u.waitLua("the reason", `vim.inspect(vim.lsp.buf_request_sync(0, 'workspace/executeCommand', { command = 'airside.why' }, 1000)):find('nothing, go is off by completion.languages', 1, true)`)
			if s := u.screen(); strings.Contains(s, "«") {
				t.Errorf("a suggestion:\n%s", s)
			}
		})
	}
}

// TestE2ENvimPluginStats: what is shown and taken is counted, and shown; counted
// anew after a question, and that is taken back. build/nvim-stats.svg shows it.
func TestE2ENvimPluginStats(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env(), "-c", `set laststatus=2 statusline=\ %t%=%{%v:lua.require'airside'.status()%}\ `)
			u.waitReady()
			u.keys("8GAif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
			u.finish("<M-Right>")
			u.waitGhost("nil {\nreturn nil, err\n}")
			u.finish("<Tab><Esc>")
			u.command("Airside stats")
			u.waitLua("the page", "vim.fn.bufname():find('airside://stats', 1, true)")
			u.command("only")
			text := u.buffer()
			for _, want := range []string{"1 shown, 1 taken (100 %), 27 characters saved", "Characters saved by day", "codellama-7b-code", "go  "} {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			u.await("the page on the screen", func() bool { return strings.Contains(u.screenLocked(), "How airside does") })
			must(t, os.MkdirAll("../../build", 0o755))
			u.mu.Lock()
			frame := u.frame(screenRows - 2)
			u.mu.Unlock()
			must(t, os.WriteFile("../../build/nvim-stats.svg", u.svg(screenRows-2, []string{frame}, 0), 0o644))
			u.finish("q")
			u.lua(`vim.ui.select = function(items, opts, done) asked = opts.prompt; done(items[1]) end
				told = ''; vim.notify = function(m) told = m end`)
			u.command("Airside stats reset")
			u.waitLua("the reset", "asked:find('stats undo', 1, true) and told:find('can be taken back', 1, true)")
			u.command("Airside stats")
			u.waitLua("nothing", "table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), ' '):find('Nothing was shown yet since the last reset', 1, true)")
			u.command("Airside stats undo")
			u.waitLua("all of it", "table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), ' '):find('1 shown, 1 taken', 1, true)")
		})
	}
}
