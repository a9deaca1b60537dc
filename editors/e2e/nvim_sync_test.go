//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestE2ENvimConflict: both clones change a line; the statusline tells it, and
// :Airside conflict goes from the list of places to the commit and its push.
func TestE2ENvimConflict(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			_, a, b := newWorld(t)
			u := startReal(t, nvim, b.path("f"), append(errorsModel(t).env(), b.env...))
			u.lua("vim.o.autoread = true; vim.bo.filetype = 'text'; told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.waitReady()
			told := func(text string) {
				t.Helper()
				u.waitLua(text, "vim.iter(told):any(function(m) return m:find('"+text+"', 1, true) end)")
			}
			const text = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
			collide := func(ours, theirs string) {
				t.Helper()
				a.git("pull", "-q")
				old := "three"
				if strings.Contains(a.git("show", "HEAD:f"), "THEIRS") {
					old = "THEIRS"
				}
				base := strings.Replace(text, "three", old, 1)
				// Nothing of theirs comes before ours is there: the server looks by itself, too.
				origin := strings.TrimSpace(b.git("remote", "get-url", "origin"))
				b.git("remote", "set-url", "origin", "http://127.0.0.1:1/nowhere")
				a.commit("theirs", "f", strings.Replace(base, old, theirs, 1))
				a.git("push", "-q")
				b.commit("ours", "f", strings.Replace(base, old, ours, 1))
				b.git("remote", "set-url", "origin", origin)
				u.command("checktime")
				u.command("Airside sync now")
				told("conflict in f, see :Airside conflict")
				u.waitLua("the statusline", "require('airside').status():find('1 conflict', 1, true)")
			}

			collide("OURS", "THEIRS")
			u.command("Airside conflict")
			told("1 to settle")
			if got := u.lua("local i = vim.fn.getqflist()[1]; return i.lnum .. ' ' .. i.text"); got != "3 conflict: OURS | THEIRS" {
				t.Errorf("the list has %v", got)
			}
			u.command("Airside conflict commit")
			told("f has a conflict yet")
			u.command("Airside conflict diff")
			u.waitLua("three windows", "#vim.api.nvim_tabpage_list_wins(0) == 3")
			if got := u.lua(`local out = {}
				for _, w in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
					out[#out + 1] = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(w), 2, 3, false)[1] .. (vim.wo[w].diff and '' or ' no diff')
				end
				return table.concat(out, '|')`); got != "OURS|<<<<<<< HEAD|THEIRS" && !strings.Contains(got.(string), "|<<<<<<< ") {
				t.Errorf("the diff shows %v", got)
			}
			u.command("%diffget theirs")
			if got := u.buffer() + "\n"; got != strings.Replace(text, "three", "THEIRS", 1) {
				t.Errorf("diffget theirs:\n%s", got)
			}
			u.command("undo")
			u.command("tabclose")
			u.command("4")
			u.command("Airside conflict both")
			if got := u.buffer() + "\n"; got != strings.Replace(text, "three", "OURS\nTHEIRS", 1) {
				t.Errorf("both:\n%s", got)
			}
			u.command("undo")
			u.command("4")
			u.command("Airside conflict theirs")
			u.command("Airside conflict commit")
			told("f is not saved")
			u.command("write")
			u.command("Airside conflict commit")
			told("it goes out with the next sync")
			u.waitLua("no conflict", "not require('airside').status():find('conflict', 1, true)")
			eventually(t, "the push", func() bool {
				return strings.HasPrefix(b.git("ls-remote", "origin", "refs/heads/main"), b.git("rev-parse", "HEAD"))
			})
			if got := b.git("show", "HEAD:f"); !strings.Contains(got, "THEIRS") || strings.Contains(got, "OURS") {
				t.Errorf("merged:\n%s", got)
			}

			// Given up, it waits as before.
			u.lua("told = {}")
			collide("again", "other")
			u.command("Airside conflict")
			told("1 to settle")
			u.command("Airside conflict abort")
			told("the conflict waits")
			if got := b.git("status", "--porcelain"); got != "" {
				t.Errorf("left over: %s", got)
			}
			if got := u.lua("return vim.api.nvim_buf_get_lines(0, 2, 3, false)[1]"); got != "again" {
				t.Errorf("the buffer has %v", got)
			}
		})
	}
}

// TestE2ENvimProposal: a merge by syntax that is proposed is taken by a command that the
// conflict names, and taken back.
func TestE2ENvimProposal(t *testing.T) {
	const base = "package p\n\nimport (\n\t\"a\"\n)\n"
	with := func(element string) string { return strings.Replace(base, "\"a\"", "\"a\"\n\t"+element, 1) }
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			_, a, b := newWorld(t)
			a.publish("imports", "p.go", base)
			b.git("pull", "-q")
			u := startReal(t, nvim, b.path("p.go"), append(errorsModel(t).env(), b.env...))
			u.lua("vim.o.autoread = true; told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.waitReady()
			told := func(text string) {
				t.Helper()
				u.waitLua(text, "vim.iter(told):any(function(m) return m:find('"+text+"', 1, true) end)")
			}
			origin := strings.TrimSpace(b.git("remote", "get-url", "origin"))
			b.git("remote", "set-url", "origin", "http://127.0.0.1:1/nowhere") // nothing of theirs comes before ours is there
			a.publish("theirs", "p.go", with(`"b"`))
			b.commit("ours", "p.go", with(`"c"`))
			b.git("remote", "set-url", "origin", origin)
			u.command("checktime")
			u.command("Airside sync now")
			told("conflict in p.go, see :Airside conflict or conflict proposal")
			u.command("Airside conflict proposal")
			told("merged as proposed; :Airside sync undo takes it back")
			u.waitLua("both in the text", `vim.fn.search('"b"', 'nw') > 0 and vim.fn.search('"c"', 'nw') > 0`)
			u.command("Airside sync undo")
			u.waitLua("ours alone", `vim.fn.search('"b"', 'nw') == 0 and vim.fn.search('"c"', 'nw') > 0`)
		})
	}
}

// TestE2ENvimUndo: what a sync did is in the log, is taken back from there, and
// the open buffer follows.
func TestE2ENvimUndo(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			_, a, b := newWorld(t)
			u := startReal(t, nvim, b.path("f"), append(errorsModel(t).env(), b.env...))
			u.lua("vim.bo.filetype = 'text'; told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.waitReady()
			a.commit("second", "f", "changed\n")
			a.git("push", "-q")
			u.command("Airside sync now")
			u.waitLua("the change", "vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == 'changed'")
			u.command("Airside sync log")
			u.waitLua("the log", "vim.api.nvim_buf_get_name(0):find('airside://sync log')")
			if text := u.buffer(); !strings.Contains(text, "pulled 1 commit") {
				t.Errorf("the log:\n%s", text)
			}
			u.keys("q")
			u.command("Airside sync undo")
			u.waitLua("that it is undone", "vim.iter(told):any(function(m) return m:find('is back at', 1, true) end)")
			u.waitLua("the text of before", "vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == 'one'")
			// It stays so until the user asks for it again.
			u.command("Airside sync now")
			u.waitLua("the change again", "vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == 'changed'")
		})
	}
}

// TestE2ENvimConflictTerminal: what a conflict looks like in a terminal, settled
// by what is on the screen alone.
func TestE2ENvimConflictTerminal(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			_, a, b := newWorld(t)
			a.commit("theirs", "f", "one\ntwo\nTHEIRS\nfour\nfive\nsix\nseven\n")
			a.git("push", "-q")
			b.commit("ours", "f", "one\ntwo\nOURS\nfour\nfive\nsix\nseven\n")
			term := startPane(t, nvim, b.path("f"), append(errorsModel(t).env(), b.env...), 100, 20)
			see := func(text string) {
				t.Helper()
				eventually(t, text, term.shows(text))
			}
			term.tmux("send-keys", ":set ft=text", "Enter")
			see("1 conflict")
			term.tmux("send-keys", ":Airside sync now", "Enter")
			see("see :Airside conflict")
			t.Log("parked\n" + term.screen())
			term.tmux("send-keys", ":Airside conflict", "Enter")
			see("conflict: OURS | THEIRS")
			t.Log("listed\n" + term.screen())
			term.tmux("send-keys", ":Airside conflict diff", "Enter")
			see(":diffget ours or theirs")
			t.Log("diff\n" + term.screen())
			term.tmux("send-keys", ":tabclose", "Enter", ":Airside conflict theirs", "Enter", ":w", "Enter", ":Airside conflict commit", "Enter")
			eventually(t, "the push", func() bool {
				return strings.Contains(b.git("ls-remote", "origin", "refs/heads/main"), b.git("rev-parse", "HEAD"))
			})
			t.Log("committed\n" + term.screen())
			if text := b.git("show", "HEAD:f"); !strings.Contains(text, "THEIRS") || strings.Contains(text, "<<<<<<<") {
				t.Errorf("merged:\n%s", text)
			}
		})
	}
}
