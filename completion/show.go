package completion

import (
	"fmt"
	"strings"

	"github.com/airside-ls/airside/completion/filter"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// cut is what is shown of an output: no text, and why, if nothing is.
type cut struct {
	Replacement
	reason     string
	confidence float64 // see Trace.Confidence
	remembered int     // see Trace.Remembered
	beginning  bool    // see Trace.Beginning
}

// show filters what a model has said. stop are the markers of the form that it was
// asked in.
func (e *Engine) show(p place, said output, stop []string) cut {
	c, answer := e.sure(p, said)
	if c.reason != "" {
		return c
	}
	text, reason := filter.Apply(filter.Input{
		Prefix: p.doc.Text[:p.at] + p.selected, Suffix: p.doc.Text[p.end:], Text: answer,
		Stop: stop, Unit: p.analysis.IndentUnit, Prose: lang.Of(p.doc.Language).Fences,
	})
	if text == "" {
		c.reason = reason
		return c
	}
	if c.beginning { // it is no whole statement, and no worse for that
		if odds.Saved(text) < odds.LeastSaved {
			c.reason = "of its sure beginning too little is left"
			return c
		}
	} else if breaks, keep := e.trees.Judge().Breaks(p.doc, syntax.Range{Start: p.start, End: p.end}, p.selected+text); breaks {
		keep -= len(p.selected)
		if keep <= 0 || strings.TrimSpace(text[:keep]) == "" {
			c.reason = "it would break the syntax"
			return c
		}
		text = strings.TrimRight(text[:keep], " \t\r\n")
	}
	if said.odds != nil && !c.beginning {
		c.remembered = said.odds.Expected(said.echo+len(text)) - said.odds.Expected(said.echo)
	}
	c.Replacement = Replacement{Start: p.start, End: p.end, Text: p.selected + text}
	return c
}

// sure keeps of an output what is likely to be right, where the model tells: whole
// lines of it, or, if the first is not, a beginning of that; the cut says so if there is
// none.
func (e *Engine) sure(p place, said output) (c cut, kept string) {
	if said.odds == nil {
		return c, said.text
	}
	c.confidence = said.odds.Of(said.echo + len(said.text))
	least := e.least(p, said.weighs)
	b, begins := said.begun.best()
	for kept = said.text; ; {
		if said.begun != nil && !strings.Contains(strings.TrimSpace(kept), "\n") {
			least = said.begun.leastWhole(b.Text, kept)
		}
		if p := said.odds.Of(said.echo + len(kept)); p >= least {
			c.confidence = p
			return c, kept
		}
		i := strings.LastIndexByte(strings.TrimRight(kept, " \t\n"), '\n')
		if i < 0 {
			break
		}
		kept = kept[:i]
	}
	if begins > 0 {
		c.confidence, c.beginning = begins, true
		return c, b.Text
	}
	c.reason = fmt.Sprintf("the model is not sure enough of it (%.0f%%, less than the %.0f%% asked for)", 100*c.confidence, 100*least)
	return c, ""
}

// wholeLines is what could be shown of an output that is not complete yet: lines
// that end where a statement does, and are likely enough. "" if there are none.
func (e *Engine) wholeLines(p place, said output, stop []string) string {
	for {
		i := strings.LastIndexByte(said.text, '\n')
		if i < 0 {
			return ""
		}
		n, _ := p.ender()(said.text[:i])
		whole := said.text[:n]
		said.text = whole
		text := e.show(p, said, stop).Text
		if text == "" {
			return ""
		}
		said.text = strings.TrimPrefix(text, p.selected)
		if rest, ok := strings.CutPrefix(whole, said.text); ok && strings.TrimSpace(rest) != "" && !strings.HasPrefix(strings.TrimLeft(rest, " \t\r"), "\n") {
			continue // the last line is not whole without what is to come
		}
		after := p.doc.Text[:p.start] + text + "\n"
		if !e.trees.Analyze(syntax.Document{Language: p.doc.Language, Text: after + p.doc.Text[p.end:]}, len(after)).OpensBlock() {
			return text
		}
	}
}
