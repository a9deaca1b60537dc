//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestE2ENvimPluginAlternatives opens a panel of alternatives, takes one by its number,
// undoes it in one step, takes one where the cursor stands, and closes a panel.
func TestE2ENvimPluginAlternatives(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startReal(t, nvim, writeSource(t), errorsModel(t).env())
			u.waitReady()
			u.keys("8GAif err")
			u.waitGhost("!= nil {\nreturn nil, err\n}")
			before := u.buffer()
			open := func() {
				t.Helper()
				u.finish("<Esc>")
				u.command("Airside alternatives")
				u.await("the panel", func() bool { return strings.Contains(u.screenLocked(), " alternatives   <CR>") })
				if b := u.buffer(); !strings.Contains(b, "\nif err != nil {\n\treturn nil, err\n}\n") || !strings.Contains(b, "if err == io.EOF {") {
					t.Errorf("the panel has\n%s", b)
				}
			}
			open()
			t.Log(u.picture())
			u.finish("1")
			u.waitLua("the first", `vim.bo.buftype == ''`)
			if b := u.buffer(); !strings.Contains(b, "\tif err != nil {\n\t\treturn nil, err\n\t}\n") {
				t.Errorf("taken:\n%s", b)
			}
			u.finish("u")
			if b := u.buffer(); b != before {
				t.Errorf("undone:\n%s", b)
			}
			u.command("call cursor(8, 999)")
			open()
			u.command("call search('io.EOF')")
			u.finish("<CR>")
			u.waitLua("the other one", `vim.bo.buftype == ''`)
			if b := u.buffer(); !strings.Contains(b, "\tif err == io.EOF {\n") {
				t.Errorf("taken:\n%s", b)
			}
			u.finish("u")
			u.command("call cursor(8, 999)")
			open()
			u.finish("q")
			u.waitLua("the panel to close", `#vim.api.nvim_list_wins() == 1`)
			if b := u.buffer(); b != before {
				t.Errorf("closed:\n%s", b)
			}
		})
	}
}

// TestE2ENvimPluginAlternativesEarly: one is taken, or the panel closed, while it is
// still looking, which ends the search; from insert mode the cursor stands behind what
// was taken, and where the text's window is closed or has another file nothing fails.
func TestE2ENvimPluginAlternativesEarly(t *testing.T) {
	const panel = "vim.api.nvim_buf_get_name(0):find('airside://alternatives', 1, true)"
	tests := []struct {
		name, keys, in, out string // typed in the text, in the panel and afterwards
		want                string // the text
	}{
		{"a number", "if()<Left><C-A>", "1", "X", "f(barX)"},
		{"at the end", "if(<C-A>", "1", "X", "f(barX"},
		{"enter", "if()<Esc><Left>:call cursor(1, 2)<CR>:Airside alternatives<CR>", "<CR>", "aX", "fbarX()"},
		{"closed", "if()<Left><C-A>", "q", "", "f()"},
		{"its window is closed", "if()<Left><C-A>", "<C-W>o1", "", "f(bar)"},
		{"its window has another file", "if()<Left><C-A>", ":wincmd p<CR>:enew<CR>:wincmd p<CR>1", "", "f(bar)"},
	}
	for version, nvim := range neovims {
		for _, tt := range tests {
			t.Run(version+"/"+tt.name, func(t *testing.T) {
				u := startFake(t, nvim, "")
				u.lua("vim.o.hidden = true; text = vim.api.nvim_get_current_buf(); vim.keymap.set('i', '<C-A>', '<Cmd>Airside alternatives<CR>')")
				u.finish(tt.keys)
				u.waitLua("the panel", "#fake.panels == 1 and "+panel)
				u.lua("fake.find(1, { { text = 'bar' }, { text = 'other' } })")
				u.await("what was found", func() bool { return strings.Contains(u.screenLocked(), "2 so far, looking for more") })
				u.lua("vim.v.errmsg, fake.sent = '', {}")
				u.finish(tt.in)
				u.waitLua("the panel to close", "not "+panel)
				if tt.out != "" {
					u.finish(tt.out)
				}
				if message := u.lua("return vim.v.errmsg"); message != "" {
					t.Errorf("an error: %s", message)
				}
				if got := u.lua("return table.concat(vim.api.nvim_buf_get_lines(text, 0, -1, false), '|')"); got != tt.want {
					t.Errorf("the text is %q, want %q", got, tt.want)
				}
				if u.lua("return vim.iter(fake.sent):any(function(m) return m.method == '$/cancelRequest' and m.params.id == fake.panels[1].id end)") != true {
					t.Errorf("the search goes on: %v", u.lua("return vim.inspect(fake.sent)"))
				}
			})
		}
	}
}

// TestE2ENvimPluginPreviewNothing: an edit that changes nothing is said to be one.
func TestE2ENvimPluginPreviewNothing(t *testing.T) {
	eachNeovim(t, "", func(t *testing.T, u *ui) {
		u.lua(`vim.notify = function(m) told = m end
			local at = { line = 0, character = 0 }
			local edit = { changes = { [vim.uri_from_bufnr(0)] = { { range = { start = at, ['end'] = at }, newText = '' } } } }
			vim.lsp.commands['airside.preview']({ title = 'Fix', arguments = { { edit = edit } } }, { client_id = vim.lsp.get_clients()[1].id })`)
		u.waitLua("that it says so", "told:find('would change nothing', 1, true) and #vim.api.nvim_list_wins() == 1")
	})
}
