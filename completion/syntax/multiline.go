package syntax

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

var (
	// caseLabel is a line that lets statements follow in a switch.
	caseLabel = regexp.MustCompile(`^\s*(case\b.*|default\s*):$`)
	// annotation is a name and a colon that wait for a type, in a language
	// where a colon also opens a block.
	annotation = regexp.MustCompile(`^\s*[\w.]+\s*:$`)
	bareBlock  = regexp.MustCompile(`^\s*(else|try|finally|except|lambda)\s*:$`)
)

// multiline tells whether a suggestion at offset may have several lines: where
// a block or a statement begins, and nothing stands behind the cursor.
func multiline(l *language, text string, offset int, p surroundings, a Analysis) (bool, Reason) {
	switch {
	case a.InString:
		return false, InsideString
	case a.InComment:
		return false, InsideComment
	case strings.Trim(text[offset:lineEnd(text, offset)], " \t)]};,") != "":
		return false, CodeAfter
	case insideBrackets(l, text, p):
		return false, InsideBrackets
	}

	line := strings.TrimRight(text[lineStart(text, offset):offset], " \t")
	if line == "" {
		return blankLine(l, text, offset, p)
	}
	if startsBlock(l, line) {
		return true, BlockBody
	}
	if isSignature(l, text, offset, p, a) || p.lacksBlock(l, line) && !isContinued(line) {
		return true, Signature
	}
	return false, InStatement
}

// insideBrackets tells whether the innermost bracket holds expressions rather
// than statements.
func insideBrackets(l *language, text string, p surroundings) bool {
	n := len(p.open)
	if n == 0 || p.markup || l.Lexis.Prose {
		return false
	}
	b := p.open[n-1]
	if l.Closers != nil && l.Block != nil && matches(l.Block, text[b.pos:lineEnd(text, b.pos)]) {
		return false // f(function()
	}
	return l.Colon || b.char != '{'
}

// blankLine judges an empty line by the code above it.
func blankLine(l *language, text string, offset int, p surroundings) (bool, Reason) {
	above := strings.TrimRight(text[:lineStart(text, offset)], " \t\r\n")
	last := text[lineStart(text, len(above)):len(above)]
	switch {
	case startsBlock(l, last) || l.Above != nil && matches(l.Above, last) && !endsBlock(l, last):
		return true, BlockBody
	case isComment(l, last):
		return true, AfterComment
	case l.Grammar == nil && columnAround(text, offset) > columnOf(last, 0) && last != "":
		return true, BlockBody
	case !p.markup && isContinued(last) && p.last == last[len(last)-1]:
		return false, InStatement
	}
	return true, BlankLine
}

// isContinued tells whether a line ends in the midst of an expression.
func isContinued(line string) bool {
	return line != "" && strings.IndexByte("=+-*/%&|^<>?.!\\", line[len(line)-1]) >= 0
}

// startsBlock tells whether a block may follow a line.
func startsBlock(l *language, line string) bool {
	if !opensBlock(l, line) {
		return !l.Colon && matches(caseLabel, line)
	}
	return !l.Colon || !matches(annotation, line) || matches(bareBlock, line)
}

// endsBlock tells whether a line ends the block that it began, as one-liners
// do.
func endsBlock(l *language, line string) bool {
	for _, closer := range l.Closers {
		if strings.HasSuffix(strings.TrimRight(line, " \t\r"), closer) {
			return true
		}
	}
	return false
}

// isComment tells whether a line is nothing but a comment, or ends one.
func isComment(l *language, line string) bool {
	line = strings.TrimSpace(line)
	for _, open := range l.Lexis.Line {
		if strings.HasPrefix(line, open) {
			return true
		}
	}
	open, shut := l.Lexis.Block[0], l.Lexis.Block[1]
	return open != "" && strings.HasSuffix(line, shut) && (strings.HasPrefix(line, open) || !strings.Contains(line, open))
}

// isSignature tells whether what ends at offset is a function's whole
// signature and lacks the body.
func isSignature(l *language, text string, offset int, p surroundings, a Analysis) bool {
	if l.Signature == nil {
		return false
	}
	// Its parameters may have begun further up.
	header := strings.TrimRight(text[p.statementStart(text, offset):offset], " \t\r\n")
	if !matches(l.Signature, header) {
		return false
	}
	if l.CallsAlike {
		// A call looks the same; but functions have none within.
		if n := len(a.Enclosing); n > 0 && a.Enclosing[n-1].Kind == lang.Function {
			return false
		}
		return !cStatement.MatchString(header)
	}
	return true
}

var cStatement = regexp.MustCompile(`^\s*(return|else|if|while|for|switch|case|goto|throw|new|delete|co_\w+)\b`)
