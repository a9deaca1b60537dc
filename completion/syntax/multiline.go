package syntax

import (
	"regexp"
	"strings"
)

var (
	// caseLabel is a line that lets statements follow in a switch.
	caseLabel = regexp.MustCompile(`^\s*(case\b.*|default\s*):$`)
	// annotation is a name and a colon that wait for a type, in a language
	// where a colon also opens a block.
	annotation = regexp.MustCompile(`^\s*[\w.]+\s*:$`)
	bareBlock  = regexp.MustCompile(`^\s*(else|try|finally|except|lambda)\s*:$`)
	// continued is a line that ends in the midst of an expression.
	continued = "=+-*/%&|^<>?.!\\"
)

// multiline tells whether a suggestion at offset may have several lines: where
// a block or a statement begins, and nothing stands behind the cursor.
func multiline(l *language, text string, offset int, p place, a Analysis) (bool, Reason) {
	switch {
	case a.InString:
		return false, InsideString
	case a.InComment:
		return false, InsideComment
	case strings.Trim(text[offset:lineEnd(text, offset)], " \t)]};,") != "":
		return false, CodeAfter
	case insideBrackets(l, p):
		return false, InsideBrackets
	}

	line := strings.TrimRight(text[lineStart(text, offset):offset], " \t")
	if line == "" {
		return blankLine(l, text, offset, p)
	}
	if startsBlock(l, line) {
		return true, BlockBody
	}
	if isSignature(l, text, offset, p, a) {
		return true, Signature
	}
	return false, InStatement
}

// insideBrackets tells whether the innermost bracket holds expressions rather
// than statements.
func insideBrackets(l *language, p place) bool {
	n := len(p.open)
	return n > 0 && (l.colon || p.open[n-1].char != '{')
}

// blankLine judges an empty line by the code above it.
func blankLine(l *language, text string, offset int, p place) (bool, Reason) {
	above := strings.TrimRight(text[:lineStart(text, offset)], " \t\r\n")
	last := text[lineStart(text, len(above)):len(above)]
	switch {
	case startsBlock(l, last):
		return true, BlockBody
	case isComment(l, last):
		return true, AfterComment
	case p.last != 0 && strings.IndexByte(continued, p.last) >= 0 && strings.HasSuffix(last, string(p.last)):
		return false, InStatement
	}
	return true, BlankLine
}

// startsBlock tells whether a block may follow a line.
func startsBlock(l *language, line string) bool {
	if !opensBlock(l, line) {
		return !l.colon && caseLabel.MatchString(line)
	}
	return !l.colon || !annotation.MatchString(line) || bareBlock.MatchString(line)
}

// isComment tells whether a line is nothing but a comment, or ends one.
func isComment(l *language, line string) bool {
	line = strings.TrimSpace(line)
	for _, open := range l.lexis.line {
		if strings.HasPrefix(line, open) {
			return true
		}
	}
	open, shut := l.lexis.block[0], l.lexis.block[1]
	return open != "" && strings.HasSuffix(line, shut) && (strings.HasPrefix(line, open) || !strings.Contains(line, open))
}

// isSignature tells whether what ends at offset is a function's whole
// signature and lacks the body.
func isSignature(l *language, text string, offset int, p place, a Analysis) bool {
	if l.signature == nil {
		return false
	}
	start := lineStart(text, offset)
	if p.opened >= 0 && p.opened < start && strings.ContainsAny(text[start:offset], ")]") {
		start = lineStart(text, p.opened) // its parameters began further up
	}
	header := strings.TrimRight(text[start:offset], " \t\r\n")
	const longest = 2000
	if len(header) > longest || !l.signature.MatchString(header) {
		return false
	}
	if l.signature == cSignature {
		// A call looks the same; but functions have none within.
		if n := len(a.Enclosing); n > 0 && a.Enclosing[n-1].Kind == Function {
			return false
		}
		return !cStatement.MatchString(header)
	}
	return true
}

var cStatement = regexp.MustCompile(`^\s*(return|else|if|while|for|switch|case|goto|throw|new|delete|co_\w+)\b`)
