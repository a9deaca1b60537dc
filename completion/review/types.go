package review

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
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
			if d.Kind != lang.Class && d.Kind != lang.Interface && d.Kind != lang.Module {
				continue
			}
			text := s.masked[d.Whole.Start:d.Whole.End]
			if d.Kind != lang.Module && d.Name != "" && len(text) <= maxTypeText {
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

// declares matches what most languages begin the declaration of a type with.
var declares = regexp.MustCompile(`\b(?:type|class|struct|interface|enum|trait|record|union|protocol|object)\s+([\pL_][\pL\pN_]*)`)

// siblings are the types of files beside the reviewed ones. A file is parsed
// when a signature names a type that it seems to declare.
type siblings struct {
	find  func(path string) []Sibling // nil: there are none
	trees *syntax.Cache
	known typeIndex
	where map[string]map[string]Sibling // by folder and language, then by the name of a type
}

// add looks for the types that a signature names and nobody knows yet.
func (b *siblings) add(u unit, head string) {
	if b.find == nil {
		return
	}
	folder := path.Dir(u.file.Path) + " " + u.language
	declared, ok := b.where[folder]
	if !ok {
		declared = map[string]Sibling{}
		for _, f := range b.find(u.file.Path) {
			if lang.IdentifierOf(f.Path) != u.language || !utf8.Valid(f.Text) || bytes.IndexByte(f.Text, 0) >= 0 {
				continue
			}
			for _, m := range declares.FindAllSubmatch(f.Text, -1) {
				if _, twice := declared[string(m[1])]; !twice {
					declared[string(m[1])] = f
				}
			}
		}
		b.where[folder] = declared
	}
	for _, name := range word.FindAllString(head, 200) {
		f, ok := declared[name]
		if _, known := b.known[u.language+" "+name]; known || !ok {
			continue
		}
		b.known.add(newSource(diff.File{Path: f.Path, New: f.Text}, b.trees))
		for other, same := range declared {
			if same.Path == f.Path {
				delete(declared, other) // all of it is known now
			}
		}
	}
}
