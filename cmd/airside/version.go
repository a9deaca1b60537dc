package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/spf13/cobra"
)

// Set by the Makefile with -ldflags -X; a plain "go build" or "go install"
// takes them from the build information.
var (
	version = ""
	commit  = ""
)

// buildVersion returns the version and the commit of this binary.
func buildVersion() (v, c string) {
	v, c = version, commit
	if info, ok := debug.ReadBuildInfo(); ok {
		if v == "" {
			v = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && c == "" {
				c = s.Value
			}
		}
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	if c == "" {
		c = "unknown"
	}
	return v, c
}

func versionCmd(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print version, commit, Go and built-in model",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return printVersion(std) },
	}
}

// versionFlag is what most people try first.
func versionFlag(root *cobra.Command, std stdio) {
	asked := root.Flags().Bool("version", false, "print what airside version prints")
	run := root.RunE
	root.RunE = func(c *cobra.Command, args []string) error {
		if *asked {
			return printVersion(std)
		}
		return run(c, args)
	}
}

func printVersion(std stdio) error {
	v, c := buildVersion()
	_, err := fmt.Fprintf(std.out, "airside %s\ncommit  %s\ngo      %s %s/%s\n", v, c, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return errors.Join(err, std.tell("model   %s (built in)", tiny.TheCard.Name))
}
