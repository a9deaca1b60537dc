// Package syntaxtest has tests parse in a process of its own, as airside does:
// for those that parse what a fuzzer comes up with.
package syntaxtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/worker"
)

const serve = "syntax-worker"

// Main is for TestMain. It runs the tests with every cache's trees in a process
// of this program's own, which Main serves as when it is started to.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serve {
		worker.Confine()
		if err := syntax.Serve(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	path, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	syntax.ParseIn(worker.Program{Path: path, Args: []string{serve}})
	os.Exit(m.Run())
}
