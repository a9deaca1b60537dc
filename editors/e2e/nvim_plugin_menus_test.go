//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// menuPlugin is a plugin that has a completion menu of its own.
type menuPlugin struct {
	name  string
	where func(t *testing.T) string // its folder
}

// The plugins that most have: blink.cmp itself, and nvim-cmp itself where
// AIRSIDE_NVIM_CMP names a checkout; no registry has it.
var menuPlugins = []menuPlugin{
	{"blink.cmp", func(t *testing.T) string { return program(t, "AIRSIDE_BLINK") }},
	{"nvim-cmp", func(t *testing.T) string {
		if real := os.Getenv("AIRSIDE_NVIM_CMP"); real != "" {
			return real
		}
		small, err := filepath.Abs("nvim/cmp")
		must(t, err)
		return small
	}},
}

// eachMenu runs f beside each plugin in each Neovim, with settings of airside's
// plugin and options of nvim/menus.lua.
func eachMenu(t *testing.T, settings, options string, f func(t *testing.T, u *ui, plugin string)) {
	t.Helper()
	for version, nvim := range neovims {
		for _, p := range menuPlugins {
			t.Run(version+"/"+p.name, func(t *testing.T) {
				u := startFake(t, nvim, settings, "--cmd", "set rtp+="+p.where(t))
				u.besideMenu(p.name, options)
				f(t, u, p.name)
			})
		}
	}
}

// besideMenu starts a plugin by nvim/menus.lua.
func (u *ui) besideMenu(plugin, options string) {
	u.t.Helper()
	setup, err := filepath.Abs("nvim/menus.lua")
	must(u.t, err)
	u.lua("local file, plugin = ...; assert(loadfile(file))(plugin, {"+options+"})", setup, plugin)
}

func (u *ui) waitOpen() {
	u.t.Helper()
	u.waitLua("the menu", "open()")
	u.finish("")
}

// TestE2ENvimPluginMenus: a menu has the screen for itself, also if it opens over a
// suggestion; what it kept from being shown comes back with C-e, and when it closes by
// itself.
func TestE2ENvimPluginMenus(t *testing.T) {
	eachMenu(t, "", "", func(t *testing.T, u *ui, plugin string) {
		u.lua("fake.items = { { text = 'ghost()' } }")
		u.finish("i")
		u.keys("al")
		u.waitOpen()
		u.await("the menu alone", func() bool {
			return strings.Contains(u.screenLocked(), "alpine") && u.ghostLocked() == ""
		})
		u.keys("<C-e>")
		u.waitGhost("ghost()")
		u.waitLua("the end of the menu", "not open()")
		u.finish("<Tab>")
		if b := u.buffer(); b != "alghost()" {
			t.Errorf("Tab with a suggestion: %q", b)
		}
		// It closes by itself where no word goes on.
		u.finish("<Esc>o")
		u.keys("al")
		u.waitOpen()
		u.keys("<Space>")
		u.waitGhost("ghost()")
		// What is taken from the menu is what was asked about next.
		u.finish("<Esc>o")
		u.keys("alp")
		u.waitOpen()
		u.keys("<C-y>")
		u.waitGhost("ghost()")
		if line := u.lua("return vim.api.nvim_get_current_line()"); line != "alpha" {
			t.Errorf("taken from the menu: %q", line)
		}
	})
}

// TestE2ENvimPluginMenuTab: Tab takes from the menu while that is open, where the user
// has it so, takes the suggestion where one is shown, and is a tab elsewhere; whoever
// came first, and after the server has been started anew.
func TestE2ENvimPluginMenuTab(t *testing.T) {
	eachMenu(t, "", "tab = true", func(t *testing.T, u *ui, plugin string) {
		for _, times := range []string{"first", "mapped anew", "mapped anew again"} {
			u.lua("fake.items = {}")
			u.finish("<Esc>Sx<Tab>y")
			if line := u.lua("return vim.api.nvim_get_current_line()"); line != "x\ty" {
				t.Errorf("%s: Tab alone: %q", times, line)
			}
			u.finish("<Esc>S")
			u.keys("al")
			u.waitOpen()
			u.finish("<Tab>")
			u.waitLua("what the menu had", "vim.api.nvim_get_current_line() == 'alpha'")
			u.lua("fake.items = { { text = 'ghost' } }")
			u.keys("<Space>")
			u.waitGhost("ghost")
			u.lua("fake.items = {}")
			u.finish("<Tab>")
			u.waitLua("the suggestion", "vim.api.nvim_get_current_line() == 'alpha ghost'")
			u.finish("<Esc>")
			u.lua("require('airside.keys').map(vim.api.nvim_get_current_buf())")
		}
		// Given back, the key is what the other has made of it.
		u.lua("require('airside.keys').unmap(vim.api.nvim_get_current_buf())")
		u.finish("Sx<Tab>y<Esc>S")
		u.keys("al")
		u.waitOpen()
		u.finish("<Tab>")
		u.waitLua("what the menu had", "vim.api.nvim_get_current_line() == 'alpha'")
	})
}

// TestE2ENvimPluginMenuGhost: where the other plugin draws ghost text, too, there is one
// at a time; with_menu or not.
func TestE2ENvimPluginMenuGhost(t *testing.T) {
	for _, settings := range []string{"", "with_menu = true"} {
		t.Run(settings, func(t *testing.T) {
			eachMenu(t, settings, "ghost = 'beside'", func(t *testing.T, u *ui, plugin string) {
				u.lua("fake.items = { { text = 'ghost' } }")
				u.finish("i")
				u.keys("al")
				u.await("its ghost text", func() bool {
					s := u.screenLocked()
					return strings.HasPrefix(s, "alpha") && u.ghostLocked() == ""
				})
				u.keys("<C-e>")
				u.waitGhost("ghost")
			})
		})
	}
	t.Run("without a menu", func(t *testing.T) {
		eachMenu(t, "", "ghost = 'alone'", func(t *testing.T, u *ui, plugin string) {
			if plugin != "blink.cmp" {
				t.Skip("nvim-cmp has ghost text with its menu alone")
			}
			u.lua("fake.items = { { text = 'ghost' } }")
			u.finish("i")
			u.keys("al")
			u.await("its ghost text", func() bool {
				s := u.screenLocked()
				return strings.HasPrefix(s, "alpha") && u.ghostLocked() == ""
			})
			u.keys("<C-e>")
			u.waitGhost("ghost")
		})
	})
}

// TestE2ENvimPluginMenuBeside: with_menu shows both, and neither covers the other by the
// settings that the help gives.
func TestE2ENvimPluginMenuBeside(t *testing.T) {
	eachMenu(t, "with_menu = true", "above = true", func(t *testing.T, u *ui, plugin string) {
		u.lua("fake.items = { { text = 'ghost(\\nsecond line,\\nthird line)' } }")
		u.finish("i" + strings.Repeat("<CR>", 11)) // room above
		u.keys("al")
		u.waitOpen()
		u.await("both", func() bool {
			s := u.screenLocked()
			return strings.Contains(s, "alpha") && strings.Contains(s, "alpine") &&
				u.ghostLocked() == "ghost(\nsecond line,\nthird line)"
		})
	})
}

// TestE2ENvimPluginMenuHealth: :checkhealth tells who has a menu, who draws ghost text
// of his own, and who has taken a key.
func TestE2ENvimPluginMenuHealth(t *testing.T) {
	check := func(u *ui) string {
		u.t.Helper()
		u.finish("<Esc>")
		u.command("checkhealth airside")
		text := u.buffer()
		u.command("bwipeout")
		return text
	}
	eachMenu(t, "", "", func(t *testing.T, u *ui, plugin string) {
		u.finish("ix")
		text := check(u)
		if !strings.Contains(text, "OK "+plugin+": while its menu is open") || strings.Contains(text, "is mapped over") {
			t.Errorf("it tells\n%s", text)
		}
		u.command("inoremap <buffer> <Tab> mine")
		if text := check(u); !strings.Contains(text, `<Tab> is mapped over airside by "mine"`) {
			t.Errorf("it tells\n%s", text)
		}
	})
	eachMenu(t, "", "ghost = 'beside'", func(t *testing.T, u *ui, plugin string) {
		u.finish("ix")
		if text := check(u); !strings.Contains(text, "WARNING "+plugin+" draws ghost text of its own") {
			t.Errorf("it tells\n%s", text)
		}
	})
}

// TestE2ENvimPluginMenuJourney: the real server beside each plugin: the menu has what
// others offer and nothing of airside's, C-e shows the suggestion, Tab takes it. Each
// step is a screen of build/nvim/PLUGIN.svg.
func TestE2ENvimPluginMenuJourney(t *testing.T) {
	for _, p := range menuPlugins {
		t.Run(p.name, func(t *testing.T) {
			u := startReal(t, "AIRSIDE_NVIM", writeSource(t), errorsModel(t).env(), "--cmd", "set rtp+="+p.where(t),
				"-c", `set laststatus=2 noshowmode signcolumn=no statusline=\ %t%=%{%v:lua.require'airside'.status()%}\ `)
			u.besideMenu(p.name, "words = { 'err', 'errors', 'error' }")
			u.waitReady()
			u.trust()
			var frames []string
			const rows = 13
			shoot := func() {
				u.mu.Lock()
				defer u.mu.Unlock()
				frames = append(frames, u.frame(rows))
			}
			u.finish("8GA")
			u.keys("if er")
			u.waitOpen()
			if u.keys("r"); u.lua("return vim.iter(vim.lsp.get_clients()):any(function(c) return c.server_capabilities.completionProvider ~= nil end)") != false {
				t.Error("airside offers completions for a menu, too")
			}
			u.await("the menu alone", func() bool {
				s := u.screenLocked()
				return strings.Contains(s, "errors") && strings.Count(s, "err != nil") == 0 && u.ghostLocked() == ""
			})
			shoot()
			u.keys("<C-e>")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
			shoot()
			u.keys("<M-Right>")
			u.waitGhost("nil {\nreturn nil, err\n}")
			shoot()
			u.finish("<Tab>")
			u.waitLua("all of it", "vim.api.nvim_buf_get_lines(0, 8, 9, false)[1] == '\t\treturn nil, err'")
			shoot()
			if err := os.MkdirAll("../../build/nvim", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("../../build/nvim/"+p.name+".svg", u.svg(rows, frames, 0), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}
