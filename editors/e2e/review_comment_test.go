//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

// TestE2EReviewNvimComment: a comment in one clone, and a finding that a person
// publishes, are diagnostics in the other's editor after a sync of both.
func TestE2EReviewNvimComment(t *testing.T) {
	for version, nvim := range neovims {
		t.Run(version, func(t *testing.T) {
			w := emptyWorld(t)
			a := w.clone("a")
			a.commit("first", "a.go", reviewed)
			a.git("push", "-q", "-u", "origin", "main")
			b := w.clone("b")
			a.commit("second", "a.go", faulty)
			a.git("push", "-q")
			b.git("pull", "-q")

			env := append(reviewer(t).env(), w.env...)
			one := startReal(t, nvim, a.path("a.go"), env)
			two := startReal(t, nvim, b.path("a.go"), env)
			for _, u := range []*ui{one, two} {
				u.waitReady()
				u.lua("told = {}; vim.notify = function(m) table.insert(told, m) end")
				u.command("Airside sync enable")
				u.waitLua("the opt-in", `(require('airside.status').get() or { sync = {} }).sync.branch == 'main'`)
			}
			one.command("11Airside comment add Where does this go?")
			one.waitFindings("Where does this go?")
			one.command("Airside review branch " + strings.TrimSpace(a.git("rev-parse", "HEAD~1")))
			one.waitFindings("(model)", "(rule)", "Where does this go?")
			one.command("7")
			one.act("Comment for the team: ")
			one.waitFindings("one element past the end of list", "(rule)", "Where does this go?")
			one.waitLua("that it is a comment now", `not vim.iter(vim.diagnostic.get(0)):any(function(d) return d.message:find('(model)', 1, true) end)`)

			one.sync()
			two.sync()
			two.waitFindings("one element past the end of list", "Where does this go?")
			two.command("7")
			two.act("Resolve")
			two.waitFindings("Where does this go?")
			two.sync()
			one.sync()
			one.waitFindings("(rule)", "Where does this go?")
		})
	}
}

// sync has the server sync, and waits until it has.
func (u *ui) sync() {
	u.t.Helper()
	u.lua(`vim.lsp.buf_request_sync(0, 'workspace/executeCommand', {
		command = 'airside.sync.now', arguments = { { uri = vim.uri_from_bufnr(0) } },
	}, 30000)`)
}
