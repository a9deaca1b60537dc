package rules

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// ignoredErrors finds errors that nobody looks at: in Go those of well-known
// functions and those that are overwritten, in languages with exceptions empty
// handlers of everything, without a word on why.
func ignoredErrors(c *change) {
	if c.kind.fixture || c.kind.generated {
		return
	}
	switch c.lang.Errors {
	case lang.Values:
		c.goErrors()
	case lang.Excepts:
		c.pythonHandlers()
	case lang.Catches:
		c.emptyCatches()
	case lang.Rescues:
		c.emptyRescues()
	case lang.Results:
		c.rustDiscards()
	}
}

// handler reports an empty handler at its first line.
func (c *change) handler(n *syntax.Node, message string) {
	if c.moved(c.lineText(n.Start)) {
		return
	}
	end := n.Start + len(strings.TrimRight(c.code(n), " \t\r\n"))
	c.report(finding.Finding{Start: n.Start, End: end, Severity: finding.Warning, Category: "ignored-error", Message: message})
}

var catchesAll = regexp.MustCompile(`^except\s*(?:\(?\s*(?:Base)?Exception\s*\)?(?:\s+as\s+\w+)?\s*)?:`)

// pythonHandlers finds an except of everything that passes.
func (c *change) pythonHandlers() {
	c.nodes(func(n *syntax.Node, _ []*syntax.Node) bool {
		if n.Type != "except_clause" || n.Error {
			return true
		}
		code := c.code(n)
		if catchesAll.MatchString(code) && !strings.Contains(code, "#") && !c.remarkAfter(n) {
			if body := strings.TrimSpace(code[strings.Index(code, ":")+1:]); body == "pass" || body == "..." {
				c.handler(n, "every exception is dropped here, typing errors included: name the one that is expected, or log it")
			}
		}
		return true
	})
}

// remarkAfter tells whether a comment stands behind a node on its last line.
func (c *change) remarkAfter(n *syntax.Node) bool {
	end := n.Start + len(strings.TrimRight(c.code(n), " \t\r\n"))
	line := c.lineText(end - 1)
	at := strings.LastIndexByte(c.text[:end], '\n') + 1
	rest := line[min(len(line), end-at):]
	return strings.Contains(rest, "//") || strings.Contains(rest, "#") || strings.Contains(rest, "/*")
}

// expected matches the names that a handler gives to what it is right to drop.
var expected = regexp.MustCompile(`\b(?:ignored?|expected|unused|_+|_?ignore\w*)\b|Interrupted|NumberFormat|NoSuch|NotFound|CloneNotSupported|UnsupportedEncoding`)

// emptyCatches finds a catch block with nothing in it, not even a comment.
func (c *change) emptyCatches() {
	if c.kind.test {
		return
	}
	c.nodes(func(n *syntax.Node, above []*syntax.Node) bool {
		if n.Type != "catch_clause" && n.Type != "catch_block" || n.Error {
			return true
		}
		code := c.code(n)
		open := strings.LastIndexByte(code, '{')
		if open < 0 || strings.TrimSpace(strings.TrimSuffix(strings.TrimRight(code[open+1:], " \t\r\n"), "}")) != "" {
			return true
		}
		if head := code[:open]; strings.Contains(head, "//") || strings.Contains(head, "/*") || expected.MatchString(head) || c.remarkAfter(n) {
			return true
		}
		if len(above) > 0 && c.feature(above[len(above)-1]) {
			return true
		}
		c.handler(n, "the error is dropped here without a word: handle it, or say why not")
		return true
	})
}

// feature tells whether a try statement only asks whether something is there,
// as in JavaScript: try { x = require("y") } catch {}.
func (c *change) feature(try *syntax.Node) bool {
	body := child(try, "body")
	return body != nil && regexp.MustCompile(`require\(|import\(|localStorage|sessionStorage|\.close\(|\.dispose\(|\.unlink|\.kill\(`).MatchString(c.code(body))
}

// emptyRescues finds a rescue of everything with nothing in it.
func (c *change) emptyRescues() {
	c.nodes(func(n *syntax.Node, _ []*syntax.Node) bool {
		if n.Type == "rescue" && n.Named && !n.Error && emptyRescue.MatchString(c.code(n)) && !c.remarkAfter(n) {
			c.handler(n, "every error is dropped here: name the one that is expected, or log it")
		}
		return true
	})
}

var emptyRescue = regexp.MustCompile(`^rescue(?:\s+(?:Standard|)(?:Error|Exception))?(?:\s*=>\s*\w+)?\s*(?:nil\s*)?$`)

// lostWrites are calls of Rust's standard library after whose failure the
// program goes on with what is not there.
var lostWrites = regexp.MustCompile(`^let\s+_\s*=\s*(?:(?:std::)?fs::(?:write|create_dir|create_dir_all|rename|copy)\(|(?:(?:std::)?fs::)?File::create\(|\w[\w.]*\.(?:write_all|read_exact|read_to_end|read_to_string|sync_all)\()`)

// rustDiscards finds a Result that is thrown away although it says whether data
// is there.
func (c *change) rustDiscards() {
	if c.kind.test {
		return
	}
	c.nodes(func(n *syntax.Node, _ []*syntax.Node) bool {
		if n.Type == "let_declaration" && lostWrites.MatchString(c.code(n)) && !c.remarkAfter(n) && !c.moved(c.code(n)) {
			c.handler(n, "the error of this call is thrown away: use ?, or say why it may fail")
		}
		return true
	})
}
