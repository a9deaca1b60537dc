//go:build e2e

package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is seen into the golden files")

// neovims are the versions that the plugin promises, oldest and newest.
var neovims = map[string]string{"0.10": "AIRSIDE_NVIM10", "0.12": "AIRSIDE_NVIM"}

// startFake starts Neovim with the plugin and testdata's server inside Neovim.
func startFake(t *testing.T, nvim, settings string, args ...string) *ui {
	t.Helper()
	fake, err := filepath.Abs("nvim/fake.lua")
	if err != nil {
		t.Fatal(err)
	}
	// No file type starts the real server.
	u := startUI(t, nvim, filepath.Join(t.TempDir(), "f"), nil, append(args, "--cmd", "lua vim.g.airside = { filetypes = {}, "+settings+" }")...)
	u.lua(`fake = dofile(...)
		vim.g.done = 0
		vim.keymap.set({'i', 'n'}, '<F20>', '<Cmd>let g:done += 1<CR>')`, fake)
	u.waitLua("the server", `#vim.lsp.get_clients({ bufnr = 0, name = 'airside' }) == 1 and vim.fn.maparg('<C-]>', 'i') ~= ''`)
	return u
}

// finish types and waits until all of it has been taken in and drawn.
func (u *ui) finish(keys string) {
	u.t.Helper()
	before := u.lua("return vim.g.done").(int)
	u.keys(keys + "<F20>")
	u.waitLua("the keys", "vim.g.done > "+strconv.Itoa(before))
	u.command("redraw")
}

// TestE2ENvimPluginDrawing runs nvim/drawing.txtar.
func TestE2ENvimPluginDrawing(t *testing.T) {
	const file = "nvim/drawing.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	sections := map[string]string{}
	for _, f := range archive.Files {
		name, section, _ := strings.Cut(f.Name, "/")
		if section == "buffer" {
			names = append(names, name)
		}
		sections[name+"/"+section] = string(f.Data)
	}
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startFake(t, nvim, "auto = false")
			for _, name := range names {
				get := func(section string) string { return strings.TrimSuffix(sections[name+"/"+section], "\n") }
				_, crlf := sections[name+"/crlf"]
				got := u.drawn(get("buffer"), get("text"), get("range"), get("options"), get("keys"), crlf)
				if *update && version == "0.12" {
					sections[name+"/want"] = got
				} else if want := sections[name+"/want"]; got != want {
					t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
				}
			}
		})
	}
	if *update {
		var files []txtar.File
		for _, f := range archive.Files {
			name, section, _ := strings.Cut(f.Name, "/")
			if section != "want" {
				files = append(files, f)
			}
			if want, ok := sections[name+"/want"]; ok && last(archive, f.Name) {
				files = append(files, txtar.File{Name: name + "/want", Data: []byte(want)})
			}
		}
		archive.Files = files
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// last tells whether a section is its case's last but want.
func last(a *txtar.Archive, section string) bool {
	name, _, _ := strings.Cut(section, "/")
	var latest string
	for _, f := range a.Files {
		if n, s, _ := strings.Cut(f.Name, "/"); n == name && s != "want" {
			latest = f.Name
		}
	}
	return latest == section
}

// drawn shows one suggestion in a buffer, types keys, and returns the screens.
func (u *ui) drawn(buffer, text, area, options, keys string, crlf bool) string {
	u.t.Helper()
	u.command("set fileformat=unix tabstop=8 noexpandtab noautoindent shiftwidth=8")
	if options != "" {
		u.command(options)
	}
	lines := strings.Split(strings.Replace(buffer, "¦", "", 1), "\n")
	head, _, _ := strings.Cut(buffer, "¦")
	row := strings.Count(head, "\n")
	col := len(head) - strings.LastIndex(head, "\n") - 1
	back, over, _ := strings.Cut(area, " ")
	b, _ := strconv.Atoi(back)
	o, _ := strconv.Atoi(over)
	if crlf {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	set := make([]any, len(lines))
	for i, l := range lines {
		set[i] = l
	}
	u.lua(`local lines, row, col, text, back, over = ...
		vim.cmd.stopinsert()
		vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
		vim.api.nvim_win_set_cursor(0, { row + 1, col })
		fake.items = { { text = text, back = back, over = over } }`, set, row, col, text, b, o)
	insert := "i"
	if col == len(lines[row]) {
		insert = "A"
	}
	asked := u.lua("return #fake.asked").(int)
	u.finish("<Esc>" + insert + "<M-]>")
	u.waitLua("the answer", "#fake.asked > "+strconv.Itoa(asked))
	u.finish("<F20>") // the answer was scheduled before
	out := u.screen()
	if keys != "" {
		u.finish(keys)
		out += "--\n" + u.screen()
	}
	u.finish("<Esc>")
	return out
}

// acceptedLengths are what the server hears.
func TestE2ENvimPluginEvents(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			u := startFake(t, nvim, "auto = true")
			u.lua("fake.items = { { text = '🙂 größe\\nz' } }")
			u.finish("ia")
			u.waitGhost("🙂 größe\nz")
			u.finish("<M-Right><M-Right><Tab>")
			u.waitLua("the command", `vim.iter(fake.sent):any(function(s) return s.method == 'airside.accepted' end)`)
			got := u.lua(`local out = {}
				for _, s in ipairs(fake.sent) do
					out[#out + 1] = s.method .. ' ' .. tostring(s.params.acceptedLength or s.params[1] or s.params.item.insertText)
				end
				return table.concat(out, '\n')`).(string)
			units := func(s string) string { return strconv.Itoa(len(utf16.Encode([]rune(s)))) }
			want := []string{"textDocument/didShowCompletion 🙂 größe\nz",
				"textDocument/didPartiallyAcceptCompletion " + units("🙂"),
				"textDocument/didPartiallyAcceptCompletion " + units("🙂 größe"),
				"airside.accepted id1"}
			if g := strings.Split(got, "\n"); !strings.HasPrefix(strings.Join(g, "\n"), strings.Join(want, "\n")) {
				t.Errorf("heard\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
		})
	}
}
