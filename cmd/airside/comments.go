package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// commentsCommand holds what the subcommands of comments share.
type commentsCommand struct {
	std     stdio
	environ []string
	now     func() time.Time

	dir     string
	asJSON  bool
	all     bool
	text    []string
	flagged bool // --message was given
}

func commentsCmd(std stdio, environ []string) *cobra.Command {
	s := &commentsCommand{std: std, environ: environ, now: time.Now}
	c := &cobra.Command{
		Use:   "comments",
		Short: "Read and write review comments, kept in git",
		Long: `Comments on lines of code are kept in the repository, in git refs beside the
branches, and follow their code when it moves. In a repository that takes part in
sync (airside sync enable) they travel with the next sync; offline and elsewhere
they wait.

A comment is named by the digits that the list shows, or as many of the first as
are unique. Without a subcommand the open threads are listed.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: s.list,
	}
	c.PersistentFlags().StringVarP(&s.dir, "directory", "C", ".", "the repository that `DIR` is in")
	c.PersistentFlags().BoolVar(&s.asJSON, "json", false, "print the outcome as JSON")
	list := s.sub("list [PATH...]", "List open threads, by file", cobra.ArbitraryArgs, s.list)
	for _, lists := range []*cobra.Command{c, list} {
		lists.Flags().BoolVarP(&s.all, "all", "a", false, "list resolved and redacted threads, too")
	}
	c.AddCommand(
		list,
		s.writing("add FILE:LINE[-LINE]", "Comment on lines of a file", s.add),
		s.writing("reply ID", "Answer in a thread", s.reply),
		s.writing("edit ID", "Replace the text of a comment of yours", s.edit),
		s.sub("resolve ID", "Settle a thread", cobra.ExactArgs(1), s.settle((*threads.Store).Resolve, "resolved")),
		s.sub("reopen ID", "Take a settled thread up again", cobra.ExactArgs(1), s.settle((*threads.Store).Reopen, "open again")),
		s.sub("redact ID", "Take the text of a comment of yours from view", cobra.ExactArgs(1), s.settle((*threads.Store).Redact, "redacted; who has it already keeps it in the history of their clone")),
	)
	return c
}

func (s *commentsCommand) sub(use, short string, args cobra.PositionalArgs, run func(*cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: usageArgs(args), RunE: run}
}

// writing is a subcommand with a text.
func (s *commentsCommand) writing(use, short string, run func(*cobra.Command, []string) error) *cobra.Command {
	c := s.sub(use, short, cobra.ExactArgs(1), func(c *cobra.Command, args []string) error {
		s.flagged = c.Flags().Changed("message")
		return run(c, args)
	})
	c.Long = s.std.language.Text(short) + ".\n\n" + s.std.language.Text("The text is that of -m, else of standard input, else what you write in your editor\n(the one git uses).")
	c.Flags().StringArrayVarP(&s.text, "message", "m", nil, "the `TEXT`; given more than once, paragraphs of it")
	return c
}

// open opens the repository; tell says, once in its life, that nothing travels.
func (s *commentsCommand) open() (syncer *gitsync.Syncer, store *threads.Store, err error) {
	syncer, err = gitsync.Open(s.dir, gitsync.Options{
		Repo:    repo.Options{Git: program("git"), SSH: program("ssh"), Environ: s.environ, Log: slog.New(slog.DiscardHandler)},
		Consent: consentBook(s.environ),
	})
	if err != nil {
		return nil, nil, err
	}
	return syncer, syncer.Comments(), nil
}

// list is airside comments list.
func (s *commentsCommand) list(c *cobra.Command, paths []string) error {
	syncer, store, err := s.open()
	if err != nil {
		return err
	}
	var only []string
	for _, path := range paths {
		rel, err := s.relative(syncer.WorkDir(), path)
		if err != nil {
			return err
		}
		only = append(only, rel)
	}
	view, err := store.View(c.Context(), nil, nil)
	if err != nil {
		return err
	}
	view.Skipped = append(view.Skipped, syncer.CommentProblems()...)
	shown := view.Threads[:0]
	for _, t := range view.Threads {
		if (s.all || !t.Resolved && !t.Gone()) && (len(only) == 0 || under(only, t.Path)) {
			shown = append(shown, t)
		}
	}
	view.Threads = shown
	if s.asJSON {
		return json.NewEncoder(s.std.out).Encode(commentsJSON(view))
	}
	if _, err := io.WriteString(s.std.out, renderThreads(palette(s.std.out), s.std.language, view, s.all, s.now())); err != nil {
		return err
	}
	for _, one := range view.Skipped {
		times := ""
		if one.Count > 1 {
			times = s.std.language.Sayf(" (%d times)", one.Count)
		}
		s.std.warn("of %s: %s%s", printable(one.Where), s.std.language.Say(printable(one.Reason)), times)
	}
	return nil
}

// under tells whether path is one of the paths or lies below it.
func under(paths []string, path string) bool {
	for _, p := range paths {
		if p == "." || path == p || strings.HasPrefix(path, p+"/") {
			return true
		}
	}
	return false
}

// relative is a path as the repository has it, with slashes.
func (s *commentsCommand) relative(workDir, path string) (string, error) {
	name, ok, err := pathWithin(workDir, s.dir, path)
	if err == nil && !ok {
		err = fmt.Errorf("%s is not in the work tree %s", printable(path), printable(workDir))
	}
	return cmp.Or(name, "."), err
}

// add is airside comments add.
func (s *commentsCommand) add(c *cobra.Command, args []string) error {
	file, lines, err := parseLines(args[0])
	if err != nil {
		return usageError(c, err)
	}
	syncer, store, err := s.open()
	if err != nil {
		return err
	}
	path, err := s.relative(syncer.WorkDir(), file)
	if err != nil {
		return err
	}
	draft := threads.Draft{Path: path, Lines: lines}
	if err := store.Check(draft); err != nil { // before anything is written in vain
		return err
	}
	if draft.Body, err = s.body(c.Context(), syncer, s.std.language.Sayf("Your comment on %s, to be written above.", args[0]), ""); err != nil {
		return err
	}
	return s.done(syncer, s.std.language.Sayf("commented on %s:%d", printable(path), lines.Start))(store.Comment(c.Context(), draft))
}

// parseLines splits FILE:LINE or FILE:LINE-LINE; FILE may hold colons.
func parseLines(place string) (file string, lines threads.Lines, err error) {
	file, text, ok := cutLast(place, ":")
	first, last, several := strings.Cut(text, "-")
	if !several {
		last = first
	}
	var errFirst, errLast error
	lines.Start, errFirst = strconv.Atoi(first)
	lines.End, errLast = strconv.Atoi(last)
	if !ok || file == "" || errFirst != nil || errLast != nil || lines.Start < 1 || lines.End < lines.Start {
		return "", lines, fmt.Errorf("%q is not FILE:LINE or FILE:FIRST-LAST", place)
	}
	return file, lines, nil
}

// reply is airside comments reply.
func (s *commentsCommand) reply(c *cobra.Command, args []string) error {
	syncer, store, err := s.open()
	if err != nil {
		return err
	}
	thread, comment, err := find(c.Context(), store, args[0])
	if err != nil {
		return err
	}
	about := s.std.language.Sayf("Your reply, to be written above, to %s on %s:", comment.Author.Name, thread.Anchor.Path) + "\n\n" + comment.Body
	body, err := s.body(c.Context(), syncer, about, "")
	if err != nil {
		return err
	}
	return s.done(syncer, "replied")(store.Reply(c.Context(), comment.ID, body))
}

// edit is airside comments edit.
func (s *commentsCommand) edit(c *cobra.Command, args []string) error {
	syncer, store, err := s.open()
	if err != nil {
		return err
	}
	_, comment, err := find(c.Context(), store, args[0])
	if err != nil {
		return err
	}
	body, err := s.body(c.Context(), syncer, s.std.language.Text("Your comment, to be changed above."), comment.Body)
	if err != nil {
		return err
	}
	return s.done(syncer, "changed")(store.Edit(c.Context(), comment.ID, body))
}

func find(ctx context.Context, store *threads.Store, id string) (*threads.Thread, *threads.Comment, error) {
	snap, err := store.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	return snap.Find(id)
}

// settle is resolve, reopen and redact.
func (s *commentsCommand) settle(do func(*threads.Store, context.Context, string) (threads.Receipt, error), done string) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		syncer, store, err := s.open()
		if err != nil {
			return err
		}
		return s.done(syncer, done)(do(store, c.Context(), args[0]))
	}
}

// done prints what was written.
func (s *commentsCommand) done(syncer *gitsync.Syncer, what string) func(threads.Receipt, error) error {
	return func(r threads.Receipt, err error) error {
		if err != nil {
			return err
		}
		if r.Warning != "" {
			fmt.Fprintln(s.std.err, "airside: "+s.std.language.Say(printable(r.Warning)))
		}
		s.tellOnce(syncer)
		if s.asJSON {
			return json.NewEncoder(s.std.out).Encode(map[string]string{"id": r.ID, "thread": r.Thread})
		}
		p := palette(s.std.out)
		_, err = fmt.Fprintf(s.std.out, "%s %s %s\n", p.green("✓"), p.yellow(threads.Short(r.Thread)), s.std.language.Text(what))
		return err
	}
}

// tellOnce says of a repository, once, that its comments go nowhere.
func (s *commentsCommand) tellOnce(syncer *gitsync.Syncer) {
	if syncer.Enabled() {
		return
	}
	const told = "comments-stay"
	if _, err := os.Lstat(filepath.Join(syncer.StateDir(), told)); err == nil {
		return
	}
	if _, err := syncer.WriteOwn(told, nil); err != nil {
		return // nobody can remember it
	}
	s.std.warn("comments stay in this clone, as this repository takes no part in sync; `airside sync enable` has them travel")
}

var errNoText = errors.New("no text, so nothing was said")
