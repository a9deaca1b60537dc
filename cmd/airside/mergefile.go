package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/merge"
)

// Exit codes of git merge-file: the number of conflicts, up to a bound, or 255.
const (
	maxConflictExit = 127
	exitMergeFailed = 255
)

// mergeFileCommand is a three-way merge of files, in the place of git's.
type mergeFileCommand struct {
	std                 stdio
	labels              []string
	stdout, quiet       bool
	diff3, zdiff3       bool
	ours, theirs, union bool
	markerSize          int
	secondLook          bool
	path                string
}

func mergeFileCmd(std stdio) *cobra.Command {
	m := &mergeFileCommand{std: std}
	c := &cobra.Command{
		Use:   "merge-file CURRENT BASE OTHER",
		Short: "Merge the changes from BASE to OTHER into CURRENT, as git merge-file does",
		Long: `Merges by lines, with the arguments and exit codes of git merge-file: 0 when all
could be merged, the number of conflicts (127 at most) when some are left, with
markers in the file, and 255 when nothing was done.

With --second-look, what lines leave in conflict is merged by syntax where that
keeps all that both sides wrote and the result parses, each conflict by itself; the
others keep their markers, and what was done is said.

As a merge driver of any git:

  git config merge.airside.driver 'airside merge-file --second-look --path %P --marker-size=%L %A %O %B'
  echo '*.go merge=airside' >> .gitattributes`,
		Args: usageArgs(cobra.ExactArgs(3)),
		RunE: m.run,
	}
	f := c.Flags()
	f.StringArrayVarP(&m.labels, "label", "L", nil, "a `NAME` for CURRENT, BASE and OTHER in the markers; up to three times")
	f.BoolVarP(&m.stdout, "stdout", "p", false, "print the result instead of writing it to CURRENT")
	f.BoolVarP(&m.quiet, "quiet", "q", false, "say nothing about conflicts")
	f.BoolVar(&m.diff3, "diff3", false, "show the base in conflicts")
	f.BoolVar(&m.zdiff3, "zdiff3", false, "show the base, without what both sides begin and end with")
	f.BoolVar(&m.ours, "ours", false, "settle conflicts by taking CURRENT's lines")
	f.BoolVar(&m.theirs, "theirs", false, "settle conflicts by taking OTHER's lines")
	f.BoolVar(&m.union, "union", false, "settle conflicts by taking the lines of both")
	f.BoolVar(&m.secondLook, "second-look", false, "merge by syntax what lines leave in conflict, each conflict by itself")
	f.StringVar(&m.path, "path", "", "what CURRENT is called, whose ending tells the language (a merge driver's %P); the default is its own name")
	f.IntVar(&m.markerSize, "marker-size", 7, "the length of the markers")
	return c
}

func (m *mergeFileCommand) run(c *cobra.Command, args []string) error {
	if len(m.labels) > 3 {
		return usageError(c, errors.New("there are three labels at most: CURRENT, BASE, OTHER"))
	}
	if m.markerSize <= 0 {
		m.markerSize = 7
	}
	var texts [3][]byte
	for i, name := range args {
		data, err := os.ReadFile(name)
		if err != nil {
			return exitError{exitMergeFailed, err}
		}
		if merge.IsBinary(data) {
			return exitError{exitMergeFailed, fmt.Errorf("cannot merge binary files: %s", name)}
		}
		texts[i] = data
	}
	path := cmp.Or(m.path, args[0])
	result, resolved := merge.File(c.Context(), texts[1], texts[0], texts[2], merge.FileOptions{TextOptions: m.options(args), SecondLook: m.secondLook, Path: path})
	if err := c.Context().Err(); err != nil {
		return exitError{exitMergeFailed, err}
	}
	l := m.std.language
	if !m.quiet {
		for _, r := range resolved {
			fmt.Fprintln(m.std.err, l.Sayf("%s:%d-%d: merged by syntax: %s", printable(path), r.StartLine, r.EndLine, r.Rule))
		}
	}
	if m.stdout {
		if _, err := m.std.out.Write(result.Text); err != nil {
			return exitError{exitMergeFailed, err}
		}
	} else if err := replaceFile(args[0], result.Text); err != nil {
		return exitError{exitMergeFailed, err}
	}
	if result.Conflicts == 0 {
		return nil
	}
	if !m.quiet {
		fmt.Fprintln(m.std.err, l.Sayf("warning: conflicts during merge of %s", args[0]))
	}
	return exitError{code: min(result.Conflicts, maxConflictExit)}
}

func (m *mergeFileCommand) options(names []string) merge.TextOptions {
	label := func(i int) string {
		if i < len(m.labels) {
			return m.labels[i]
		}
		return names[i]
	}
	o := merge.TextOptions{
		Algorithm: merge.Myers, Level: merge.ZealousAlnum, MarkerSize: m.markerSize,
		Ours: label(0), Base: label(1), Theirs: label(2),
	}
	switch {
	case m.zdiff3:
		o.Style = merge.StyleZDiff3
	case m.diff3:
		o.Style = merge.StyleDiff3
	}
	switch {
	case m.union:
		o.Favor = merge.FavorUnion
	case m.theirs:
		o.Favor = merge.FavorTheirs
	case m.ours:
		o.Favor = merge.FavorOurs
	}
	return o
}

// replaceFile gives a file new content, all or nothing. What a symbolic link
// points to is replaced, not the link.
func replaceFile(name string, text []byte) error {
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return durable.WriteFile(durable.OS, path, text, info.Mode().Perm())
}
