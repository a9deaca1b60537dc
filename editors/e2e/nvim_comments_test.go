//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestE2ENvimComments: what is said in one editor is a diagnostic in the other
// after a sync, follows the typing, is answered and settled by code actions.
func TestE2ENvimComments(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			w, a, b := newWorld(t)
			env := append(errorsModel(t).env(), w.state())
			one := startReal(t, nvim, a.path("f"), env)
			two := startReal(t, nvim, b.path("f"), env)
			for _, u := range []*ui{one, two} {
				u.lua("vim.bo.filetype = 'text'; told = {}; vim.notify = function(m) table.insert(told, m) end")
				u.waitReady()
			}
			said := func(u *ui) string {
				return fmt.Sprint(u.lua(`local out = {}
					for _, d in ipairs(vim.diagnostic.get(0)) do
						out[#out + 1] = table.concat({ d.lnum, d.source, d.severity, d.message }, '|')
					end
					return table.concat(out, '\n')`))
			}
			// Once is enough, although both sync by themselves as well.
			synced := func(u *ui, what, expr string) {
				t.Helper()
				u.command("Airside sync now")
				u.waitLua(what, expr)
			}
			one.command("3Airside comment add why three?")
			one.waitLua("its own comment", "#vim.diagnostic.get(0) == 1")
			synced(one, "the sync", "vim.iter(told):any(function(m) return m:find('in step') end)")
			synced(two, "the comment", "#vim.diagnostic.get(0) == 1")
			if got := said(two); got != "2|airside|3|a (claim): why three?" {
				t.Errorf("two shows %q", got)
			}
			two.lua("vim.api.nvim_buf_set_lines(0, 0, 0, false, { 'zero' })")
			two.waitLua("the comment to follow", "vim.diagnostic.get(0)[1].lnum == 3")

			// The plugin asks for the reply's text.
			two.lua("vim.ui.input = function(_, done) done('because') end")
			act := func(u *ui, line int, title string) {
				u.lua(`local line, title = ...
					vim.api.nvim_win_set_cursor(0, { line, 0 })
					vim.lsp.buf.code_action({ apply = true, filter = function(a) return vim.startswith(a.title, title) end })`, line, title)
			}
			act(two, 4, "Reply to a: why three?")
			two.waitLua("the reply", "vim.diagnostic.get(0)[1].message:find('because') ~= nil")
			two.sync() // behind the round in which it goes out by itself, if that is at work
			synced(one, "the reply", "vim.diagnostic.get(0)[1].message:find('b %(claim%): because') ~= nil")
			act(one, 3, "Resolve a: why three?")
			one.waitLua("nothing to be left", "#vim.diagnostic.get(0) == 0")
			one.command("Airside comment list")
			one.waitLua("the list", "vim.api.nvim_buf_get_name(0):find('airside://comments list') ~= nil")
			if text := one.buffer(); !strings.Contains(text, "No open comments") {
				t.Errorf("the list: %s", text)
			}
		})
	}
}
