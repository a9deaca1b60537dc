//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestE2ENvimPluginPause: nothing is suggested while paused, here or everywhere,
// and ghost text comes back.
func TestE2ENvimPluginPause(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.waitReady()
			for _, where := range []string{"", " buffer"} {
				u.command("Airside pause" + where)
				u.waitLua("the statusline", "require('airside').status():find('paused', 1, true)")
				u.finish("8GAif err")
				if s := u.screen(); strings.Contains(s, "«") {
					t.Errorf("a suggestion while paused%s:\n%s", where, s)
				}
				u.finish("<Esc>")
				u.command("Airside resume" + where)
				u.waitLua("the model again", "require('airside').status():find('codellama', 1, true)")
				u.finish("S")
				u.keys("if err")
				u.waitGhost("!= nil {\nreturn nil, err\n}")
				u.finish("<Esc>S<Esc>")
			}
		})
	}
}

// TestE2ENvimPluginBroken: when a model breaks the statusline names the one that
// stands in, with no message in the way; it is back once it answers again.
func TestE2ENvimPluginBroken(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			m := errorsModel(t)
			// Chosen automatically: one that is chosen by name is asked alone.
			u := startReal(t, nvim, writeSource(t), append(m.env(), "AIRSIDE_BACKEND=auto"))
			u.waitReady()
			u.trust()
			u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
			m.breakDown(true)
			u.keys("8GAif err")
			u.waitLua("the model that stands in, in the statusline", "require('airside').status() == 'airside-tiny'")
			if n := u.lua("return #told"); n != 0 {
				t.Errorf("messages: %v", u.lua("return vim.inspect(told)"))
			}
			u.lua(`vim.ui.select = function(items, opts) shown = table.concat(vim.tbl_map(opts.format_item, items), '|') end
				vim.cmd('Airside model')`)
			u.waitLua("the reason", "(shown or ''):find('out of order', 1, true)")
			m.breakDown(false)
			u.waitLua("the model in the statusline", "require('airside').status():find('codellama', 1, true)")
			u.keys("<Esc>Sif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
		})
	}
}

// TestE2ENvimPluginBrokenAlone: nobody stands in for a model whose backend is
// chosen by name; the statusline says what is wrong with it, until it answers again.
func TestE2ENvimPluginBrokenAlone(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			m := errorsModel(t)
			u := startReal(t, nvim, writeSource(t), m.env())
			u.waitReady()
			u.trust()
			u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
			m.breakDown(true)
			u.keys("8GAif err")
			u.waitLua("the reason in the statusline", "require('airside').status():find('^airside: openai .*out of order')")
			if n := u.lua("return #told"); n != 0 {
				t.Errorf("messages: %v", u.lua("return vim.inspect(told)"))
			}
			m.breakDown(false)
			u.waitLua("the model in the statusline", "require('airside').status() == 'codellama-7b-code'")
			u.keys("<Esc>Sif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
		})
	}
}

// TestE2ENvimPluginWhy: what became of the latest requests, in a line each, and
// then in full.
func TestE2ENvimPluginWhy(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.waitReady()
			u.keys("8GAif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
			u.finish("<Esc>")
			u.command("Airside why")
			u.waitLua("the list", "vim.fn.bufname():find('airside://why', 1, true)")
			text := u.buffer()
			summary, full, _ := strings.Cut(text, "\n\n")
			if !strings.Contains(summary, "reader.go:8: suggested != nil { …") || !strings.Contains(full, "model    codellama-7b-code") {
				t.Errorf("it tells\n%s", text)
			}
		})
	}
}

// TestE2ENvimPluginLate: loaded after the start, as lazy.nvim does on VeryLazy:
// open buffers have it, and the help has its tags.
func TestE2ENvimPluginLate(t *testing.T) {
	plugin, err := filepath.Abs("../../editors/nvim")
	must(t, err)
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env(), "--cmd", "set rtp-="+plugin)
			if n := u.lua("return #vim.lsp.get_clients()"); n != 0 || u.lua("return vim.fn.exists(':Airside')") != 0 {
				t.Fatalf("%v servers before it is loaded", n)
			}
			// What lazy.nvim does for { dir = …, opts = {…} }.
			u.lua(`local dir, doc = ...
				vim.opt.rtp:prepend(dir)
				require('airside').setup({ keys = { dismiss = false } })
				vim.cmd.source(dir .. '/plugin/airside.lua')`, plugin)
			u.waitReady()
			u.waitLua("the keys", "vim.fn.maparg('<Tab>', 'i') ~= '' and vim.fn.maparg('<C-]>', 'i') == ''")
			u.keys("8GAif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
			u.finish("<Esc>")

			// The tags, made in a copy: a package manager makes them in place.
			doc := t.TempDir()
			u.lua(`local from, to = ...
				vim.fn.mkdir(to .. '/doc')
				vim.uv.fs_copyfile(from .. '/doc/airside.txt', to .. '/doc/airside.txt')
				vim.cmd.helptags(to .. '/doc')
				vim.opt.rtp:prepend(to)`, plugin, doc)
			for _, tag := range []string{"airside", "airside-settings", "airside-keys", ":Airside", "airside-review", "airside-sync", "airside-conflict", "airside-comments", "airside-statusline", "airside-highlights", "airside-server"} {
				u.command("help " + tag)
				if got := u.lua("return vim.fn.expand('%:t') .. ' ' .. vim.fn.getline('.')").(string); !strings.HasPrefix(got, "airside.txt ") || !strings.Contains(got, "*"+tag+"*") {
					t.Errorf("help %s opens %q", tag, got)
				}
				u.command("helpclose")
			}
		})
	}
}
