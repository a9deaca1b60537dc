package rules

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

var (
	// statement matches a line that is hardly anything but code: it assigns,
	// calls, or begins with a keyword and has the punctuation of one.
	statement = regexp.MustCompile(`^\s*(?:` +
		`(?:(?:const|let|var|final|auto|mut|static|self\.|this\.|@)\s*)*[\w.$*&\[\]<>]+(?:\s+[\w$]+)?(?:\s*,\s*[\w.$]+)*\s*(?::=|=|\+=|-=|\|=)\s*[^=\s].*` +
		`|(?:await |return |go |defer |yield |throw |raise |new )?[\w.$:]+(?:->\w+|::\w+)*!?\(.*\)\s*[;{:,]?` +
		`|(?:return|break|continue|pass|raise|throw)(?:\s.*)?[;)\]]?` +
		`|(?:\}\s*)?(?:if|for|while|switch|match|elif|else|try|catch|except|finally|with|do|func|fn|def|class|struct|public|private|protected|case)\b.*[{:;]` +
		`|(?:import|from|use|using|require|#include)\b.*[;"'>)]` +
		`)\s*$`)
	closing = regexp.MustCompile(`^\s*(?:[})\]]+[;,]?\)?|end)\s*$`)
	calls   = regexp.MustCompile(`\w\(.*\)|[;{]\s*$`)
	// directive is a comment that a program reads.
	directive = regexp.MustCompile(`^\s*(?:nolint|eslint|prettier|ts-|@ts|type:|noqa|pylint|pragma|go:|\+build|region|endregion|clang-format|NOLINT|@formatter|sourceMappingURL|istanbul|c8|biome|swiftlint|rubocop|yapf|fmt:|mypy|coding[:=]|vim?:|-\*-|[Oo]utput:|Unordered output:|export |line |cgo |#|!)`)
)

// commentedCode finds code that was put into a comment: a line that was code in
// the same change, or a comment of statements and nothing else, which parses.
func commentedCode(c *change) {
	if c.lang.Frames == nil || c.kind.fixture || c.kind.generated {
		return
	}
	const most = 100 // comments of a change that are parsed
	tried := 0
	for _, g := range c.comments() {
		if !g.alone || g.doc || len(g.lines) == 0 || directive.MatchString(g.lines[0].text) {
			continue
		}
		n, known := 0, 0 // lines that are statements; that were code a moment ago
		whole := true
		for _, l := range g.lines {
			text := strings.TrimSpace(l.text)
			switch {
			case len(text) > 200 || c.moved(c.lineText(l.start)):
				whole = false
			case closing.MatchString(text):
			case statement.MatchString(text):
				n++
				if len(text) >= 4 && c.removed[text] > 0 {
					known++
				}
			default:
				whole = false
			}
		}
		const enough = 3 // statements that nobody writes to explain something
		switch {
		case !whole || n == 0:
			continue
		case known == n:
		case n < enough || c.documents(g) || tried >= most:
			continue
		default:
			tried++
			if !c.parsesAsCode(g) {
				continue
			}
		}
		f := finding.Finding{Start: g.start, End: g.end, Severity: finding.Information, Category: "commented-out-code",
			Message: "code in a comment: delete it, git keeps it"}
		if lines, ok := c.wholeLines(g.start, g.end); ok {
			if fix := c.fix(lines.Start, lines.End, ""); fix != nil {
				f.Start, f.End, f.Fix = lines.Start, lines.End, fix
			}
		}
		c.report(f)
	}
}

// documents tells whether a comment stands right above a declaration, or below
// another comment that it gives the example to.
func (c *change) documents(g comment) bool {
	rest := strings.TrimLeft(c.text[g.end:], " \t\r")
	if !strings.HasPrefix(rest, "\n") {
		return false
	}
	next := c.lineText(min(len(c.text), len(c.text)-len(rest)+1))
	before := strings.TrimSpace(c.lineText(max(0, strings.LastIndexByte(c.text[:g.start], '\n'))))
	return declaration.MatchString(next) || lineComment.MatchString(next) || lineComment.MatchString(before)
}

var declaration = regexp.MustCompile(`^\s*(?:(?:export|default|public|private|protected|internal|static|async|pub(?:\([^)]*\))?|abstract|final|override|open|data|sealed)\s+)*(?:func|fn|def|class|struct|interface|trait|enum|type|var|const|let|package|module|function|impl|object|fun|record|namespace|@\w+|#\[|template)\b`)

// parsesAsCode tells whether a comment without its markers is code.
func (c *change) parsesAsCode(g comment) bool {
	margin := -1 // of the text from its markers
	evidence := false
	for _, l := range g.lines {
		if n := len(l.text) - len(strings.TrimLeft(l.text, " \t")); margin < 0 || n < margin {
			margin = n
		}
		evidence = evidence || calls.MatchString(l.text)
	}
	if !evidence {
		return false // formulas
	}
	var b strings.Builder
	for _, l := range g.lines {
		b.WriteString(l.text[margin:] + "\n")
	}
	for _, frame := range c.lang.Frames {
		text := fmt.Sprintf(strings.ReplaceAll(frame, "%s", "%[1]s"), b.String())
		if flaw, known := c.trees.Judge().Flaw(syntax.Document{Language: c.language, Text: text}); known && flaw == nil {
			return true
		}
	}
	return false
}
