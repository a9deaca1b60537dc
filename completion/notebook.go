package completion

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/recall"
)

// Cell is a cell of a notebook.
type Cell struct {
	Language string // LSP language identifier
	Text     string
	Code     bool // it is run; false for prose
}

// maxBefore bounds what [CellsBefore] returns, in bytes: more than a prompt shows.
const maxBefore = 16 << 10

// CellsBefore is what a notebook's kernel has run by the time it comes to a cell in a
// language: the cells of code before it, in their order, with a blank line behind
// each. The first stays where there are too many, for it imports what the others
// use; of the others the last stay, in whole cells, or the end of one that is too
// large by itself.
//
// Cells in other languages are left out, and so is prose: tokens are few.
func CellsBefore(cells []Cell, language string) string {
	first := ""
	for len(cells) > 0 && first == "" {
		first, cells = codeOf(cells[0], language), cells[1:]
	}
	first = firstLines(first, maxBefore/4)
	room := maxBefore - len(first)
	var rest []string // the last first
	for i := len(cells) - 1; i >= 0 && room > 0; i-- {
		text := codeOf(cells[i], language)
		if len(text) > room && len(rest) == 0 {
			text = text[lineAt(text, len(text)-room):]
		}
		if len(text) > room {
			break
		}
		rest, room = append(rest, text), room-len(text)
	}
	slices.Reverse(rest)
	return first + strings.Join(rest, "")
}

// firstLines is the beginning of a text that has at most so many bytes, in lines.
func firstLines(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:strings.LastIndexByte(text[:most], '\n')+1]
}

// codeOf is what a cell is for the cells of a language behind it, with a blank line
// at its end; "" for nothing.
func codeOf(c Cell, language string) string {
	text := strings.Trim(recall.UnixNewlines(c.Text), "\n")
	if !c.Code || c.Language != language || strings.TrimSpace(text) == "" {
		return ""
	}
	if magic, rest, _ := strings.Cut(text, "\n"); strings.HasPrefix(magic, "%%") {
		name, _, _ := strings.Cut(strings.TrimPrefix(magic, "%%"), " ")
		if !sameLanguage[strings.TrimSpace(name)] {
			return "" // %%bash, %%html
		}
		if text = strings.Trim(rest, "\n"); strings.TrimSpace(text) == "" {
			return ""
		}
	}
	return text + "\n\n"
}

// sameLanguage are the magic words of IPython, in a cell's first line, behind which
// the cell's own language goes on.
var sameLanguage = map[string]bool{"time": true, "timeit": true, "capture": true, "prun": true}
