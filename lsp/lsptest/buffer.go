package lsptest

import (
	"strings"
	"unicode/utf16"
)

// Position is LSP's: Line from 0, Character from 0 in units of the negotiated
// encoding.
type Position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// Range is LSP's.
type Range struct {
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// buffer is the editor's own copy of a document. Its conversions are slow and
// obvious.
type buffer struct {
	uri, language string
	version       int
	text          string
}

// units counts s in an encoding ("utf-8", "utf-16", "utf-32").
func units(s, encoding string) int {
	switch encoding {
	case "utf-8":
		return len(s)
	case "utf-32":
		return len([]rune(s))
	default:
		return len(utf16.Encode([]rune(s)))
	}
}

// lines cuts a text at \n, \r\n and \r; each line keeps its ending.
func lines(text string) []string {
	var list []string
	for {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 {
			return append(list, text)
		}
		end := i + 1
		if strings.HasPrefix(text[i:], "\r\n") {
			end++
		}
		list = append(list, text[:end])
		text = text[end:]
	}
}

// position converts a byte offset of text.
func position(text string, offset int, encoding string) Position {
	before := lines(text[:offset])
	last := before[len(before)-1]
	return Position{Line: len(before) - 1, Character: units(last, encoding)}
}

// offset converts a position to a byte offset of text; ok is false if there is
// no such place, to which then the nearest one before is returned.
func offset(text string, p Position, encoding string) (at int, ok bool) {
	all := lines(text)
	if p.Line >= len(all) {
		return len(text), false
	}
	for _, line := range all[:p.Line] {
		at += len(line)
	}
	line := strings.TrimRight(all[p.Line], "\r\n")
	width := p.Character
	for _, r := range line {
		w := units(string(r), encoding)
		if width < w {
			return at, width == 0
		}
		width -= w
		at += len(string(r))
	}
	return at, width == 0
}
