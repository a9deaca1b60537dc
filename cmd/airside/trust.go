package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/airside-ls/airside/gitsync/consent"
)

// trustCommand holds what the subcommands of trust share.
type trustCommand struct {
	std    stdio
	book   *consent.Book
	asJSON bool
}

func trustCmd(std stdio, environ []string) *cobra.Command {
	t := &trustCommand{std: std, book: consentBook(environ)}
	c := &cobra.Command{
		Use:   "trust [DIR]",
		Short: "Trust a folder, so that its repository is opened",
		Long: `Says that you trust what is in DIR, by default the folder that you are in: all of
its repository, or the folder with what is below it. In a folder that nobody has
trusted airside only completes. Reviews, comments, sync and the memory of its code
need git, and git runs programs that a repository names.

Other repositories within the folder are not trusted with it, and neither is one
that comes to be in its place. Opting in to sync (airside sync enable) trusts a
repository, too; an editor that knows of trust itself, like VS Code, has its say.`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: t.add,
	}
	list := &cobra.Command{Use: "list", Short: "List the folders that you trust", Args: usageArgs(cobra.NoArgs), RunE: t.list}
	list.Flags().BoolVar(&t.asJSON, "json", false, "print the list as JSON")
	c.AddCommand(list, &cobra.Command{
		Use: "remove [DIR]", Short: "Trust a folder no more", Args: usageArgs(cobra.MaximumNArgs(1)), RunE: t.remove,
	})
	return c
}

func dirOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func (t *trustCommand) add(_ *cobra.Command, args []string) error {
	info, err := os.Stat(dirOf(args))
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "trust", Path: dirOf(args), Err: fmt.Errorf("it is no folder")}
	}
	if err != nil {
		return err
	}
	root, err := t.book.Trust(dirOf(args))
	if err != nil {
		return err
	}
	p := palette(t.std.out)
	return t.std.tell("%s %s is trusted", p.green("✓"), p.bold(printable(root)))
}

func (t *trustCommand) remove(_ *cobra.Command, args []string) error {
	root, found, err := t.book.Distrust(dirOf(args))
	if err != nil {
		return err
	}
	if !found {
		return t.std.tell("%s was not trusted by itself; see `airside trust list`", printable(root))
	}
	return t.std.tell("%s is trusted no more", printable(root))
}

func (t *trustCommand) list(*cobra.Command, []string) error {
	folders, err := t.book.TrustedFolders()
	if err != nil {
		return err
	}
	if t.asJSON {
		if folders == nil {
			folders = []string{}
		}
		return json.NewEncoder(t.std.out).Encode(map[string][]string{"trusted": folders})
	}
	if len(folders) == 0 {
		return t.std.tell("No folder is trusted yet.")
	}
	for _, folder := range folders {
		if _, err := fmt.Fprintln(t.std.out, printable(folder)); err != nil {
			return err
		}
	}
	return nil
}
