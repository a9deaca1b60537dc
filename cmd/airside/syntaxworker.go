package main

import (
	"os"
	"runtime"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/worker"
	"github.com/spf13/cobra"
)

// syntaxWorker names the subcommand by which this program starts itself as the
// process that parses: whatever text has a grammar crash takes down that one.
const syntaxWorker = "syntax-worker"

// parseElsewhere has every syntax tree kept in a process of its own.
func parseElsewhere() {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	if runtime.GOOS == "linux" {
		path = "/proc/self/exe" // also when the file was replaced meanwhile
	}
	syntax.ParseIn(worker.Program{Path: path, Args: []string{syntaxWorker}})
}

func syntaxWorkerCmd(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:    syntaxWorker,
		Short:  "Parse for the airside that started this",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			worker.Confine()
			return syntax.Serve(std.in, std.out)
		},
	}
}
