//go:build e2e

package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func eachNeovim(t *testing.T, settings string, f func(t *testing.T, u *ui)) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) { f(t, startFake(t, nvim, settings)) })
	}
}

// TestE2ENvimPluginStale: an answer counts only for the text and the place that
// it was asked for, and what is superseded is cancelled.
func TestE2ENvimPluginStale(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua("fake.hold = true; fake.items = { { text = 'old' } }")
		u.finish("ia")
		u.waitLua("a request", "#fake.asked == 1")
		u.finish("b")
		u.waitLua("another", "#fake.asked == 2")
		if u.lua("return fake.sent[#fake.sent].method") != "$/cancelRequest" {
			t.Error("the first request was not cancelled")
		}
		u.lua("fake.release(1)")
		u.finish("")
		if s := u.screen(); strings.Contains(s, "«") {
			t.Errorf("a stale answer was drawn:\n%s", s)
		}
		u.lua("fake.items = { { text = 'new' } }; fake.release(2)")
		u.waitGhost("new")

		// Neither after the cursor has moved, nor out of insert mode.
		u.finish("c")
		u.waitLua("a third", "#fake.asked == 3")
		u.finish("<Left>")
		u.lua("fake.release(3)")
		u.finish("")
		u.finish("<End>d")
		u.waitLua("a fourth", "#fake.asked == 4")
		u.finish("<Esc>")
		u.lua("fake.release(4)")
		u.finish("")
		if s := u.screen(); strings.Contains(s, "«") {
			t.Errorf("a stale answer was drawn:\n%s", s)
		}
		if b := u.buffer(); b != "abcd" {
			t.Errorf("the buffer is %q", b)
		}
	})
}

// TestE2ENvimPluginEarly: a typed character is asked about as soon as it is in the text,
// once, for the place behind it; what is typed by a mapping, a command or "." when all of
// it is there.
func TestE2ENvimPluginEarly(t *testing.T) {
	tests := []struct {
		name, before, keys string
		want               []string // line:character of each request
		line               string   // the last
	}{
		{"characters", "", "ia🙂b", []string{"0:1", "0:3", "0:4"}, "a🙂b"},
		{"a new line", "", "ia<CR>b", []string{"0:1", "1:0", "1:1"}, "b"},
		{"back", "", "iab<BS>", []string{"0:1", "0:2", "0:1"}, "a"},
		{"a pair", "inoremap <buffer> ( ()<Left>", "ia(", []string{"0:1", "0:2"}, "a()"},
		{"a mapping", "inoremap <buffer> ! one two", "i!", []string{"0:7"}, "one two"},
		{"an abbreviation", "iabbrev <buffer> ab alphabet", "iab<Space>", []string{"0:1", "0:2", "0:9"}, "alphabet "},
		{"wrapped", "setlocal textwidth=4", "iab cd", []string{"0:1", "0:2", "0:3", "0:4", "1:2"}, "cd"},
		{"another character", "autocmd InsertCharPre <buffer> let v:char = 'xyz'", "ia", []string{"0:3"}, "xyz"},
		{"a command", "normal ihello", "", nil, "hello"},
		{"again", "", "ix<Esc>.", []string{"0:1"}, "xx"},
		{"over the text", "call setline(1, 'abc') | normal 0", "Rx", nil, "xbc"},
	}
	for version, nvim := range neovims {
		for _, tt := range tests {
			t.Run(version+"/"+tt.name, func(t *testing.T) {
				u := startFake(t, nvim, "")
				if tt.before != "" {
					u.command(tt.before)
				}
				u.lua(`asked = {} -- at the time of each change
					vim.api.nvim_buf_attach(0, false, { on_lines = function() table.insert(asked, #fake.asked) end })`)
				for i, key := range regexp.MustCompile("<[^>]+>|.").FindAllString(tt.keys, -1) {
					u.keys(key) // alone: what waits behind it would have to be typed first
					if u.finish(""); i == 0 {
						u.lua("fake.asked, asked = {}, {}") // insert mode has been entered
					}
				}
				var want strings.Builder
				for _, w := range tt.want {
					want.WriteString(w + "\n")
				}
				got := u.lua(`local out = ''
					for _, a in ipairs(fake.asked) do
						out = out .. a.params.position.line .. ':' .. a.params.position.character .. '\n'
					end
					return out`)
				if got != want.String() {
					t.Errorf("asked about\n%s\nwant\n%s", got, want.String())
				}
				if line := u.lua("return vim.api.nvim_get_current_line()"); line != tt.line {
					t.Errorf("the line is %q", line)
				}
				if tt.name == "characters" {
					if early := u.lua("return table.concat(asked, ' ')"); early != "1 2 3" {
						t.Errorf("asked by the time of each change: %v", early)
					}
				}
			})
		}
	}
}

// TestE2ENvimPluginReady: told that there is more for a place, the plugin asks
// again, unless the user is elsewhere or wants nothing there; with a menu open, when
// that closes.
func TestE2ENvimPluginReady(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		asked := func() int { t.Helper(); return u.lua("return #fake.asked").(int) }
		ready := func(i int) { t.Helper(); u.lua("fake.ready(...)", i); u.finish("") }
		quiet := func(why string, i int) {
			t.Helper()
			before := asked()
			ready(i)
			if n := asked(); n != before {
				t.Errorf("asked again although %s", why)
			}
		}
		u.finish("ia")
		u.waitLua("a request", "#fake.asked == 1")
		u.lua("fake.items = { { text = 'part' } }")
		ready(1)
		u.waitGhost("part")
		if kind := u.lua("return fake.asked[2].params.context.triggerKind"); kind != 2 {
			t.Errorf("asked again with trigger kind %v", kind)
		}
		u.lua("fake.items = { { text = 'part and whole' } }")
		ready(2)
		u.waitGhost("part and whole")
		u.finish("<C-]>")
		quiet("the user has said no", 3)
		u.finish("b")
		quiet("the text is another", 3)
		ready(4)
		u.waitGhost("part and whole")

		u.lua("fake.items = {}")
		u.finish("c<C-]>") // before anything is shown
		quiet("the user has said no to what was to come", 5)
		u.finish("d")
		quiet("the cursor was elsewhere", 5)
		u.finish("<Esc>")
		quiet("nobody types", 6)
		u.finish("oalpha alpine al<C-n>")
		u.waitLua("the menu", "vim.fn.pumvisible() == 1")
		quiet("a menu is open", asked())
		u.finish("<C-e><Esc>")
		u.command("set completeopt=menuone,noselect")
		u.finish("oalpha alpine al")
		u.waitLua("a request", "#fake.asked > 0 and fake.asked[#fake.asked].params.position.line == 2")
		u.finish("<C-n>")
		u.waitLua("the menu", "vim.fn.pumvisible() == 1")
		u.lua("fake.items = { { text = 'late' } }")
		quiet("a menu is open", asked())
		u.finish("<C-e>")
		u.waitGhost("late") // what it kept from being shown
	})
}

// TestE2ENvimPluginTypedThrough: what is shown already is not asked again.
func TestE2ENvimPluginTypedThrough(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua("fake.items = { { text = 'bcdef' } }")
		u.finish("ia")
		u.waitGhost("bcdef")
		asked := u.lua("return #fake.asked")
		u.mu.Lock()
		flickered := false
		u.onFlush = func() { flickered = flickered || u.ghostLocked() == "" }
		u.mu.Unlock()
		for i, key := range "bcd" {
			u.finish(string(key))
			u.waitGhost("bcdef"[i+1:])
		}
		u.mu.Lock()
		u.onFlush = nil
		if flickered {
			t.Error("the ghost text was gone for a moment")
		}
		u.mu.Unlock()
		if now := u.lua("return #fake.asked"); now != asked {
			t.Errorf("asked %v times, %v before", now, asked)
		}
	})
}

// TestE2ENvimPluginCandidates: the key asks for more, and goes round.
func TestE2ENvimPluginCandidates(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua("fake.items = { { text = 'one' } }")
		u.finish("ia")
		u.waitGhost("one")
		u.lua("fake.items = { { text = 'one' }, { text = 'two' }, { text = 'three' } }")
		shown := func(what string) {
			t.Helper()
			u.await(what, func() bool { return strings.Contains(u.screenLocked(), what) })
		}
		u.keys("<M-]>")
		shown("«two» (2/3)")
		if kind := u.lua("return fake.asked[#fake.asked].params.context.triggerKind"); kind != 1 {
			t.Errorf("asked with trigger kind %v", kind)
		}
		u.keys("<M-]>")
		shown("«three» (3/3)")
		u.keys("<M-]>")
		shown("«one» (1/3)")
		u.keys("<M-[>")
		shown("«three» (3/3)")
		u.keys("<M-[>")
		shown("«two» (2/3)")
		u.lua("fake.items = {}")
		u.finish("<Tab>")
		if b := u.buffer(); b != "atwo" {
			t.Errorf("accepted %q", b)
		}
	})
}

// TestE2ENvimPluginTab: without a suggestion Tab is what it was, whoever mapped
// it and whenever.
func TestE2ENvimPluginTab(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"not mapped", "", "", "a\t"},
		{"expandtab", "set expandtab shiftwidth=4 softtabstop=4", "", "a   "},
		{"keys", "inoremap <Tab> [tab]", "", "a[tab]"},
		{"mapped later", "", "inoremap <Tab> [tab]", "a[tab]"},
		{"expression", "", "inoremap <expr> <Tab> 'x' .. 'y'", "axy"},
		{"Lua expression", "", "lua vim.keymap.set('i', '<Tab>', function() return '<C-v>u00e9' end, { expr = true })", "aé"},
		{"Lua function", "", "lua vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({ 'put' }, 'c', false, true) end)", "aput"},
		{"remapped", "inoremap <Plug>(mine) plug", "imap <Tab> <Plug>(mine)", "aplug"},
		{"itself and more", "", "imap <Tab> <Tab>x", "a\tx"},
		{"of the buffer", "inoremap <buffer> <Tab> mine", "", "amine"},
	}
	for version, nvim := range neovims {
		for _, tt := range tests {
			t.Run(version+"/"+tt.name, func(t *testing.T) {
				settings := ""
				u := startFake(t, nvim, settings)
				if tt.before != "" { // before airside is attached: again
					u.lua("require('airside.keys').unmap(vim.api.nvim_get_current_buf())")
					u.command(tt.before)
					u.lua("require('airside.keys').map(vim.api.nvim_get_current_buf())")
				}
				if tt.after != "" {
					u.command(tt.after)
				}
				u.finish("ia<Tab>")
				if b := u.buffer(); b != tt.want {
					t.Errorf("without a suggestion: %q, want %q", b, tt.want)
				}
				u.lua("fake.items = { { text = 'ghost' } }")
				u.finish("<Esc>ob")
				u.waitGhost("ghost")
				u.lua("fake.items = {}")
				u.finish("<Tab>")
				if b := u.lua("return vim.api.nvim_get_current_line()"); b != "bghost" {
					t.Errorf("with a suggestion: %q", b)
				}
				u.finish("<Esc>")
			})
		}
	}
}

// TestE2ENvimPluginMenu: a completion menu has the screen for itself.
func TestE2ENvimPluginMenu(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua("fake.items = { { text = 'ghost' } }")
		u.finish("ialpha<CR>alpine<CR>al")
		u.waitGhost("ghost")
		u.keys("<C-n>")
		u.waitLua("the menu", "vim.fn.pumvisible() == 1")
		u.finish("")
		asked := u.lua("return #fake.asked").(int)
		if s := u.screen(); strings.Contains(s, "«") {
			t.Errorf("ghost text beside the menu:\n%s", s)
		}
		u.finish("<C-n>")
		if now := u.lua("return #fake.asked").(int); now != asked {
			t.Errorf("asked %d times under a menu", now-asked)
		}
		u.finish("<C-y>x")
		u.waitLua("a request once it is gone", "#fake.asked > "+strconv.Itoa(asked))
	})
}

// TestE2ENvimPluginMenuOver: a menu of Neovim's own that opens over a suggestion and
// changes no text has it make room, too, and C-e brings it back; so does the menu that
// 'autocomplete' opens while one types.
func TestE2ENvimPluginMenuOver(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.command("set completeopt=menuone,noselect")
		open := func() {
			t.Helper()
			u.waitLua("the menu", "vim.fn.pumvisible() == 1")
			u.await("the menu alone", func() bool { return strings.Count(u.screenLocked(), "alpine") == 2 && u.ghostLocked() == "" })
			u.keys("<C-e>")
			u.waitGhost("ghost")
			u.waitLua("the end of the menu", "vim.fn.pumvisible() == 0")
		}
		u.lua("fake.items = { { text = 'ghost' } }")
		u.finish("ialpha<CR>alpine<CR>al")
		u.waitGhost("ghost")
		u.keys("<C-n>")
		open()
		if u.lua("return vim.fn.exists('+autocomplete')") == 1 {
			u.command("set autocomplete")
			u.finish("<Esc>o")
			u.keys("alp")
			open()
		}
	})
}

// TestE2ENvimPluginMacro: what is recorded is what was typed.
func TestE2ENvimPluginMacro(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua("fake.items = { { text = 'ghost' } }")
		u.finish("qqia<Tab>b<Esc>qo<Esc>@q")
		if b := u.buffer(); b != "a\tb\na\tb" {
			t.Errorf("the buffer is %q", b)
		}
		if n := u.lua("return #fake.asked"); n != 0 {
			t.Errorf("asked %v times", n)
		}
	})
}

// TestE2ENvimPluginCommands: what goes to the server, and what is told where it
// lacks a command.
func TestE2ENvimPluginCommands(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua(`told = {}
			vim.notify = function(m) table.insert(told, m) end
			vim.cmd('Airside review file')`)
		if got := u.lua("return told[1]"); got != "airside: this server has no command airside.review; a newer airside may have" {
			t.Errorf("told %q", got)
		}
		u.lua(`local c = vim.lsp.get_clients({ name = 'airside' })[1].server_capabilities.executeCommandProvider.commands
			vim.list_extend(c, { 'airside.review', 'airside.review.dismiss', 'airside.sync.now', 'airside.sync.undo', 'airside.comment.add', 'airside.comment.reply', 'airside.comment.list', 'airside.model.select' })
			fake.result = { findings = { {}, {} }, message = 'two, or 1 pulled', threads = {
				{ id = '3f2a91bc77', range = { start = { line = 8 }, ['end'] = { line = 8 } } },
				{ id = 'cafe00ba11', range = { start = { line = 0 }, ['end'] = { line = 0 } } },
			} }
			fake.sent = {}`)
		u.lua(`vim.cmd('Airside review branch main')
			vim.cmd('Airside review dismiss')
			vim.cmd('Airside sync now')
			vim.cmd('Airside sync undo 7')
			vim.cmd('Airside comment add is this right?')
			vim.cmd('Airside comment reply 3f2a91 yes it is')
			vim.cmd('Airside comment reply no it is not')
			vim.cmd('Airside model codellama')`)
		u.waitLua("messages, and replies", `#told >= 3 and #vim.tbl_filter(function(s) return s.method == 'airside.comment.reply' end, fake.sent) == 2`)
		got := u.lua(`local out = {}
			local later = vim.tbl_filter(function(s) return s.method ~= 'airside.comment.list' end, fake.sent)
			table.sort(later, function(a, b)
				return a.method .. (a.params[1].thread or '') < b.method .. (b.params[1].thread or '')
			end)
			for _, s in ipairs(later) do
				local a = s.params and s.params[1] or {}
				out[#out + 1] = table.concat({ s.method, a.scope or '', a.base or '', a.operation or '', a.body or '', a.thread or '', a.model or '' }, '|')
			end
			return table.concat(out, '\n')`)
		want := `airside.comment.add||||is this right?||
airside.comment.reply||||yes it is|3f2a91bc77|
airside.comment.reply||||no it is not|cafe00ba11|
airside.model.select||||||codellama
airside.review|branch|main||||
airside.review.dismiss||||||
airside.sync.now||||||
airside.sync.undo|||7|||`
		if got != want {
			t.Errorf("sent\n%s\nwant\n%s", got, want)
		}
		if got := u.lua("return told[2]"); got != "airside: two, or 1 pulled" {
			t.Errorf("told %q", got)
		}
		// In a window without a file, and the list to choose a model from.
		u.lua(`fake.sent, fake.result = {}, {
				{ backend = 'ollama', model = 'qwen', current = true, why = 'the best' },
				{ backend = 'openai', model = '', error = 'out of order' },
			}
			vim.ui.select = function(items, opts, choose)
				shown = vim.iter(items):map(opts.format_item):totable()
				choose(items[1])
			end
			vim.cmd('enew')
			vim.cmd('Airside sync now')
			vim.cmd('Airside model')`)
		u.waitLua("the choice", "#fake.sent == 3")
		if got, want := u.lua("return vim.json.encode(fake.sent[1].params) .. ' ' .. fake.sent[3].params[1].model .. ' ' .. table.concat(shown, '|')"),
			"[{}] qwen * qwen (ollama): the best|  none (openai): not available: out of order|  automatic: what the settings say, and the best there is"; got != want {
			t.Errorf("got %v, want %v", got, want)
		}
		u.command("help airside-keys")
		for line, want := range map[string]string{
			"Airside ":          "alternatives comment commit-message conflict doctor log model pause restart resume review stats sync trust why",
			"Airside sy":        "sync",
			"Airside sync ":     "now news unmark enable disable status log undo resolve",
			"Airside sync re":   "resolve",
			"Airside conf":      "conflict",
			"Airside conflict ": "diff ours theirs both proposal commit abort",
		} {
			if got := u.lua("return table.concat(vim.fn.getcompletion(..., 'cmdline'), ' ')", line); got != want {
				t.Errorf("%q completes to %v", line, got)
			}
		}
	})
}
