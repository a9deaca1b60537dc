package rules

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

var (
	// program matches a file whose job it may be to print.
	program     = regexp.MustCompile(`\A#!|__main__|argparse|optparse|OptionParser|sys\.argv|process\.argv|\bmain\s*\(|@main\b|extends App\b|package main\b|docopt|import click|import typer|commander|yargs|\$argv|ARGV`)
	programPath = regexp.MustCompile(`(?i)(^|/)(cmd|cli|bin|scripts?|tools?|hack|examples?|demos?|docs?|build|bench\w*|tasks?|migrations?|notebooks?|playground|seeds?|sandbox)/|(^|/)(setup\.py|manage\.py|noxfile\.py|build\.rs|main\.\w+|gulpfile|gruntfile|rakefile|[^/]*\.config\.\w+|cli\.\w+|gen\w*\.go|mk\w+\.go)`)
	// loud matches what is written to be found again on a screen and deleted.
	loud = regexp.MustCompile(`^[\w.:!$]+\s*[( ]\s*(?:[rbfu$@]?["'` + "`" + `](?i:[^\w"'%{]*debug\b|\W{0,3}(?:i'?m |got |am |was )?(?:in )?here\W*\d*["'\\]|[>=*#-]{3,}(?:\s*\w|["']\s*,)|x{3,}\b|y{3,}\b|z{3,}\b|a{3,}\b|asdf|qwe|wtf|foo\b|bar\b|blah|test\d*\W*["'\\]|hello\W*\d*["'\\]|ok\W*["'\\]|\d{1,4}\W*["'\\]))`)
	// unmistakable matches what nobody prints for others to read.
	unmistakable = regexp.MustCompile(`[( ]\s*["'` + "`" + `]\W{0,3}(?i:debug\b|here\W*\d*["'\\]|got here|in here|x{3,}|asdf|qwe|wtf|blah)`)
	dumps        = regexp.MustCompile(`%\+v|%#v|\{:\??#?\?\}|\{\w*:#?\?\}|\{\w+=(![rs])?\}|JSON\.stringify`)
	// labelled is a name in a string, and then its value: "user:", user.
	labelled = regexp.MustCompile(`[(]\s*f?["'` + "`" + `]\W*(\w{1,30})\s*(?:[:=]|is)?\s*(?:%\w|\{\})?(?:\\n)?["'` + "`" + `]\s*[,+]\s*[*&$]?(?:[\w$]+(?:\.|->|::))*([\w$]+)(?:\(\))?\s*\)`)
	bare     = regexp.MustCompile(`^[\w.]+[( ]\s*[*&$]?[A-Za-z_$][\w$.]*(?:\[[\w."']+\])?(?:\s*,\s*[*&$]?[A-Za-z_$][\w$.]*)*\s*\)?;?$`)
)

// debugPrints finds what was put in to look for a fault. A call that prints is
// one of these only in a file that printed nothing before, of a library, and if
// it looks like it.
func debugPrints(c *change) {
	calls := c.lang.Debug
	if calls == nil || c.kind.fixture || c.kind.generated {
		return
	}
	program := sync.OnceValue(func() bool {
		return programPath.MatchString(c.file.Path) || program.MatchString(c.text)
	})
	printed := sync.OnceValue(func() bool { return c.printed(calls.Prints) })
	type suspect struct {
		at syntax.Range
		is finding.Severity
	}
	var maybe []suspect
	c.nodes(func(n *syntax.Node, above []*syntax.Node) bool {
		if calls.Macro != "" && n.Type == "macro_invocation" && strings.HasPrefix(c.code(n), calls.Macro) {
			c.reportMacro(n, above)
			return false
		}
		if !isStatement(n, above) {
			return true
		}
		code := c.code(n)
		callee := calleeOf(code)
		switch {
		case c.moved(code):
		case slices.Contains(calls.Always, callee) && (callee != "dd" && callee != "dbg" || strings.Contains(code, "(")):
			c.reportPrint(syntax.Range{Start: n.Start, End: n.End}, finding.Warning, callee+" was left here from debugging")
		case slices.Contains(calls.Prints, callee) && !program():
			if looks := c.looksLikeDebugging(code, above); looks != "" && (!printed() || unmistakable.MatchString(code)) {
				maybe = append(maybe, suspect{syntax.Range{Start: n.Start, End: n.End}, looks})
			}
		}
		return true
	})
	const many = 4 // are there to be read
	if len(maybe) > many || c.file.Old == nil && len(maybe) > many/2 {
		return
	}
	for _, p := range maybe {
		c.reportPrint(p.at, p.is, "this print looks like a leftover from debugging")
	}
}

// printed tells whether the file called one of these before the change: then
// that is how it does things.
func (c *change) printed(prints []string) bool {
	old := string(c.file.Old)
	for _, call := range prints {
		for rest := old; ; {
			i := strings.Index(rest, call)
			if i < 0 {
				break
			}
			before, after := byte(' '), byte(' ')
			if i > 0 {
				before = rest[i-1]
			}
			if rest = rest[i+len(call):]; rest != "" {
				after = rest[0]
			}
			if before != '.' && !isWordByte(before) && (after == '(' || after == ' ') {
				return true
			}
		}
	}
	return false
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// looksLikeDebugging returns how much a call that prints looks like it, "" for
// not at all.
func (c *change) looksLikeDebugging(code string, above []*syntax.Node) finding.Severity {
	const longest = 300
	if len(code) > longest {
		return ""
	}
	// What a test prints may be read by another, such as "ok" by its parent.
	if loud.MatchString(code) && (!c.kind.test || unmistakable.MatchString(code)) {
		return finding.Warning
	}
	if c.kind.test && (c.lang.Tests.Example == "" || c.inExample(above)) || c.file.Old == nil {
		return ""
	}
	if dumps.MatchString(code) || bare.MatchString(code) {
		return finding.Information
	}
	if m := labelled.FindStringSubmatch(code); m != nil && strings.EqualFold(m[1], m[2]) {
		return finding.Information
	}
	return ""
}

// inExample tells whether a place is in a function which prints what is compared.
func (c *change) inExample(above []*syntax.Node) bool {
	for _, n := range above {
		if name := child(n, "name"); n.Type == "function_declaration" && name != nil && strings.HasPrefix(c.code(name), c.lang.Tests.Example) {
			return true
		}
	}
	return false
}

// reportPrint proposes to delete the lines of a statement that has them to
// itself.
func (c *change) reportPrint(at syntax.Range, s finding.Severity, message string) {
	f := finding.Finding{Start: at.Start, End: at.End, Severity: s, Category: "debug-print", Message: message + ": delete it"}
	if lines, ok := c.wholeLines(at.Start, at.End); ok && !c.lastUse(at) && !c.onlyStatement(lines) {
		if fix := c.fix(lines.Start, lines.End, ""); fix != nil {
			f.Start, f.End, f.Fix = lines.Start, lines.End, fix
		}
	}
	c.report(f)
}

// lastUse tells whether a package is used here and nowhere else in the file:
// without it the import would be an error.
func (c *change) lastUse(at syntax.Range) bool {
	pkg, _, ok := strings.Cut(c.text[at.Start:at.End], ".")
	return ok && c.lang.Debug.Imports && !strings.Contains(c.text[:at.Start], pkg+".") && !strings.Contains(c.text[at.End:], pkg+".")
}

// onlyStatement tells whether a block that ends by indentation would be empty
// without these lines.
func (c *change) onlyStatement(r syntax.Range) bool {
	if !c.lang.Colon {
		return false
	}
	indent := func(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }
	above := strings.TrimRight(c.text[:r.Start], " \t\r\n")
	below := strings.TrimLeft(c.text[r.End:], "\r\n")
	return strings.HasSuffix(above, ":") && (strings.TrimSpace(below) == "" || indent(below) < indent(c.text[r.Start:]))
}

// reportMacro proposes what a macro for debugging was put around.
func (c *change) reportMacro(n *syntax.Node, above []*syntax.Node) {
	if len(above) > 0 && above[len(above)-1].Type == "expression_statement" {
		p := above[len(above)-1]
		c.reportPrint(syntax.Range{Start: p.Start, End: p.End}, finding.Warning, c.lang.Debug.Macro+" was left here from debugging")
		return
	}
	f := finding.Finding{Start: n.Start, End: n.End, Severity: finding.Warning, Category: "debug-print",
		Message: c.lang.Debug.Macro + " was left here from debugging: keep what it is around"}
	if code := c.code(n); len(code) > len(c.lang.Debug.Macro+"()") {
		f.Fix = c.fix(n.Start, n.End, strings.TrimSpace(code[len(c.lang.Debug.Macro+"("):len(code)-1]))
	}
	c.report(f)
}

// blocks are the kinds of nodes that hold statements, in the grammars where a
// call is one by itself.
var blocks = []string{"statements", "body_statement", "do_block", "block", "template_body", "function_body", "program", "source", "source_file", "then", "else", "compilation_unit", "block_body", "lambda_literal", "chunk", "rescue", "ensure", "when"}

// isStatement tells whether a node is a statement that calls something.
func isStatement(n *syntax.Node, above []*syntax.Node) bool {
	switch n.Type {
	case "expression_statement", "debugger_statement":
		return true
	case "call", "call_expression", "function_call", "identifier":
		return len(above) > 0 && slices.Contains(blocks, above[len(above)-1].Type)
	}
	return false
}

// calleeOf returns what code begins by calling: a dotted name.
func calleeOf(code string) string {
	code = strings.TrimPrefix(code, "await ")
	end := strings.IndexFunc(code, func(r rune) bool {
		return !(r == '_' || r == '.' || r == ':' || r == '!' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
	if end >= 0 {
		code = code[:end]
	}
	return strings.TrimSuffix(code, ";")
}
