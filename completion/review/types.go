package review

import (
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// typeIndex are the types declared in the reviewed files, by language and name.
type typeIndex map[string]typeText

// typeText is the declaration of a type.
type typeText struct {
	path string
	span span
	text string
}

// maxTypeText is the largest declaration, in bytes, that is shown beside a
// signature.
const maxTypeText = 900

func (x typeIndex) add(s *source) {
	var walk func([]syntax.Declaration)
	walk = func(decls []syntax.Declaration) {
		for _, d := range decls {
			if d.Kind != syntax.Class && d.Kind != syntax.Interface && d.Kind != syntax.Module {
				continue
			}
			text := s.text[d.Whole.Start:d.Whole.End]
			if d.Kind != syntax.Module && d.Name != "" && len(text) <= maxTypeText {
				key := s.language + " " + d.Name
				if _, known := x[key]; !known {
					x[key] = typeText{s.file.Path, s.spanOf(d.Whole.Start, d.Whole.End), strings.ReplaceAll(text, "\r\n", "\n")}
				}
			}
			walk(d.Members)
		}
	}
	walk(s.decls)
}

var word = regexp.MustCompile(`[\pL_][\pL\pN_]*`)

// typesOf puts together the types that a unit's signature names and that are
// not shown in it, as far as there is room for them, in bytes.
func (x typeIndex) typesOf(u unit, head string, room int) string {
	var seen []string
	var b strings.Builder
	for _, name := range word.FindAllString(head, 200) {
		t, ok := x[u.language+" "+name]
		if !ok || slices.Contains(seen, name) || b.Len()+len(t.text)+1 > room {
			continue
		}
		seen = append(seen, name)
		if t.path == u.file.Path && slices.ContainsFunc(u.shown, func(p span) bool { return p.first <= t.span.last && t.span.first <= p.last }) {
			continue
		}
		b.WriteString(t.text + "\n")
	}
	return b.String()
}
