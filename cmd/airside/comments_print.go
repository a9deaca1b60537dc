package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/threads"
	"github.com/airside-ls/airside/lsp/catalogue"
)

// renderThreads shows threads by file, in the order of their lines: the code,
// then what was said about it.
func renderThreads(p colors, l *catalogue.Language, view threads.View, all bool, now time.Time) string {
	if len(view.Threads) == 0 {
		if all {
			return l.Text("No comments.") + "\n"
		}
		return l.Text("No open comments.") + "\n"
	}
	list := slices.Clone(view.Threads)
	slices.SortStableFunc(list, func(a, b threads.PlacedThread) int {
		if a.Path != b.Path {
			return strings.Compare(a.Path, b.Path)
		}
		return a.Lines.Start - b.Lines.Start
	})
	width := 0 // of line numbers
	for _, t := range list {
		width = max(width, len(span(t)))
	}
	var b strings.Builder
	for i, t := range list {
		if i == 0 || list[i-1].Path != t.Path {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintln(&b, p.bold(printable(t.Path)))
		} else {
			b.WriteByte('\n')
		}
		code := printableLines(strings.TrimSpace(t.Code))
		fmt.Fprintf(&b, "%s  %s\n", p.dim(fmt.Sprintf("%*s", width+2, span(t))), code)
		indent := strings.Repeat(" ", width+4)
		for n, c := range t.Comments {
			inner := indent
			if n > 0 {
				inner += "  "
			}
			head := []string{p.yellow(t.Shorts[n]), p.bold(printable(c.Author.Name)) + trustMark(p, l, t.Trusts[n]), p.dim(l.Say(ago(c.Time, now)))}
			if n == 0 {
				head = append(head, threadMarks(p, l, t)...)
			}
			if !c.Edited.IsZero() && !c.Redacted {
				head = append(head, p.dim(l.Text("edited")))
			}
			fmt.Fprintf(&b, "%s%s\n", inner, strings.Join(head, "  "))
			if c.Redacted {
				fmt.Fprintf(&b, "%s%s\n", inner, p.dim(l.Text("(redacted)")))
				continue
			}
			for line := range strings.SplitSeq(printableLines(c.Body), "\n") {
				fmt.Fprintln(&b, strings.TrimRight(inner+line, " "))
			}
		}
		if t.Resolved {
			fmt.Fprintf(&b, "%s%s\n", indent, p.green("✓ "+l.Sayf("resolved by %s", printable(t.Settled.Author.Name))+" "+l.Say(ago(t.Settled.Time, now))))
		}
	}
	return b.String()
}

func span(t threads.PlacedThread) string {
	if t.Lines.End > t.Lines.Start {
		return fmt.Sprintf("%d-%d", t.Lines.Start, t.Lines.End)
	}
	return fmt.Sprint(t.Lines.Start)
}

// trustMark tells a name that a signature bears out from one that anybody could
// have written.
func trustMark(p colors, l *catalogue.Language, t threads.Trust) string {
	if t.Verified {
		return p.green(" ✓ " + l.Text("verified"))
	}
	if t == threads.Unsigned {
		return p.dim(" (" + l.Text("claim") + ")")
	}
	return p.yellow(" (" + l.Text("claim") + ": " + l.Say(printable(t.Why)) + ")")
}

func threadMarks(p colors, l *catalogue.Language, t threads.PlacedThread) (marks []string) {
	switch t.Severity {
	case "":
	case "error":
		marks = append(marks, p.red(l.Text(t.Severity)))
	default:
		marks = append(marks, p.yellow(l.Text(t.Severity)))
	}
	if t.Source != nil {
		marks = append(marks, p.dim(l.Sayf("found by %s", printable(t.Source.Model))))
	}
	if t.Outdated() {
		marks = append(marks, p.yellow(l.Text("outdated")))
	}
	return marks
}

// The shapes of airside comments list --json.
type threadListJSON struct {
	Threads []threadJSON            `json:"threads"`
	Skipped []skippedOperationsJSON `json:"skipped"`
}

type threadJSON struct {
	ID         string        `json:"id"`
	Path       string        `json:"path"`
	StartLine  int           `json:"start_line"`
	EndLine    int           `json:"end_line"`
	Code       string        `json:"code"` // its first line; as quoted when outdated
	Outdated   bool          `json:"outdated"`
	Resolved   bool          `json:"resolved"`
	ResolvedBy string        `json:"resolved_by,omitempty"`
	Severity   string        `json:"severity,omitempty"`
	Model      string        `json:"model,omitempty"` // that found it
	Comments   []commentJSON `json:"comments"`
}

type commentJSON struct {
	ID       string `json:"id"`
	Author   string `json:"author"`
	Email    string `json:"email"`
	Time     string `json:"time"` // RFC 3339
	Body     string `json:"body"`
	Verified bool   `json:"verified"`
	Claim    string `json:"claim,omitempty"` // why it is not verified
	Mine     bool   `json:"mine"`
	Edited   bool   `json:"edited"`
	Redacted bool   `json:"redacted"`
}

type skippedOperationsJSON struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

func commentsJSON(view threads.View) threadListJSON {
	list := threadListJSON{Threads: []threadJSON{}, Skipped: []skippedOperationsJSON{}}
	for _, t := range view.Threads {
		one := threadJSON{
			ID: t.ID, Path: t.Path, StartLine: t.Lines.Start, EndLine: t.Lines.End, Code: t.Code,
			Outdated: t.Outdated(), Resolved: t.Resolved, Severity: t.Severity,
		}
		if t.Resolved {
			one.ResolvedBy = t.Settled.Author.Name
		}
		if t.Source != nil {
			one.Model = t.Source.Model
		}
		for n, c := range t.Comments {
			one.Comments = append(one.Comments, commentJSON{
				ID: c.ID, Author: c.Author.Name, Email: c.Author.Email, Time: c.Time.UTC().Format(time.RFC3339), Body: c.Body,
				Verified: t.Trusts[n].Verified, Claim: t.Trusts[n].Why, Mine: c.Actor == view.Me && view.Me != "",
				Edited: !c.Edited.IsZero(), Redacted: c.Redacted,
			})
		}
		list.Threads = append(list.Threads, one)
	}
	for _, one := range view.Skipped {
		list.Skipped = append(list.Skipped, skippedOperationsJSON(one))
	}
	return list
}
