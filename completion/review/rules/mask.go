package rules

import (
	"bytes"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
)

// Secrets are the places of a text that look like credentials, in order and
// apart: the whole of each, so that it can be hidden. It goes by the same forms as
// the findings, everywhere in the text, in tests and in what did not change, too.
func Secrets(path, text string) []syntax.Range {
	c := newChange(diff.File{Path: path, New: []byte(text), Hunks: []diff.Hunk{{NewStart: 1, NewLines: 1 + strings.Count(text, "\n")}}}, nil)
	var list []syntax.Range
	c.issued(func(kind *issuedKind, l line, start, end int) {
		if kind.name == privateKey {
			end = endOfKey(text, end)
		}
		list = append(list, syntax.Range{Start: start, End: end})
	})
	c.lines(func(l line) {
		for _, a := range assigned(l.text, c.kind.config, c.kind.env) {
			list = append(list, syntax.Range{Start: l.start + a.start, End: l.start + a.end})
		}
	})
	slices.SortFunc(list, func(a, b syntax.Range) int { return a.Start - b.Start })
	apart := list[:0]
	for _, r := range list {
		if n := len(apart); n > 0 && r.Start < apart[n-1].End {
			apart[n-1].End = max(apart[n-1].End, r.End)
			continue
		}
		apart = append(apart, r)
	}
	return apart
}

// endOfKey is where a private key ends that begins after its header: before the
// line that says so, or with the text.
func endOfKey(text string, start int) int {
	const most = 16 << 10
	rest := text[start:min(len(text), start+most)]
	if i := strings.Index(rest, "-----END"); i >= 0 {
		return start + i
	}
	return start + len(rest)
}

// Mask puts an x in the place of each byte of what looks like a credential. What
// the syntax is made of stays: line ends, quotes, blanks and escapes. The places
// of all else, and how many bytes and lines there are, do not change.
func Mask(path, text string) string {
	secrets := Secrets(path, text)
	if len(secrets) == 0 {
		return text
	}
	masked := []byte(text)
	for _, r := range secrets {
		mask(masked[r.Start:r.End])
	}
	return string(masked)
}

func mask(secret []byte) {
	for i := 0; i < len(secret); i++ {
		switch b := secret[i]; {
		case bytes.IndexByte([]byte(" \t\r\n\"'`,-"), b) >= 0:
		case b == '\\' && i+1 < len(secret):
			i++ // what is escaped stays, and digits behind it stay digits
			for i+1 < len(secret) && isHex(secret[i+1]) && bytes.IndexByte([]byte("xuU01234567"), secret[i]) >= 0 {
				i++
				secret[i] = '0'
			}
		default:
			secret[i] = 'x'
		}
	}
}

func isHex(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' }
