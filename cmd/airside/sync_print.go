package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
)

// renderSync tells in a line for each branch how it stands, and below it what
// needs the user.
func renderSync(p colors, results []ext.SyncResult, now time.Time) string {
	var b strings.Builder
	for _, r := range results {
		mark, branch := "·", r.Branch
		switch {
		case r.State == "IDLE":
			mark = "✓"
		case r.State == "CONFLICT" || len(r.Conflicts) > 0:
			mark = "✗"
		case r.State != "OFFLINE" && r.State != "PORTAL":
			mark = "!"
		}
		if branch == "" {
			branch = "(no branch)"
		}
		fmt.Fprintf(&b, "%s %s  %s\n", p.state(r.State, mark), p.bold(printable(branch)), strings.Join(describe(p, r, now), "; "))
		for _, c := range r.Conflicts {
			fmt.Fprintf(&b, "    %s  %s\n", printable(c.Path), p.dim(printable(c.Kind)))
		}
		if c := r.Comments; c != nil {
			b.WriteString(renderTravelled(p, *c))
		}
	}
	return b.String()
}

// renderTravelled is a line about review comments, and one about those that did
// not travel.
func renderTravelled(p colors, c ext.SyncComments) string {
	var parts []string
	if c.Received > 0 {
		parts = append(parts, fmt.Sprintf("%d received", c.Received))
	}
	if c.Sent > 0 {
		parts = append(parts, fmt.Sprintf("%d sent", c.Sent))
	}
	lines := ""
	if len(parts) > 0 {
		lines = fmt.Sprintf("%s comments: %s\n", p.green("✓"), strings.Join(parts, ", "))
	}
	if c.Problem != "" {
		lines += fmt.Sprintf("%s comments: %s\n", p.yellow("!"), printable(c.Problem))
	}
	return lines
}

// describe are the parts of a branch's line.
func describe(p colors, r ext.SyncResult, now time.Time) []string {
	var parts []string
	if r.State != "IDLE" {
		parts = append(parts, p.state(r.State, printable(r.State)))
	}
	count := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	if r.State != "IDLE" || r.Message == "" { // else the message says it in words
		count(r.Pulled, "pulled")
		if r.Merged {
			parts = append(parts, "merged")
		}
		count(r.Pushed, "pushed")
	}
	count(r.Ahead, "to push")
	count(r.Behind, "to pull")
	if r.Message != "" {
		parts = append(parts, printable(r.Message))
	}
	if len(parts) == 0 {
		parts = append(parts, "in step")
	}
	if last, err := time.Parse(time.RFC3339, r.LastSync); err == nil && now.Sub(last) >= time.Minute {
		parts = append(parts, p.dim("last sync "+ago(last, now)))
	}
	return parts
}

// state colors text as the state is good, passing or waiting for the user.
func (c colors) state(state, text string) string {
	switch state {
	case "IDLE":
		return c.green(text)
	case "CONFLICT", "AUTH", "REJECTED", "REWOUND":
		return c.red(text)
	case "OFFLINE", "PORTAL":
		return c.dim(text)
	}
	return c.yellow(text)
}

// printable is text that comes from a repository or a remote, without what a
// terminal would obey: a file or a branch may be named to look like something
// else.
func printable(text string) string {
	return shown.Escaped(text)
}

// progressLine is one line at the bottom of a terminal that is written over and
// over; elsewhere it is nothing.
type progressLine struct {
	w   io.Writer // nil: not a terminal
	say *catalogue.Language

	mu    sync.Mutex
	shown bool
}

func newProgressLine(w io.Writer, say *catalogue.Language) *progressLine {
	if f, ok := w.(*os.File); !ok || !isTerminal(f) || os.Getenv("TERM") == "dumb" {
		w = nil
	}
	return &progressLine{w: w, say: say}
}

// maxProgress keeps the line from being wrapped, which could not be taken back.
const maxProgress = 78

func (l *progressLine) show(message string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w == nil {
		return
	}
	runes := []rune(printable(l.say.Say(strings.TrimSpace(message))))
	fmt.Fprintf(l.w, "\r\x1b[K%s", string(runes[:min(len(runes), maxProgress)]))
	l.shown = true
}

// clear takes it off the terminal.
func (l *progressLine) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown {
		io.WriteString(l.w, "\r\x1b[K")
		l.shown = false
	}
}
