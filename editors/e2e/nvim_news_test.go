//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestE2ENvimNews: commits of a teammate come in while the file is open: a word in the
// statusline, the list in vim.ui.select, a commit of it in a window, and the lines
// marked until they are edited.
func TestE2ENvimNews(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			_, a, b := newWorld(t)
			u := startReal(t, nvim, b.path("f"), append(errorsModel(t).env(), b.env...))
			u.lua(`vim.bo.filetype = 'text'; told = {}; vim.notify = function(m) table.insert(told, m) end
				vim.ui.select = function(items, opts, done) listed, choose = vim.tbl_map(opts.format_item, items), function(n) done(items[n]) end end`)
			u.waitReady()
			// Signed, by a program that leaves a trace.
			gpg := filepath.Join(t.TempDir(), "gpg")
			must(t, os.WriteFile(gpg, []byte("#!/bin/sh\n: >\"$0.ran\"\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n"+
				"printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'\n"), 0o755))
			a.git("config", "gpg.program", gpg)
			a.git("config", "commit.gpgsign", "true")
			a.commit("Say four, not for", "f", "one\ntwo\nthree\nFOUR\nfive\nsix\nseven\n")
			a.commit("\x1b[2JAnd eight", "f", "one\ntwo\nthree\nFOUR\nfive\nsix\nseven\neight\n")
			a.git("push", "-q")
			u.command("Airside sync now")
			u.waitLua("the news", "require('airside').status():find('2 new from a', 1, true)")
			const marks = `local out = {}
				for _, m in ipairs(vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('airside.new'), 0, -1, { details = true })) do
					if m[4].sign_text then out[#out + 1] = m[2] .. vim.trim(m[4].sign_text) end
					if m[4].virt_text then out[#out + 1] = m[4].virt_text[1][1] end
				end
				return table.concat(out, '|')`
			marked := func(want string) {
				t.Helper()
				eventually(t, "marks "+want, func() bool { return u.lua(marks) == want })
			}
			marked("3┃|a|7┃|a")

			u.command("Airside sync news")
			u.waitLua("the list", "listed ~= nil")
			if got := u.lua("return listed[1] .. '\\n' .. listed[2]"); got != "* a: And eight (main, just now)\n* a: Say four, not for (main, just now)" {
				t.Errorf("listed:\n%s", got)
			}
			u.waitLua("no news", "not require('airside').status():find('new from', 1, true)")
			must(t, os.Remove(gpg+".ran"))
			b.git("config", "gpg.program", gpg)
			b.git("config", "log.showSignature", "true")
			b.git("config", "format.pretty", "%G? %s")
			u.lua("choose(2)")
			u.waitLua("the commit", "vim.api.nvim_buf_get_name(0):find('airside://commit ', 1, true)")
			if text := u.buffer(); !strings.Contains(text, "Say four, not for") || !strings.Contains(text, "+FOUR") {
				t.Errorf("the commit:\n%s", text)
			}
			if _, err := os.Stat(gpg + ".ran"); err == nil {
				t.Error("the program that the repository names was run to show a commit")
			}
			for _, name := range []string{"gpg.program", "log.showSignature", "format.pretty"} {
				b.git("config", "--unset", name)
			}
			u.keys("q")

			marked("3┃|a|7┃|a")
			u.keys("ggOabove<Esc>")
			marked("4┃|a|8┃|a")
			u.keys("5GAx<Esc>")
			marked("8┃|a")
			u.command("Airside sync unmark")
			marked("")
			u.command("undo 0")
			u.lua("listed = nil")
			u.command("Airside sync news")
			u.waitLua("what was seen", "listed ~= nil")
			if got := u.lua("return listed[1]"); got != "  a: And eight (main, just now)" {
				t.Errorf("seen: %s", got)
			}
		})
	}
}

// TestE2ENvimNewsGone: marks go with the server that would have taken them off, and at
// once when the user asks for it.
func TestE2ENvimNewsGone(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.lua("vim.notify = function() end")
			const marks = "#vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('airside.new'), 0, -1, {})"
			gone := func(how, lua string) {
				t.Helper()
				u.waitLua("a server, to be gone by "+how, "#vim.lsp.get_clients({ bufnr = 0, name = 'airside' }) == 1 and #vim.lsp.get_clients({ name = 'airside' }) == 1")
				u.waitReady()
				u.lua("vim.lsp.handlers['airside/newLines'](nil, { uri = vim.uri_from_bufnr(0), lines = { { start = 1, ['end'] = 3, message = 'Ada' } } })")
				if n := u.lua("return " + marks); n != 3 {
					t.Fatalf("%v marks", n)
				}
				u.lua(lua)
				u.waitLua("no marks after "+how, marks+" == 0")
			}
			gone("a crash", "for _, pid in ipairs(vim.api.nvim_get_proc_children(vim.fn.getpid())) do vim.uv.kill(pid, 'sigkill') end")
			gone("a restart", "vim.cmd('Airside restart')")
			gone("the user", "vim.cmd('Airside sync unmark')")
		})
	}
}

// TestE2ENvimCommentSettled: a conflict is settled in a terminal while the file is open;
// the comment stands where its code is.
func TestE2ENvimCommentSettled(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			w, a, b := newWorld(t)
			u := startReal(t, nvim, b.path("f"), append(errorsModel(t).env(), w.state()))
			u.lua("vim.o.autoread = true; vim.bo.filetype = 'text'; told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.waitReady()
			u.command("5Airside comment add why five?")
			at := func(line string) {
				t.Helper()
				u.waitLua("the comment at "+line, "(vim.diagnostic.get(0)[1] or {}).lnum == "+line)
			}
			at("4")
			home := strings.TrimSpace(b.git("remote", "get-url", "origin"))
			b.git("remote", "set-url", "origin", "http://127.0.0.1:1/nowhere") // nothing of theirs comes before ours is there
			a.commit("theirs", "f", "zero\none\nTWO\nthree\nfour\nfive\nsix\nseven\neight\n")
			a.git("push", "-q")
			b.commit("ours", "f", "one\n2\nthree\nfour\nfive\nsix\nseven\n")
			b.git("remote", "set-url", "origin", home)
			u.command("checktime")
			u.command("Airside sync now")
			u.waitLua("the conflict", "require('airside').status():find('1 conflict', 1, true)")
			b.git("fetch", "-q", "origin")
			b.tryGit(b.dir, nil, "merge", "-q", "origin/main")
			b.commit("settled", "f", "zero\n0.5\none\nBOTH\nthree\nfour\nfive\nsix\nseven\neight\n")
			u.command("checktime")
			u.waitLua("the file", "vim.api.nvim_buf_get_lines(0, 3, 4, false)[1] == 'BOTH'")
			at("6")
			u.waitLua("no conflict", "not require('airside').status():find('conflict', 1, true)")
			at("6")
		})
	}
}
