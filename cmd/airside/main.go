// Command airside is a language server that completes code with a model on
// this machine. This folder holds flags, exit codes and the wiring of concrete
// parts; what they do stands in lsp and completion.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/spf13/cobra"
)

// Exit codes of every command; editors/guides/command-line.md has those of some alone.
const (
	exitFailed = 1
	exitUsage  = 2
)

// graceAtEnd is how long a command may take that is told to end by a signal, and a
// server by its client.
const graceAtEnd = 1500 * time.Millisecond

func main() {
	takeKey()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// What does not hear of the end, such as a read of a terminal, is not waited
	// for: everything that is written is written whole or not at all.
	context.AfterFunc(ctx, func() { time.AfterFunc(graceAtEnd, func() { os.Exit(exitFailed) }) })
	parseElsewhere()
	os.Exit(run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr, leave: os.Exit}, os.Environ()))
}

// stdio is what a command reads and writes.
type stdio struct {
	in  io.ReadCloser
	out io.WriteCloser
	err io.Writer
	// leave ends the process at once; nil where it is not to be ended.
	leave func(code int)
	// language is that of the person who reads it.
	language *catalogue.Language
}

// tell prints a line for people, in their language; its values stay as they are.
func (s stdio) tell(format string, args ...any) error {
	_, err := fmt.Fprintln(s.out, s.language.Sayf(format, args...))
	return err
}

// warn says something beside what was asked for, in the same way.
func (s stdio) warn(format string, args ...any) {
	fmt.Fprintln(s.err, "airside: "+s.language.Sayf(format, args...))
}

// exitError ends the program with a code of its own, after its message.
type exitError struct {
	code int
	err  error // nil says nothing
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// run is main without the process around it.
func run(ctx context.Context, args []string, std stdio, environ []string) int {
	std.language = languageOf(environ)
	return execute(ctx, rootCommand(std, environ, openRepository), args, std)
}

// languageOf is the language that an environment asks for.
func languageOf(environ []string) *catalogue.Language {
	return catalogue.ForEnvironment(func(name string) string {
		for _, e := range environ {
			if value, ok := strings.CutPrefix(e, name+"="); ok {
				return value
			}
		}
		return ""
	})
}

// execute runs a command line and tells its exit code.
func execute(ctx context.Context, root *cobra.Command, args []string, std stdio) int {
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitFailed
	var exit exitError
	if errors.As(err, &exit) {
		code = exit.code
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintln(std.err, "airside:", std.language.Say(shown.Text(secrecy.MaskURLs(msg))))
	}
	return code
}

// rootCommand is all of airside; open is how sync comes by a repository.
func rootCommand(std stdio, environ []string, open syncOpener) *cobra.Command {
	s := &serveCommand{std: std, environ: environ, open: open}
	root := &cobra.Command{
		Use:   "airside",
		Short: "Code completion and git sync for people who work with the network cable out",
		Long: `airside is a language server: editors start it and speak LSP to it on standard
input and output. Completions come from Ollama, a llama.cpp server or the model
inside the binary, and stay on the machine. Branches of repositories that opt in
are kept in step with their remotes whenever these can be reached.

Run "airside doctor" to see whether everything is ready.`,
		Args:          usageArgs(cobra.NoArgs),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          s.run,
	}
	s.flags(root)
	versionFlag(root, std)
	speakHelp(root, std.language)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError(c, err) })
	root.AddCommand(
		serveCmd(std, environ, open),
		completeCmd(std, environ),
		reviewCmd(std, environ),
		commitMessageCmd(std, environ),
		syncCmd(std, environ, open),
		fetchAllCmd(std, environ, open),
		trustCmd(std, environ),
		commentsCmd(std, environ),
		mergeFileCmd(std),
		doctorCmd(std, environ, open),
		modelsCmd(std, environ),
		setupCmd(std, environ, open),
		benchCmd(std, environ),
		statsCmd(std),
		versionCmd(std),
		manualCmd(std),
		syntaxWorkerCmd(std),
	)
	return root
}

// usageArgs makes wrong arguments exit with exitUsage.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError(c, err)
		}
		return nil
	}
}

func usageError(c *cobra.Command, err error) error {
	return exitError{exitUsage, fmt.Errorf("%w; see: %s --help", err, c.CommandPath())}
}
