package completion

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/rules"
	"github.com/airside-ls/airside/completion/symbols"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// DefinitionsSetting and NoDefinitionsSetting are the settings that have prompts show
// definitions of other files, and that leave files out; reasons name them.
const (
	DefinitionsSetting   = "completion.definitions"
	NoDefinitionsSetting = "completion.definitionsExclude"
)

// Snippet is a definition of another file that a prompt shows.
type Snippet = symbols.Snippet

const (
	// mostDefined bounds the definitions of a prompt, in bytes: about 1,500 tokens.
	mostDefined = 4500
	// definedShare is the part of what can be read while a person waits that shows
	// definitions, and definedRoom that of a prompt that is read whole: the lines
	// before the cursor say more.
	definedShare, definedRoom = 0.5, 0.25
	// leastDefined is how many bytes there has to be room for.
	leastDefined = 60
	// maxForeseen is how many lines are asked of the memory.
	maxForeseen = 8
)

// definitions are what was selected last: while a word is typed nothing changes, so
// that nothing is read again.
type definitions struct {
	mu     sync.Mutex
	path   string
	before string
	budget int
	index  *symbols.Index
	change uint64 // of the index
	chosen []Snippet
	why    string
}

// forget has the next selection made anew: what may be shown has changed.
func (d *definitions) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.index = nil
}

// undefined says in a clause why a model is shown no definitions anywhere, "" where
// it is.
func (e *Engine) undefined(info model.Info) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case !e.opts.Definitions:
		return DefinitionsSetting + " is off"
	case info.Parameters > 0 && info.Parameters < leastHealed || info.PromptTokens > 0:
		return "the model is too small to make use of them"
	}
	return ""
}

// definitionsAt are the definitions that a prompt shows at a place, as far as they
// fit into so many bytes; without any, why says in a clause why there is none.
func (e *Engine) definitionsAt(p place, budget int) (chosen []Snippet, why string) {
	e.mu.Lock()
	left := e.wanted.undefined
	e.mu.Unlock()
	switch {
	case p.analysis.InString || p.analysis.InComment:
		return nil, "the cursor stands in a text"
	case budget < leastDefined:
		return nil, "the model is too slow here to read any"
	}
	index, root := e.workspaces.indexOf(p.file)
	if index == nil {
		return nil, "the file lies in no folder that is open"
	}
	before := p.doc.Text[:settledAt(p.doc.Text, p.at)]
	d := &e.definitions
	d.mu.Lock()
	defer d.mu.Unlock()
	change := index.Changes()
	if d.index == index && d.change == change && d.path == p.file && d.budget == budget && d.before == before {
		return d.chosen, d.why
	}
	place := symbols.Place{
		Root: root, Path: p.file, Language: p.doc.Language, Before: before, After: p.doc.Text[p.end:],
		Excluded: func(path string) bool { return covered(left, path) },
	}
	var header strings.Builder
	header.WriteString(p.before)
	for _, r := range p.analysis.Imports {
		header.WriteString(p.doc.Text[r.Start:min(r.End, len(p.doc.Text))] + "\n")
	}
	place.Header = header.String()
	for _, s := range p.analysis.Enclosing {
		place.Signatures = append(place.Signatures, p.doc.Text[s.Signature.Start:s.Signature.End])
		place.Scope = min(s.Whole.Start, len(before))
	}
	if m := e.remembers(p); m != nil {
		lines := m.Lines("")
		for _, l := range lines[:min(len(lines), maxForeseen)] {
			place.Expected = append(place.Expected, symbols.Expected{Text: p.doc.Text[len(before):p.at] + l.Text, P: l.P})
		}
	}
	chosen = e.workspaces.stillShown(index, root, index.Select(place, budget))
	if len(chosen) == 0 {
		why = "nothing around the cursor is defined in another file"
	}
	d.path, d.before, d.budget, d.index, d.change = p.file, before, budget, index, change
	d.chosen, d.why = chosen, why
	return chosen, why
}

// stillShown are those of the definitions whose files are as they were read, and no
// secrets by now: an index that an earlier process saved may not know.
func (ws *workspaces) stillShown(index *symbols.Index, root string, list []Snippet) []Snippet {
	rules := ws.secrecy()
	gone := map[string]bool{}
	for _, s := range list {
		if _, seen := gone[s.Path]; seen {
			continue
		}
		file := filepath.Join(root, filepath.FromSlash(s.Path))
		info, err := os.Lstat(file)
		gone[s.Path] = err != nil || !index.Knows(file, info.Size(), info.ModTime()) || rules.Secret(file, true) != ""
	}
	return slices.DeleteFunc(list, func(s Snippet) bool { return gone[s.Path] })
}

// settledAt is where what is being written begins: behind the last dot or bracket of
// the line, or where the line begins.
func settledAt(text string, at int) int {
	start := lineStart(text, at)
	return start + strings.LastIndexAny(text[start:at], ".(=>:") + 1
}

func covered(globs []glob, path string) bool {
	if len(globs) == 0 {
		return false
	}
	parts := pathParts(path)
	for _, g := range globs {
		if g.covers(parts) {
			return true
		}
	}
	return false
}

// definedBytes is how much a prompt of so many tokens can show of definitions.
func definedBytes(tokens int, waits patience) int {
	most := float64(tokens) * definedRoom * tokenBytes
	if waits.suffix > 0 {
		most = min(most, float64(waits.tokens)*definedShare*tokenBytes)
	}
	// In steps: another bound may be another selection.
	const step = 60
	return min(mostDefined, int(most)/step*step)
}

// asComment writes definitions as a comment in the language of a file, with an
// indentation: the path of each file, and what it defines.
func asComment(list []Snippet, language, indent string) string {
	if len(list) == 0 {
		return ""
	}
	lexis := lang.Of(language).Lexis
	open, end := "# ", ""
	switch {
	case len(lexis.Line) > 0:
		open = lexis.Line[0] + " "
	case lexis.Block[0] != "":
		open, end = lexis.Block[0]+" ", " "+lexis.Block[1]
	}
	var b strings.Builder
	line := func(text string) {
		if end != "" {
			text = strings.ReplaceAll(text, strings.TrimSpace(end), "")
		}
		b.WriteString(indent + open + text + end + "\n")
	}
	path, owner := "", ""
	for _, s := range list {
		if s.Path != path {
			path, owner = s.Path, ""
			line(filepath.ToSlash(path))
		}
		inside := ""
		if s.Owner != "" {
			if s.Owner != owner {
				line(s.Owner)
			}
			inside = "  "
		}
		owner = s.Owner
		for text := range strings.SplitSeq(s.Text, "\n") {
			line(inside + text)
		}
	}
	return b.String()
}

// noteFor is what a window shows of definitions, for a model here or elsewhere.
func noteFor(list []Snippet, p place, info model.Info) string {
	note := asComment(list, p.doc.Language, p.analysis.Indent)
	if !info.Here() {
		note = rules.Mask(p.file, note)
	}
	return note
}
