package secrecy

import (
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// pattern is one line of a file in the syntax of .gitignore.
type pattern struct {
	gitignore.Pattern
	text   string
	deep   bool // it ends in /**, and means all that lies below
	placed bool // it has a slash within, and names a place
}

type patterns []pattern

// parse reads such a file.
func parse(text string) patterns {
	var list patterns
	for line := range strings.Lines(strings.TrimPrefix(text, "\uFEFF")) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		body := strings.TrimPrefix(line, `\`) // before a # or a ! that is meant
		if body != line && !strings.HasPrefix(body, "#") {
			body = line
		}
		plain := strings.TrimRight(strings.TrimPrefix(line, "!"), " ")
		list = append(list, pattern{
			gitignore.ParsePattern(body, nil), line,
			strings.HasSuffix(plain, "/**"), strings.Contains(strings.TrimSuffix(plain, "/"), "/"),
		})
	}
	return list
}

// of says what the last pattern that speaks of a path says, and which it is. Its
// folders were asked before: what one says of a folder is no word on what lies in
// it.
func (ps patterns) of(parts []string, isFolder bool) (gitignore.MatchResult, string) {
	for i := len(ps) - 1; i >= 0; i-- {
		p := ps[i]
		if m := p.Match(parts, isFolder); m != gitignore.NoMatch && !p.ofFolder(parts, isFolder) {
			return m, p.text
		}
	}
	return gitignore.NoMatch, ""
}

// ofFolder tells whether a pattern that matches a path means only a folder above
// it, or, with /** at its end, the path as the folder that all below is meant of.
func (p pattern) ofFolder(parts []string, isFolder bool) bool {
	last := len(parts) - 1
	above := last > 0 && p.Match(parts[:last], true) != gitignore.NoMatch
	if p.deep {
		return !above
	}
	return above && (p.placed || p.Match(parts[last:], isFolder) == gitignore.NoMatch)
}

// excludes is the pattern that excludes a file or a folder that it is in, "" for
// none.
func (ps patterns) excludes(parts []string) string {
	if len(ps) == 0 {
		return ""
	}
	for i := range parts {
		if m, text := ps.of(parts[:i+1], i+1 < len(parts)); m == gitignore.Exclude {
			return text
		}
	}
	return ""
}
