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
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/recall"
)

// question is what a backend is asked.
type question struct {
	place     place
	sample    int // see Trace.Alternative
	maxTokens int // of the answer
	timeout   time.Duration
	priority  model.Priority
	silence   time.Duration // how long there may be no sign of the model being at it; 0: as long as timeout
	heard     hearer        // nil when nobody listens
}

var (
	// errTooSlow is the end of a generation that takes longer than a question allows.
	errTooSlow = errors.New("no answer in time")
	// errSilent is that of one that has given no sign of life for too long.
	errSilent = errors.New("no sign of life in time")
)

// output is what a model says: whole, or as far as it has come.
type output struct {
	text   string
	odds   *model.Odds // how likely it is; nil when the model does not tell
	echo   int         // bytes that they count before the text
	weighs bool        // they hold in every language
	begun  *begun      // nil until it is complete, and where nobody tells
}

// exchange is what a model was asked, now or before, and what it said.
type exchange struct {
	prompt     string // as sent
	promptTime time.Duration
	how        Shortcut // it was answered without the model; "" when that was asked
	raw        string   // what the model generated
	usage      model.Usage
	output     output

	snippets   []Snippet // see Trace
	noSnippets string
}

// hearer is told what a model has said so far, as it grows, for a place and in a form
// with these markers.
type hearer func(p place, said output, stop []string)

// suggest asks one backend, and remembers its suggestion as how.
func (e *Engine) suggest(ctx context.Context, a *attempt, choice selector.Choice, q question, how Shortcut) error {
	start := time.Now()
	if a.withheld = e.Withheld(q.place.file, choice.Info); a.withheld != "" {
		a.cut.reason = a.withheld
		return nil
	}
	a.asked = askedOf(choice.Info, q.maxTokens)
	before := a.exchange.promptTime // of a backend that failed
	x, err := e.ask(ctx, choice, q)
	x.promptTime += before
	if a.exchange = x; err != nil {
		return err
	}
	if e.selfTests() {
		e.tested.begin(e, choice)
	}
	if x.how == "" && !a.speculative {
		e.stats.answered(choice.Info.Backend, choice.Info.Model, time.Since(start), x.usage.FirstToken)
	}
	if a.cut = e.show(q.place, x.output, prompt.Choose(choice.Info).Stop); a.cut.Text == "" {
		return nil
	}
	a.id = e.traces.newID()
	remember := e.suggestions.Remember
	if a.cut.beginning {
		remember = e.suggestions.RememberBegun
	}
	found := remember(a.asked, q.place.hole(), a.cut.Text, a.id, how)
	a.found, a.fate = &found, found.Fate
	return nil
}

// leastHealed is how many parameters a model has at least for a cursor inside a
// token to be healed: the small model of this binary, held to the indentation that
// it did not write, repeats the line above.
const leastHealed = 3e8

// ask gets the model's answer, from the cache if the same prompt was answered
// before. A prompt that does not fit is cut again, smaller.
func (e *Engine) ask(ctx context.Context, choice selector.Choice, q question) (x exchange, err error) {
	info, p := choice.Info, q.place
	form := prompt.Choose(info)
	var expects *expecter
	var judge *judge
	if q.sample == 0 {
		judge = e.judge(info, p)
		if info.Expects {
			expects = &expecter{memory: e.remembers(p), place: p, least: e.least(p, info.Weighs), weighs: info.Weighs}
			if o, ok := odds.Of(info.Parameters); ok {
				expects.begun = expects.leastBegun(o)
			}
		}
	}
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
	revived := false // its server has been started anew for this question
	for tokens := room; ; {
		start := time.Now()
		window, snippets, why := e.window(p, info, form, tokens, waits)
		if wait > 0 {
			window = e.readings.inTime(served, p, form, window, waits)
			window.Begun += p.selected
		} else {
			window = withLineApart(window)
			window.Append(p.selected)
		}
		if x.snippets, x.noSnippets = snippets, why; window.Note == "" && why == "" {
			x.snippets, x.noSnippets = nil, "the lines before the cursor have to be read first"
		}
		built := form.Build(window)
		if heal {
			built = form.BuildHealed(window)
		}
		x.prompt = built.Prompt.String()
		x.promptTime += time.Since(start)

		key := strings.Join([]string{info.Backend, info.Endpoint, info.Model, form.Name, fmt.Sprint(maxTokens, p.multiline(), q.sample, p.length), x.prompt, built.Echo}, "\x00")
		// What a memory says changes with every edit, wherever it is.
		if answer, ok := e.answers.Get(key); ok && expects == nil {
			x.how, x.raw, x.output = Exact, answer.Text, judge.told(answer, built.Echo)
			return x, nil
		}
		e.log.Debug("asking", "backend", info.Backend, "model", info.Model, "bytes", len(x.prompt), "multiline", p.multiline())
		if expects != nil {
			expects.echo = built.Echo
		}
		has := e.readings.has(served, x.prompt)
		q.maxTokens, q.silence = maxTokens, 0
		if q.priority == model.Typing && !revived { // others wait for their turn, and one that is started anew loads
			q.silence = e.silence(choice.Backend, info, estimate(built.Prompt, 0))
		}
		alive := new(atomic.Bool)
		resp, diverged, err := generate(ctx, choice.Backend, q, built, form, e.reads(served, x.prompt, alive), expects, judge)
		if model.IsKind(err, model.TooLong) && tokens > 128 {
			e.log.Debug("prompt cut again", "tokens", tokens, "error", err)
			tokens /= 2
			continue
		}
		if diverged && heal { // a backend that cannot be held to what is typed
			heal = false
			continue
		}
		if errors.Is(err, errSilent) && restarts(choice.Backend) {
			e.log.Warn("a model that gives no sign of life is loaded anew", "backend", info.Backend, "model", info.Model, "after", q.silence)
			revived = true
			continue
		}
		within := q.timeout
		if errors.Is(err, errSilent) {
			err, within = errTooSlow, q.silence
		}
		if errors.Is(err, errTooSlow) && (alive.Load() || e.isAtWork(ctx, choice, estimate(built.Prompt, has), within)) {
			err = e.slow(info, within)
		} else if errors.Is(err, errTooSlow) {
			err = hung(choice.Backend, info, within)
		}
		if err != nil {
			return x, err
		}
		e.readings.read(served, x.prompt, has, resp.Usage.CachedTokens, resp.Usage.PromptTokens)
		e.stats.spoke(info.Backend, info.Model, resp.Usage, estimate(built.Prompt, has))
		x.raw, x.usage = resp.Text, resp.Usage
		if resp.Usage.Odds != nil {
			x.output = output{resp.Text, resp.Usage.Odds, len(built.Echo), info.Weighs, nil}
			if o, ok := odds.Of(info.Parameters); ok && expects != nil {
				x.output.begun = expects.beginnings(o, resp.Usage.Odds.Line, resp.Usage.Odds.Tokens, resp.Usage.Odds.Ended, built.Echo)
			}
			return x, nil
		}
		answer := recall.Answer{Text: resp.Text, Ended: resp.StopReason == "stop"}
		if judge != nil {
			answer.Tokens = judge.likely.Tokens
		}
		if !judge.gaveUp() { // who asks by a key gets the whole of it
			e.answers.Put(key, answer)
		}
		x.output = judge.told(answer, built.Echo)
		return x, nil
	}
}

// reads notes that a model begins to read a prompt, and returns what notes how far it
// has come ([model.Request.OnReading]): alive is set by each sign of that.
func (e *Engine) reads(served servedModel, text string, alive *atomic.Bool) func(read, of int) {
	e.readings.begin(served, text)
	return e.noting(served, text, alive)
}

// noting is reads for who loses nothing of other texts.
func (e *Engine) noting(served servedModel, text string, alive *atomic.Bool) func(read, of int) {
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
// of what follows the cursor. snippets are what its note has, see [Trace].
func (e *Engine) window(p place, info model.Info, form prompt.Form, tokens int, waits patience) (w prompt.Window, snippets []Snippet, why string) {
	why = e.undefined(info)
	note := ""
	if why == "" {
		most := definedBytes(tokens, waits)
		snippets, why = e.definitionsAt(p, most)
		note = noteFor(snippets, p, info)
		// As much less, whatever was selected, so that the window begins at the same line.
		tokens -= int(float64(most) / tokenBytes)
	}
	budget, keep := prompt.BudgetFor(tokens, form), p.keep()
	before := p.before + p.doc.Text[:p.at]
	if waits.suffix > 0 {
		if !form.SuffixFirst {
			budget.Suffix = min(budget.Suffix, waits.suffix)
		}
		if head := headBytes(before, budget); waits.tokens < tokens && head > 0 {
			keep = []prompt.Range{{Start: 0, End: head}}
		}
	}
	w = normalizeNewlines(prompt.Cut(before, p.doc.Text[p.end:], budget, keep))
	w.Path, w.Language = path.Base(filepath.ToSlash(p.file)), p.doc.Language
	if !info.Here() {
		w = withoutCredentials(w)
	}
	w.Note = note
	return w, snippets, why
}

// withLineApart has a note stand before the line that is written.
func withLineApart(w prompt.Window) prompt.Window {
	if w.Note != "" {
		n := lineStart(w.Prefix, len(w.Prefix))
		w.Prefix, w.Begun = w.Prefix[:n], w.Prefix[n:]
	}
	return w
}

// generate asks the backend, and stops it as soon as the suggestion has ended.
// The text it returns lacks the prompt's echo; diverged says that it was another
// one. Sample 0 decodes greedily, the others sample.
func generate(ctx context.Context, b model.Backend, q question, built prompt.Layout, form prompt.Form, reads func(read, of int), expects *expecter, judge *judge) (resp model.Response, diverged bool, err error) {
	limited, cancel, slept := awake.WithTimeout(ctx, q.timeout)
	defer cancel()
	heard, silent := watch(q.silence, cancel)
	reading := reads
	reads = func(read, of int) {
		heard()
		reading(read, of)
	}
	p, alive := q.place, sync.OnceFunc(func() { reads(1, 1) }) // whoever writes has read all of it
	end := p.ender()
	stop := form.Stop
	if !p.multiline() {
		stop = append([]string{"\n"}, stop...)
	}
	temperature := 0.0
	if q.sample > 0 {
		temperature = min(sampleTemperature+0.1*float64(max(0, q.sample-maxAlternativeTries)), maxTemperature)
	}
	var text strings.Builder
	var r model.Request
	r = model.Request{
		Prompt: built.Prompt, MaxTokens: q.maxTokens + min(len(built.Echo), q.maxTokens), Demand: built.Echo, Stop: stop, Temperature: temperature, Seed: q.sample,
		Priority: q.priority, OnReading: reads,
		OnText: func(chunk string) error {
			alive()
			text.WriteString(chunk)
			answer, ok := cutEcho(text.String(), built.Echo)
			if _, certain := end(answer); certain || !ok {
				return model.ErrEnough
			}
			if q.heard != nil {
				said := output{answer, r.Told, len(built.Echo), expects != nil && expects.weighs, nil}
				if judge != nil {
					said.odds, said.weighs = judge.soFar(answer, built.Echo), true
				}
				q.heard(p, said, form.Stop)
			}
			if judge.hopeless(answer, built.Echo) {
				return model.ErrEnough
			}
			return nil
		},
	}
	if expects != nil {
		r.Expect, r.Least, r.Told = expects, expects.least, new(model.Odds)
		r.LeastBegun = expects.begun
	}
	if judge != nil {
		judge.begin()
		r.Likely = judge.likely
	}
	resp, err = model.Generate(limited, b, r)
	if slept() > 0 { // nobody was slow
		resp.Usage.FirstToken, resp.Usage.Reading, resp.Usage.Writing = 0, 0, 0
	}
	switch {
	case err == nil || ctx.Err() != nil:
	case silent() && slept() == 0:
		err = errSilent
	case silent() || errors.Is(limited.Err(), context.DeadlineExceeded): // the machine slept, not the model
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
	if n < len(answer) { // there it ends
		resp.StopReason = "stop"
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
