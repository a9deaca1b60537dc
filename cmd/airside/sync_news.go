package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/workspace"
)

// newsCommand is airside sync news.
func (s *syncCommand) newsCommand() *cobra.Command {
	var keep bool
	c := s.sub("news", "List what came in from teammates; it is news no more then", cobra.NoArgs, func(c *cobra.Command, _ []string) error {
		syncer, _, done, err := s.start(c)
		if err != nil {
			return err
		}
		defer done()
		list, err := syncer.Arrivals(c.Context(), true)
		if err != nil {
			return err
		}
		news := workspace.NewsOf(list, syncer.WorkDir())
		if s.asJSON {
			err = s.encode(news)
		} else {
			_, err = io.WriteString(s.std.out, renderNews(palette(s.std.out), s.std.language, news, s.now()))
		}
		if err != nil || keep || news.New == 0 {
			return err
		}
		return syncer.Saw(list[0].Operation) // what comes in meanwhile is not seen yet
	})
	c.Flags().BoolVar(&keep, "keep", false, "leave it new, for a program that only looks")
	return c
}

// sayNews is a line of airside sync status.
func (s *syncCommand) sayNews(ctx context.Context, syncer repositorySyncer) error {
	list, err := syncer.Arrivals(ctx, false)
	if err != nil || len(list) == 0 {
		return err
	}
	p := palette(s.std.out)
	return s.say("%s %s  %s\n", p.green("↓"), s.std.language.Say(printable(workspace.NewsOf(list, "").Message)), p.dim("airside sync news"))
}

// tellArrived lists what a round has brought. On a terminal somebody has seen it then.
func (s *syncCommand) tellArrived(ctx context.Context, syncer repositorySyncer, results []ext.SyncResult) error {
	brought := slices.ContainsFunc(results, func(r ext.SyncResult) bool { return r.Pulled > 0 })
	if s.asJSON || !brought {
		return nil
	}
	list, err := syncer.Arrivals(ctx, false)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(a gitsync.Arrival) bool {
		return !slices.ContainsFunc(results, func(r ext.SyncResult) bool { return r.Operation == a.Operation })
	})
	if len(list) == 0 {
		return nil
	}
	if _, err := io.WriteString(s.std.out, renderCommits(palette(s.std.out), s.std.language, workspace.NewsOf(list, "").Commits, s.now())); err != nil {
		return err
	}
	if f, ok := s.std.out.(*os.File); ok && isTerminal(f) {
		return syncer.Saw(list[0].Operation)
	}
	return nil
}

// renderNews is what is new, and below it what was seen in the last days.
func renderNews(p colors, l *catalogue.Language, news ext.SyncNews, now time.Time) string {
	if len(news.Commits) == 0 {
		return l.Text("Nothing has come in from teammates in the last days.") + "\n"
	}
	seen := func(c ext.NewsCommit) bool { return !c.New }
	var b strings.Builder
	if news.New > 0 {
		fmt.Fprintf(&b, "%s %s\n%s", p.green("↓"), p.bold(l.Say(printable(news.Message))), renderCommits(p, l, slices.DeleteFunc(slices.Clone(news.Commits), seen), now))
	}
	if before := slices.DeleteFunc(slices.Clone(news.Commits), func(c ext.NewsCommit) bool { return c.New }); len(before) > 0 {
		fmt.Fprintf(&b, "%s\n%s", p.dim(l.Text("seen before")), renderCommits(p, l, before, now))
	}
	if news.More > 0 {
		fmt.Fprintf(&b, "%s\n", p.dim(l.Sayf("and %d more", news.More)))
	}
	return b.String()
}

// renderCommits is a table with a line for each.
func renderCommits(p colors, l *catalogue.Language, list []ext.NewsCommit, now time.Time) string {
	var rows [][]string
	var widths [3]int
	for _, c := range list {
		author, when := printable(c.Author), ""
		if c.Mine {
			author = l.Sayf("%s (you)", author)
		}
		if t, err := time.Parse(time.RFC3339, c.Time); err == nil {
			when = l.Say(ago(t, now))
		}
		row := []string{author, printable(c.Branch), when, printable(c.Subject), c.Hash[:min(10, len(c.Hash))]}
		for i := range widths {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		rows = append(rows, row)
	}
	var b strings.Builder
	for _, row := range rows {
		for i, width := range widths {
			row[i] += strings.Repeat(" ", width-utf8.RuneCountInString(row[i]))
		}
		fmt.Fprintf(&b, "    %s  %s  %s  %s  %s\n", p.dim(row[4]), row[0], row[1], p.dim(row[2]), row[3])
	}
	return b.String()
}
