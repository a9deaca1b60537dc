package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/catalogue"
)

// operation is one entry of airside sync log; its JSON is part of the contract.
type operation struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"` // sync, undo, resolve
	Branch  string    `json:"branch"`
	Remote  string    `json:"remote"`
	Began   time.Time `json:"began"`
	Ended   time.Time `json:"ended,omitzero"` // left out: unfinished
	State   string    `json:"state"`
	Message string    `json:"message"`

	Undoable bool `json:"undoable"` // it can be taken back now
}

func (s *syncCommand) logCommand() *cobra.Command {
	var most int
	c := s.sub("log", "List what sync has done, newest first", cobra.NoArgs, func(c *cobra.Command, _ []string) error {
		syncer, _, done, err := s.start(c)
		if err != nil {
			return err
		}
		defer done()
		if most < 0 {
			return usageError(c, fmt.Errorf("--max-count %d: a number of operations, 0 for all", most))
		}
		entries, err := syncer.Log()
		if err != nil {
			return err
		}
		undoable := syncer.Undoable(entries)
		list := []operation{}
		for _, o := range entries {
			list = append(list, operation{
				ID: o.ID, Kind: o.Kind, Branch: o.Branch, Remote: o.Remote, Began: o.Began, Ended: o.Ended,
				State: o.State, Message: shown.Text(o.Message), Undoable: undoable[o.ID],
			})
		}
		if most > 0 && len(list) > most {
			list = list[:most]
		}
		if s.asJSON {
			return s.encode(list)
		}
		_, err = io.WriteString(s.std.out, renderLog(palette(s.std.out), s.std.language, list, s.now()))
		return err
	})
	c.Flags().IntVarP(&most, "max-count", "n", 20, "how many at most; 0 for all")
	return c
}

// renderLog is a table with a line for each operation.
func renderLog(p colors, l *catalogue.Language, list []operation, now time.Time) string {
	if len(list) == 0 {
		return l.Text("Nothing has been synced yet.") + "\n"
	}
	rows := [][]string{{l.Text("OPERATION"), l.Text("WHEN"), l.Text("WHAT"), "BRANCH", l.Text("STATE"), ""}}
	for _, o := range list {
		state := o.State
		if o.Ended.IsZero() {
			state = l.Text("unfinished")
		}
		rows = append(rows, []string{printable(o.ID), l.Say(ago(o.Began, now)), printable(o.Kind), printable(o.Branch), printable(state), l.Say(printable(o.Message))})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padded := cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			switch {
			case n == 0:
				padded = p.dim(padded)
			case i == 4:
				padded = p.state(cell, padded)
			}
			line.WriteString(padded)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// ago tells when something was, roughly. A clock that was set back makes of the
// past a future, which is said plainly.
func ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case t.IsZero():
		return "never"
	case d < -time.Minute:
		return t.Local().Format("2006-01-02 15:04")
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	case d < 48*time.Hour:
		return "yesterday"
	case d < 14*24*time.Hour:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
	return t.Local().Format("2006-01-02")
}
