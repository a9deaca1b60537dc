package review

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// maxMessage bounds what a model says of a finding, in characters.
const maxMessage = 300

// examine asks the model about a unit, and then about each of its findings by
// itself. What it states is compared with the code before anything is believed.
// The claims are those that the findings were made of.
func (a *asker) examine(ctx context.Context, u unit, marker string, trees *syntax.Cache) ([]finding.Finding, []claim, error) {
	answer, err := a.ask(ctx, question{
		prompt: u.firstPrompt(marker), schema: findingsSchema, tokens: answerTokens, enough: enoughClaims,
	})
	if err != nil {
		return nil, nil, err
	}
	claims, readable, whole := readClaims(answer)
	if !whole {
		a.malformed++
	}
	if !readable {
		a.log.Debug("an answer that is no JSON", "path", u.file.Path, "unit", u.name, "answer", oneLine(answer, 200))
		return nil, nil, errNoSense
	}
	type stated struct {
		finding.Finding
		claim claim
	}
	var list []stated
	for _, c := range claims {
		f, ok := u.finding(c, trees)
		if !ok {
			a.log.Debug("a finding that quotes no changed code", "path", u.file.Path, "unit", u.name, "quote", oneLine(c.Quote, 200))
			continue
		}
		if !slices.ContainsFunc(list, func(g stated) bool { return same(f) == same(g.Finding) }) {
			list = append(list, stated{f, c})
		}
	}
	slices.SortStableFunc(list, func(f, g stated) int {
		return slices.Index(severities, f.Severity) - slices.Index(severities, g.Severity)
	})
	var confirmed []finding.Finding
	var sources []claim
	for _, f := range list[:min(len(list), maxPerUnit)] {
		ok, err := a.confirm(ctx, u, marker, f.Finding)
		var nobody errNobody
		if ctx.Err() != nil || errors.As(err, &nobody) {
			return confirmed, nil, err
		}
		if ok {
			confirmed, sources = append(confirmed, f.Finding), append(sources, f.claim)
		}
	}
	return confirmed, sources, nil
}

var errNoSense = errors.New("the model's answer was not the JSON that it was asked for")

// confirm is the second pass. An answer that cannot be read is no confirmation,
// and a prompt that is too long, with a finding in it, gets none.
func (a *asker) confirm(ctx context.Context, u unit, marker string, f finding.Finding) (bool, error) {
	answer, err := a.ask(ctx, question{
		prompt: u.secondPrompt(marker, f), schema: verdictSchema, tokens: verdictTokens, enough: enoughVerdict,
	})
	if err != nil {
		return false, err
	}
	v, ok, whole := readVerdict(answer)
	if !whole {
		a.malformed++
	}
	a.log.Debug("second pass", "path", u.file.Path, "unit", u.name, "message", f.Message, "confirmed", ok && *v.Confirmed, "reason", oneLine(v.Reason, 200))
	return ok && *v.Confirmed, nil
}

// finding makes a claim one of airside's own: the place and its text are those
// of the file, whatever the model said. ok is false when it quotes nothing that
// changed.
func (u unit) finding(c claim, trees *syntax.Cache) (finding.Finding, bool) {
	message := oneLine(c.Message, maxMessage)
	start, end, ok := u.locate(c.Quote)
	if !ok || message == "" {
		return finding.Finding{}, false
	}
	all := end - start
	if start, end, ok = u.open(start, end); !ok {
		return finding.Finding{}, false
	}
	var fix *string
	if end-start == all { // else it would be for what the model did not see
		fix = u.fixFor(start, end, c.Fix, trees)
	}
	p := u.spanOf(start, end)
	return finding.Finding{
		Path: u.file.Path, Start: start, End: end, StartLine: p.first + 1, EndLine: p.last + 1,
		Quote: u.text[start:end], Severity: severityOf(c.Severity), Category: categoryOf(c.Category),
		Message: message, Fix: fix, Source: finding.Model, Unit: u.name,
	}, true
}

// sameness is what makes two findings one.
type sameness struct{ path, quote, category string }

func same(f finding.Finding) sameness {
	return sameness{f.Path, strings.Join(strings.Fields(f.Quote), ""), f.Category}
}

// tooLong tells whether a unit should be cut smaller.
func tooLong(err error) bool { return model.IsKind(err, model.TooLong) }
