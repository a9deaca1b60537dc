package replay

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what a session cost and gave. Shares are in percent.
type Report struct {
	Keystrokes int
	// Of the keystrokes: answered with a text; those for which a model was asked;
	// those that the next key overtook.
	WithText, Asked, Overtaken int
	Accepted                   int // characters taken, in bytes

	Requests                     int // to the model, prepared ones with them
	Prompt, Evaluated, Generated int // tokens, without the very first prompt
	First                        int // tokens of the very first prompt, which no cache can have
	Untold                       int // requests of which the server told no prompt tokens

	ToText percentiles // from keystroke to answer, of answers with a text
	// Rest is what of all answers' times the model server did not take: the client
	// and what it waited on purpose, pipes, the scheduler, and this driver.
	Rest percentiles
	Took time.Duration
}

// percentiles of a list of durations.
type percentiles struct{ P50, P95 time.Duration }

func percentilesOf(d []time.Duration) percentiles {
	if len(d) == 0 {
		return percentiles{}
	}
	slices.Sort(d)
	at := func(p int) time.Duration { return d[(len(d)*p+99)/100-1] }
	return percentiles{at(50), at(95)}
}

func report(s *Session, strokes []*stroke, accepted int, start time.Time) Report {
	r := Report{Keystrokes: len(strokes), Accepted: accepted, Took: time.Since(start)}
	uses := slices.DeleteFunc(s.Meter.Uses(), func(u Use) bool { return u.Start.Before(start) })
	for _, u := range uses {
		if !u.Generation {
			continue
		}
		r.Requests++
		r.Generated += u.Generated
		switch {
		case !u.Told:
			r.Untold++
		case r.First == 0:
			r.First = u.Prompt
		default:
			r.Prompt += u.Prompt
			r.Evaluated += u.Evaluated
		}
	}
	var toText, rest []time.Duration
	for _, k := range strokes {
		busy, asked := busy(uses, k.sent, k.answered)
		took := k.answered.Sub(k.sent)
		if asked {
			r.Asked++
		}
		if k.stale {
			r.Overtaken++
			continue
		}
		rest = append(rest, took-busy)
		if k.item != nil {
			r.WithText++
			toText = append(toText, took)
		}
	}
	r.ToText, r.Rest = percentilesOf(toText), percentilesOf(rest)
	return r
}

// busy is how long the model server was at work between two moments, and whether
// a generation began meanwhile.
func busy(uses []Use, from, to time.Time) (d time.Duration, asked bool) {
	end := from // of what has been counted; requests may overlap
	for _, u := range uses {
		if u.End.IsZero() || u.End.After(to) {
			u.End = to
		}
		if u.Start.Before(end) {
			u.Start = end
		} else if u.Start.Before(to) && u.Generation {
			asked = true
		}
		if u.End.After(u.Start) {
			d += u.End.Sub(u.Start)
			end = u.End
		}
	}
	return d, asked
}

// EvaluatedShare is the share of prompt tokens that were evaluated again.
func (r Report) EvaluatedShare() float64 { return share(r.Evaluated, r.Prompt) }

// WithoutModel is the share of keystrokes answered without the model.
func (r Report) WithoutModel() float64 { return share(r.Keystrokes-r.Asked, r.Keystrokes) }

func share(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

// String is the report as a table.
func (r Report) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-34s %s\n", name, fmt.Sprintf(format, args...))
	}
	b.WriteString("\n")
	line("keystrokes", "%d in %v, %d overtaken by the next key", r.Keystrokes, r.Took.Round(time.Second), r.Overtaken)
	line("answered without the model", "%.1f%%", r.WithoutModel())
	line("answered with a text", "%.1f%%", share(r.WithText, r.Keystrokes))
	line("keystroke to text", "p50 %v, p95 %v", r.ToText.P50.Round(10*time.Microsecond), r.ToText.P95.Round(10*time.Microsecond))
	line("answers without the model server", "p50 %v, p95 %v", r.Rest.P50.Round(10*time.Microsecond), r.Rest.P95.Round(10*time.Microsecond))
	line("requests to the model", "%d, %d without a count of their prompt", r.Requests, r.Untold)
	line("prompt tokens evaluated again", "%d of %d (%.1f%%), and %d of the first prompt", r.Evaluated, r.Prompt, r.EvaluatedShare(), r.First)
	line("tokens generated", "%d, %.2f a keystroke", r.Generated, float64(r.Generated)/float64(max(1, r.Keystrokes)))
	if r.Accepted > 0 {
		line("characters accepted", "%d, %.2f tokens generated for each", r.Accepted, float64(r.Generated)/float64(r.Accepted))
	}
	return b.String()
}
