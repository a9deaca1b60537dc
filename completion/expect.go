package completion

import (
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/memory"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// DefaultConfidence is Options.Confidence where nobody has chosen another.
const DefaultConfidence = 0.3

// remembers is what the memory of the workspace can say of a place; nil without a
// memory.
func (e *Engine) remembers(p place) *memory.Place {
	m, _ := e.workspaces.of(p.file)
	if m == nil {
		return nil
	}
	return m.At(p.doc.Key, p.doc.Text, p.at, p.end, p.multiline())
}

// expecter has a memory speak to a model. It implements [model.Expecter].
type expecter struct {
	memory *memory.Place // nil remembers nothing
	place  place
	echo   string // what an answer begins with that stands before the cursor
	least  float64
	begun  float64 // see leastBegun
	weighs bool    // see model.Info.Weighs
}

// Expect implements [model.Expecter].
func (x *expecter) Expect(answer string) []model.Continuation {
	missing, added := "", ""
	switch {
	case x.memory == nil:
		return nil
	case strings.HasPrefix(answer, x.echo):
		added = answer[len(x.echo):]
	case strings.HasPrefix(x.echo, answer):
		missing = x.echo[len(answer):]
	default:
		return nil
	}
	lines := x.memory.Lines(x.place.selected + added)
	list := make([]model.Continuation, 0, len(lines))
	begun := lastLine(x.place.doc.Text[:x.place.at] + x.place.selected + added)
	next := fallsInto(x.place.doc.Text[x.place.end:])
	for _, l := range lines {
		if line, _, _ := strings.Cut(begun+l.Text, "\n"); next != "" && strings.TrimSpace(line) == next {
			continue
		}
		list = append(list, model.Continuation{Text: missing + l.Text, P: l.P, Ends: !x.place.multiline()})
	}
	return list
}

// minFallen is how long a line is, in bytes, at least, for its repetition to mean
// something: "}" or "i++" may well follow itself.
const minFallen = 6

// fallsInto is the line that is reached next when the blocks around a place have
// ended, "" when the place's own line goes on. Nobody writes it once more before
// them, though a memory knows it well.
func fallsInto(after string) string {
	rest, after, _ := strings.Cut(after, "\n")
	if strings.TrimSpace(rest) != "" {
		return ""
	}
	for line := range strings.Lines(after) {
		if line = strings.TrimSpace(line); line != "" && line != "end" && strings.Trim(line, "})];,") != "" {
			if len(line) < minFallen {
				return ""
			}
			return line
		}
	}
	return ""
}

func lastLine(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }

// Closes implements [model.Expecter].
func (x *expecter) Closes() string {
	if x.place.multiline() {
		return ""
	}
	rest, _, _ := strings.Cut(x.place.doc.Text[x.place.end:], "\n")
	if rest = strings.TrimSpace(rest); rest == "" {
		return "\n"
	}
	return rest[:1]
}

// least is how likely a suggestion must be to be right for it to be shown at a
// place: who asks by a key gets it whatever it is. A model that weighs
// ([model.Info.Weighs]) is doubted in no language.
func (e *Engine) least(p place, weighs bool) float64 {
	if p.invoked {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if weighs {
		return e.opts.Confidence
	}
	return ConfidenceAsked(e.opts.Confidence, p.doc.Language)
}

// ConfidenceAsked is what [Options.Confidence] means in a language: how likely a
// suggestion must be to be right there, by what the model says. 0 and 1 mean
// themselves everywhere.
func ConfidenceAsked(confidence float64, language string) float64 {
	by := lang.Of(language).Doubt
	if by == 0 || confidence <= 0 || confidence >= 1 {
		return confidence
	}
	return 1 / (1 + (1-confidence)/confidence*math.Exp(-by))
}
