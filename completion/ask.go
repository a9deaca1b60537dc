package completion

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/airside-ls/airside/completion/awake"
	"github.com/airside-ls/airside/completion/filter"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// question is what a backend is asked.
type question struct {
	place     place
	maxTokens int // of the answer
	timeout   time.Duration
	priority  model.Priority
	heard     hearer // nil when nobody listens
}

// errTooSlow is the end of a generation that takes longer than a question allows.
var errTooSlow = errors.New("no answer in time")

// hearer is told the answer so far, as it grows, for a place and in a form with
// these markers. told says how likely it is, where the model does.
type hearer func(p place, stop []string, answer string, told Trace)

// suggest asks one backend, and remembers its suggestion as how.
func (e *Engine) suggest(ctx context.Context, choice selector.Choice, q question, how How, t *Trace) (Result, *remembered, error) {
	start := time.Now()
	if t.withheld = e.Withheld(q.place.doc.Key, choice.Info); t.withheld != "" {
		return none(t, t.withheld), nil, nil
	}
	q.priority = model.Typing
	if t.Speculative {
		q.priority = model.Ahead
	}
	answer, err := e.ask(ctx, choice, q, t)
	if err != nil {
		return Result{}, nil, err
	}
	if e.selfTests() {
		e.tested.begin(e, choice)
	}
	if !t.Cached && !t.Speculative {
		e.stats.answered(choice.Info.Backend, choice.Info.Model, time.Since(start))
	}
	res := e.show(q.place, answer, prompt.Choose(choice.Info).Stop, t)
	if len(res.Suggestions) == 0 {
		return res, nil, nil
	}
	t.ID = e.traces.newID()
	found := e.memory.remember(askedOf(choice.Info, q.maxTokens), q.place, t.Shown, t.ID, how)
	t.fate = found.fate
	return res, &found, nil
}

func none(t *Trace, reason string) Result {
	t.Reason = reason
	return Result{Reason: reason}
}

// leastHealed is how many parameters a model has at least for a cursor inside a
// token to be healed: the small model of this binary, held to the indentation that
// it did not write, repeats the line above.
const leastHealed = 3e8

// ask gets the model's answer, from the cache if the same prompt was answered
// before. A prompt that does not fit is cut again, smaller.
func (e *Engine) ask(ctx context.Context, choice selector.Choice, q question, t *Trace) (string, error) {
	info, p := choice.Info, q.place
	form := prompt.Choose(info)
	t.Backend, t.Model, t.Form, t.weighs = info.Backend, info.Model, form.Name, info.Weighs
	var expects *expecter
	if info.Expects && t.Alternative == 0 {
		expects = &expecter{memory: e.remembers(p), place: p, least: e.least(p, info.Weighs), weighs: info.Weighs}
	}
	judge := e.judge(info, p, t)
	// At least one: a backend takes 0 for "no bound".
	maxTokens := max(1, min(q.maxTokens, info.ContextTokens/2))
	room := min(e.room(info), info.ContextTokens-maxTokens)
	if !p.multiline() {
		maxTokens = min(maxTokens, singleLineTokens)
	}
	served, wait := keyOf(info), e.wait()
	if info.PromptTokens > 0 {
		wait = 0 // prompts as short as that are read at once
	}
	var waits patience
	if wait > 0 {
		e.ahead.settled(ctx)
		speed := e.stats.speed(info.Backend, info.Model).presumed(info.Parameters)
		room = min(room, e.readings.roomFor(served, speed))
		waits = patienceFor(speed, wait)
		maxTokens = min(maxTokens, waits.answer)
	}

	small := info.Parameters > 0 && info.Parameters < leastHealed
	heal := form.Whole && !small && (info.Demands || !info.Expects) && p.selected == "" && !insideWord(p.doc.Text, p.at)
	for tokens := room; ; {
		start := time.Now()
		window := e.window(p, info, form, tokens, waits)
		if wait > 0 {
			window = e.readings.inTime(served, p, form, window, waits)
			window.Begun += p.selected
		} else {
			window.Prefix += p.selected
		}
		built := form.Build(window)
		if heal {
			built = form.BuildHealed(window)
		}
		t.Prompt = built.Prompt.String()
		t.PromptTime += time.Since(start)

		key := strings.Join([]string{info.Backend, info.Endpoint, info.Model, form.Name, fmt.Sprint(maxTokens, t.Multiline, t.Alternative), t.Prompt, built.Echo}, "\x00")
		// What a memory says changes with every edit, wherever it is.
		if answer, ok := e.cache.get(key); ok && expects == nil {
			t.Cached, t.CachedBy, t.Raw = true, Exact, answer.text
			return judge.told(answer, built.Echo, t), nil
		}
		e.log.Debug("asking", "backend", info.Backend, "model", info.Model, "bytes", len(t.Prompt), "multiline", t.Multiline)
		if expects != nil {
			expects.echo = built.Echo
		}
		has := e.readings.has(served, t.Prompt)
		q.maxTokens = maxTokens
		alive := new(atomic.Bool)
		resp, diverged, err := generate(ctx, choice.Backend, q, built, form, t.Alternative, e.reads(served, t.Prompt, alive), expects, judge)
		if model.IsKind(err, model.TooLong) && tokens > 128 {
			e.log.Debug("prompt cut again", "tokens", tokens, "error", err)
			tokens /= 2
			continue
		}
		if diverged && heal { // a backend that cannot be held to what is typed
			heal = false
			continue
		}
		if errors.Is(err, errTooSlow) && (alive.Load() || e.isAtWork(ctx, choice, estimate(built.Prompt, has), q.timeout)) {
			err = e.slow(info, q.timeout)
		} else if errors.Is(err, errTooSlow) {
			err = hung(choice.Backend, info, q.timeout)
		}
		if err != nil {
			return "", err
		}
		e.readings.read(served, t.Prompt, has, resp.Usage.CachedTokens, resp.Usage.PromptTokens)
		e.stats.spoke(info.Backend, info.Model, resp.Usage, estimate(built.Prompt, has))
		t.PromptTokens, t.CachedPromptTokens = resp.Usage.PromptTokens, resp.Usage.CachedTokens
		t.GeneratedTokens, t.FirstToken = resp.Usage.GeneratedTokens, resp.Usage.FirstToken
		t.Raw = resp.Text
		if t.odds = resp.Usage.Odds; t.odds != nil {
			t.echo = len(built.Echo)
			return resp.Text, nil
		}
		answer := answered{text: resp.Text}
		if judge != nil {
			answer.tokens = judge.likely.Tokens
		}
		if !judge.gaveUp() { // who asks by a key gets the whole of it
			e.cache.put(key, answer)
		}
		return judge.told(answer, built.Echo, t), nil
	}
}

// reads notes that a model begins to read a prompt, and returns what notes how far it
// has come ([model.Request.OnReading]): alive is set by each sign of that.
func (e *Engine) reads(served servedModel, text string, alive *atomic.Bool) func(read, of int) {
	e.readings.begin(served, text)
	return func(read, of int) {
		alive.Store(true)
		e.readings.reading(served, text, read, of)
	}
}

// room is how many tokens a prompt may have. It does not depend on how much is
// wanted of an answer: a prompt that begins elsewhere with every line is read all
// over again.
func (e *Engine) room(info model.Info) int {
	room := min(info.ContextTokens-min(e.maxTokens(), info.ContextTokens/2), maxPromptTokens)
	if info.PromptTokens > 0 {
		room = min(room, info.PromptTokens)
	}
	return room
}

// window is what a prompt of so many tokens can show of a place. A model that is
// slow (waits is set) gets the document's beginning, which is read ahead, and less
// of what follows the cursor.
func (e *Engine) window(p place, info model.Info, form prompt.Form, tokens int, waits patience) prompt.Window {
	budget, keep := prompt.BudgetFor(tokens, form), p.keep()
	if waits.suffix > 0 {
		if !form.SuffixFirst {
			budget.Suffix = min(budget.Suffix, waits.suffix)
		}
		if head := headBytes(p.doc.Text[:p.at], budget); waits.tokens < tokens && head > 0 {
			keep = []prompt.Range{{Start: 0, End: head}}
		}
	}
	w := normalizeNewlines(prompt.Cut(p.doc.Text[:p.at], p.doc.Text[p.end:], budget, keep))
	w.Path, w.Language = path.Base(filepath.ToSlash(p.doc.Key)), p.doc.Language
	if !info.Here() {
		w = withoutCredentials(w)
	}
	return w
}

// generate asks the backend, and stops it as soon as the suggestion has ended.
// The text it returns lacks the prompt's echo; diverged says that it was another
// one. alternative 0 decodes greedily, the
// others sample.
func generate(ctx context.Context, b model.Backend, q question, built prompt.Built, form prompt.Form, alternative int, reads func(read, of int), expects *expecter, judge *judge) (resp model.Response, diverged bool, err error) {
	limited, cancel, slept := awake.WithTimeout(ctx, q.timeout)
	defer cancel()
	p, alive := q.place, sync.OnceFunc(func() { reads(1, 1) }) // whoever writes has read all of it
	end := p.ender()
	stop := form.Stop
	if !p.multiline() {
		stop = append([]string{"\n"}, stop...)
	}
	temperature := 0.0
	if alternative > 0 {
		temperature = sampleTemperature
	}
	var text strings.Builder
	var r model.Request
	r = model.Request{
		Prompt: built.Prompt, MaxTokens: q.maxTokens + min(len(built.Echo), q.maxTokens), Demand: built.Echo, Stop: stop, Temperature: temperature, Seed: alternative,
		Priority: q.priority, OnReading: reads,
		OnText: func(chunk string) error {
			alive()
			text.WriteString(chunk)
			answer, ok := cutEcho(text.String(), built.Echo)
			if _, certain := end(answer); certain || !ok {
				return model.ErrEnough
			}
			if q.heard != nil {
				told := Trace{odds: r.Told, echo: len(built.Echo), weighs: expects != nil && expects.weighs}
				if judge != nil {
					told.odds, told.weighs = judge.soFar(answer, built.Echo), true
				}
				q.heard(p, form.Stop, answer, told)
			}
			if judge.hopeless(answer, built.Echo) {
				return model.ErrEnough
			}
			return nil
		},
	}
	if expects != nil {
		r.Expect, r.Least, r.Told = expects, expects.least, new(model.Odds)
	}
	if judge != nil {
		judge.begin()
		r.Likely = judge.likely
	}
	resp, err = model.Generate(limited, b, r)
	if slept() > 0 { // nobody was slow
		resp.Usage.FirstToken, resp.Usage.Reading, resp.Usage.Writing = 0, 0, 0
	}
	if err != nil && ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		err = errTooSlow
	}
	if err != nil {
		return model.Response{}, false, err
	}
	answer, ok := cutEcho(resp.Text, built.Echo)
	if !ok {
		answer = "" // it went on in another way than the document does
	}
	n, _ := end(answer)
	if i := strings.LastIndexByte(answer[:n], '\n'); i >= 0 && resp.StopReason == "length" {
		n = i // cut for want of time: what is shown ends with a whole line, and a whole statement
	}
	resp.Text = answer[:n]
	return resp, !ok, nil
}

// cutEcho removes echo, or as much of it as has come, from the text's start.
// ok is false when the text begins otherwise.
func cutEcho(text, echo string) (rest string, ok bool) {
	if len(text) < len(echo) {
		return "", strings.HasPrefix(echo, text)
	}
	return strings.CutPrefix(text, echo)
}

// show filters the answer. stop are the markers of the form that was asked in.
func (e *Engine) show(p place, answer string, stop []string, t *Trace) Result {
	answer, reason := e.sure(p, answer, t)
	if reason != "" {
		return none(t, reason)
	}
	text, reason := filter.Apply(filter.Input{
		Prefix: p.doc.Text[:p.at] + p.selected, Suffix: p.doc.Text[p.end:], Text: answer,
		Stop: stop, Unit: p.analysis.IndentUnit, Prose: lang.Of(p.doc.Language).Fences,
	})
	if text == "" {
		return none(t, reason)
	}
	if breaks, keep := e.trees.Judge().Breaks(p.doc, syntax.Range{Start: p.start, End: p.end}, p.selected+text); breaks {
		keep -= len(p.selected)
		if keep <= 0 || strings.TrimSpace(text[:keep]) == "" {
			return none(t, "it would break the syntax")
		}
		text = strings.TrimRight(text[:keep], " \t\r\n")
	}
	if t.odds != nil {
		t.Remembered = t.odds.Expected(t.echo+len(text)) - t.odds.Expected(t.echo)
	}
	t.Shown = p.selected + text
	return Result{Suggestions: []Suggestion{{Replacement: Replacement{Start: p.start, End: p.end, Text: t.Shown}}}}
}
