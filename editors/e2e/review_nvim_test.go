//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// faulty is a change to reviewed: a print that was left behind, which a rule
// sees, and an off-by-one, which a model may.
const (
	reviewed = "package a\n\nimport \"fmt\"\n\nfunc sum(list []int) int {\n\treturn 0\n}\n\nvar errNone = fmt.Errorf(\"none\")\n"
	faulty   = "package a\n\nimport \"fmt\"\n\nfunc sum(list []int) int {\n\ttotal := 0\n\tfor i := 0; i <= len(list); i++ {\n\t\ttotal += list[i]\n\t}\n\tfmt.Println(\"DEBUG\", total)\n\treturn total\n}\n\nvar errNone = fmt.Errorf(\"none\")\n"
)

// reviewer is a model that sees the off-by-one, and is sure of it.
func reviewer(t testing.TB) *scriptedModel {
	m := startModel(t, func(string, bool) string { return "" })
	m.chat = func(question string) string {
		switch {
		case strings.Contains(question, "Another reviewer says"):
			return `{"reason":"The index reaches the length.","confirmed":true}`
		case strings.Contains(question, "i <= len(list)"):
			return `{"findings":[{"quote":"i <= len(list)","severity":"error","category":"bug","message":"The loop reads one element past the end of list.","fix":"i < len(list)"}]}`
		}
		return `{"findings":[]}`
	}
	return m
}

// repository makes one with a committed file and a change to it.
func repository(t testing.TB, name, committed, changed string) string {
	t.Helper()
	dir := folder(t)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(cleanEnv(dir), "PATH="+os.Getenv("PATH"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	git("config", "user.name", "A")
	git("config", "user.email", "a@example.com")
	write(committed)
	git("add", ".")
	git("commit", "-qm", "first")
	write(changed)
	return filepath.Join(dir, name)
}

// findings waits until the diagnostics of the current buffer are these, each
// with a part of its message.
func (u *ui) waitFindings(want ...string) {
	u.t.Helper()
	quoted := make([]string, len(want))
	for i, w := range want {
		quoted[i] = "'" + w + "'"
	}
	u.waitLua("the findings "+strings.Join(want, ", "), `(function()
		local all = vim.diagnostic.get(0)
		table.sort(all, function(a, b) return a.lnum < b.lnum end)
		local want = { `+strings.Join(quoted, ",")+` }
		if #all ~= #want then return false end
		for i, d in ipairs(all) do
			if d.source ~= 'airside' or not d.message:find(want[i], 1, true) then return false end
		end
		return true
	end)()`)
}

// act runs the code action of a title, in the cursor's line.
func (u *ui) act(title string) {
	u.t.Helper()
	u.lua(`local title = ...
		vim.lsp.buf.code_action({ apply = true, filter = function(a) return vim.startswith(a.title, title) end })`, title)
}

// fix has the fix of a finding shown, which changes nothing yet, and then made.
func (u *ui) fix(shows string) {
	u.t.Helper()
	before := u.lua("return table.concat(vim.api.nvim_buf_get_lines(vim.fn.bufnr('a.go'), 0, -1, false), '\\n')")
	u.act("Fix: ")
	u.waitLua("the difference", `vim.bo.filetype == 'diff' and vim.fn.search('`+shows+`', 'nw') > 0`)
	if after := u.lua("return table.concat(vim.api.nvim_buf_get_lines(vim.fn.bufnr('a.go'), 0, -1, false), '\\n')"); after != before {
		u.t.Errorf("before the fix was made the text was\n%s", after)
	}
	u.keys("<CR>")
	u.waitLua("the difference to go", `vim.bo.filetype == 'go'`)
}

// TestE2EReviewNvimRule: with the real llama-server and the small model, which
// completes and cannot chat, the rules find what they can show.
func TestE2EReviewNvimRule(t *testing.T) {
	server := startLlamaServer(t, "")
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			file := repository(t, "a.go", reviewed, faulty)
			u := startReal(t, nvim, file, []string{"AIRSIDE_BACKEND=llamacpp", "AIRSIDE_LLAMACPP_URL=" + server.URL})
			u.waitReady()
			u.trust()
			u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.command("Airside review")
			u.waitFindings("(rule)")
			u.waitLua("the summary", `vim.iter(told):any(function(m) return m:find('rules alone: ', 1, true) end)`)
			u.command("10")
			u.act("Fix: ")
			u.waitLua("the difference", `vim.bo.filetype == 'diff'`)
			u.keys("q")
			u.waitLua("the text as it was", `vim.bo.filetype == 'go' and vim.fn.search('DEBUG', 'nw') == 10`)
			u.fix("^-.*DEBUG")
			fixed := strings.Replace(faulty, "\tfmt.Println(\"DEBUG\", total)\n", "", 1)
			u.waitLua("the fix", `vim.fn.search('DEBUG', 'nw') == 0`)
			if got := u.buffer() + "\n"; got != fixed {
				t.Errorf("fixed:\n%s", got)
			}
			u.waitFindings()
			u.command("undo")
			if got := u.buffer() + "\n"; got != faulty {
				t.Errorf("undone:\n%s", got)
			}
			u.waitFindings("(rule)")
			// It moves with the lines, and goes with its own.
			u.command("1,3delete")
			u.waitLua("the finding in its line", `vim.diagnostic.get(0)[1].lnum == vim.fn.search('DEBUG', 'nw') - 1`)
			u.command("g/DEBUG/delete")
			u.waitFindings()
		})
	}
}

// TestE2EReviewNvimModel: a model's finding comes as a diagnostic; its fix is
// applied and undone; what is dismissed stays so.
func TestE2EReviewNvimModel(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			file := repository(t, "a.go", reviewed, faulty)
			u := startReal(t, nvim, file, reviewer(t).env())
			u.waitReady()
			u.trust()
			u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
			u.command("Airside review worktree")
			u.waitFindings("one element past the end of list. (model)", "(rule)")
			u.waitLua("the summary", `vim.iter(told):any(function(m) return m:find('2 findings', 1, true) end)`)
			u.waitLua("the error", `vim.diagnostic.get(0, { severity = 1 })[1].message:find('model', 1, true)`)
			u.command("7")
			u.fix("^+.*i < len(list)")
			u.waitLua("the fix", `vim.fn.search('i < len(list); i', 'nw') == 7`)
			u.waitFindings("(rule)")
			u.command("undo")
			u.waitFindings("(model)", "(rule)")
			u.command("redo")
			u.waitFindings("(rule)")
			u.command("undo")
			u.waitFindings("(model)", "(rule)")

			u.command("10Airside review dismiss")
			u.waitFindings("(model)")
			u.command("1put! =['', '']")
			u.command("Airside review")
			u.waitLua("the second review", `vim.iter(told):any(function(m) return m:find('1 dismissed', 1, true) end)`)
			u.waitFindings("(model)")
			u.command("Airside review undismiss")
			u.waitFindings("(model)", "(rule)")
			u.command("Airside review clear")
			u.waitFindings()
			u.command("10Airside review function")
			u.waitFindings("(model)", "(rule)")
			if n := u.lua("return #vim.tbl_filter(function(m) return m:find('error', 1, true) and not m:find('finding', 1, true) and not m:find('1 error', 1, true) end, told)"); n != 0 {
				t.Errorf("complaints: %v", u.lua("return vim.inspect(told)"))
			}
		})
	}
}

// TestE2EReviewNvimTerminal: what it looks like in a terminal.
func TestE2EReviewNvimTerminal(t *testing.T) {
	term := startPane(t, "AIRSIDE_NVIM", repository(t, "a.go", reviewed, faulty), reviewer(t).env(), 100, 24)
	eventually(t, "the status line", term.shows("codellama-7b-code"))
	eventually(t, "that it says so", term.shows("not trusted"))
	term.tmux("send-keys", ":Airside trust", "Enter")
	eventually(t, "the trust", func() bool { return !strings.Contains(term.screen(), "code not trusted") })
	term.tmux("send-keys", ":Airside review", "Enter")
	eventually(t, "the findings on the screen", func() bool {
		screen := term.screen()
		return strings.Contains(screen, "2 findings (1 error, 1 warning)")
	})
	term.tmux("send-keys", "7G", "gra")
	eventually(t, "the menu", term.shows("Dismiss: The loop reads"))
	t.Log(term.screen())
	term.tmux("send-keys", "1", "Enter")
	eventually(t, "the preview", term.shows("Enter applies"))
	t.Log(term.screen())
	term.tmux("send-keys", "Enter")
	eventually(t, "the fix", func() bool {
		screen := term.screen()
		return strings.Contains(screen, "i < len(list); i") && !strings.Contains(screen, "Enter applies")
	})
	term.tmux("send-keys", "u")
	eventually(t, "one undo to take it back", term.shows("i <= len(list); i"))
}
