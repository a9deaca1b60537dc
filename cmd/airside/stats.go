package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/spf13/cobra"
)

// statsCommand holds what the subcommands of stats share.
type statsCommand struct {
	std    stdio
	asJSON bool
	sure   bool
}

func statsCmd(std stdio) *cobra.Command {
	s := &statsCommand{std: std}
	c := &cobra.Command{
		Use:   "stats",
		Short: "Show how airside does: what was shown, taken, and saved",
		Long: `Shows what became of suggestions on this machine, by language and by model: how
many were shown, how many taken, and how many characters nobody had to type; and
how fast each model is. The numbers are kept in your cache folder. They hold no
text and no names of files, and leave this machine never.

Editors that run now add theirs within a minute.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: s.show,
	}
	c.Flags().BoolVar(&s.asJSON, "json", false, "print the numbers as JSON")
	reset := &cobra.Command{
		Use: "reset", Short: "Begin to count anew; asks first, and can be undone", Args: usageArgs(cobra.NoArgs), RunE: s.reset,
	}
	reset.Flags().BoolVar(&s.sure, "yes", false, "do not ask")
	c.AddCommand(reset, &cobra.Command{
		Use: "undo", Short: "Take the last reset back", Args: usageArgs(cobra.NoArgs), RunE: s.undo,
	})
	return c
}

func (s *statsCommand) show(*cobra.Command, []string) error {
	usage, err := completion.LoadUsage(stateDir())
	if err != nil {
		return fmt.Errorf("what was counted cannot be read (%w); \"airside stats reset\" begins anew", err)
	}
	if s.asJSON {
		return json.NewEncoder(s.std.out).Encode(lsp.EncodeUsage(usage, time.Now(), nil))
	}
	for _, line := range lsp.EncodeUsage(usage, time.Now(), s.std.language).Text {
		if _, err := fmt.Fprintln(s.std.out, printable(line)); err != nil {
			return err
		}
	}
	return nil
}

func (s *statsCommand) reset(c *cobra.Command, _ []string) error {
	if f, ok := s.std.in.(*os.File); !s.sure && (!ok || !isTerminal(f)) {
		return usageError(c, errors.New("nobody can be asked here; --yes says that you mean it"))
	}
	if !s.sure {
		fmt.Fprint(s.std.out, s.std.language.Text("Begin to count anew? \"airside stats undo\" takes it back. [y/N] "))
		yes := s.std.language.Text("yes")
		answer, _ := bufio.NewReader(s.std.in).ReadString('\n') // an end is a no
		if answer = strings.ToLower(strings.TrimSpace(answer)); !slices.Contains([]string{"y", "yes", yes[:1], yes}, answer) {
			return s.std.tell("Nothing was changed.")
		}
	}
	if err := completion.ForgetUsage(stateDir()); err != nil {
		return err
	}
	return s.std.tell(lsp.StatsForgotten)
}

func (s *statsCommand) undo(*cobra.Command, []string) error {
	if err := completion.RestoreUsage(stateDir()); err != nil {
		return err
	}
	return s.std.tell(lsp.StatsRestored)
}
