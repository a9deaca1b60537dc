package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manualCmd writes what packages carry beside the binary. It is for those who make
// packages.
func manualCmd(std stdio) *cobra.Command {
	return &cobra.Command{
		Use:    "manual DIR",
		Short:  "Write the manual pages and the shells' completions into a folder",
		Hidden: true,
		Args:   usageArgs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := writeManual(c.Root(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(std.out, "%d files in %s\n", n, printable(args[0]))
			return err
		},
	}
}

// writeManual writes a page for each command (man/airside-models-pull.1) and the
// completions of four shells (completions/airside.bash), and counts the files.
func writeManual(root *cobra.Command, dir string) (n int, err error) {
	man, shells := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	if err := errors.Join(os.MkdirAll(man, 0o755), os.MkdirAll(shells, 0o755)); err != nil {
		return 0, err
	}
	var visit func(c *cobra.Command) error
	visit = func(c *cobra.Command) error {
		if c.Hidden || c.Name() == "help" {
			return nil
		}
		n++
		if err := os.WriteFile(filepath.Join(man, pageName(c)+".1"), []byte(manualPage(c)), 0o644); err != nil {
			return err
		}
		for _, below := range c.Commands() {
			if err := visit(below); err != nil {
				return err
			}
		}
		return nil
	}
	root.InitDefaultHelpFlag()
	if err := visit(root); err != nil {
		return n, err
	}
	return n + 4, errors.Join(
		root.GenBashCompletionFileV2(filepath.Join(shells, "airside.bash"), true),
		root.GenZshCompletionFile(filepath.Join(shells, "_airside")),
		root.GenFishCompletionFile(filepath.Join(shells, "airside.fish"), true),
		root.GenPowerShellCompletionFileWithDesc(filepath.Join(shells, "airside.ps1")))
}

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manualPage is a command's page in the language of man. It has no date, so that two
// builds write the same.
func manualPage(c *cobra.Command) string {
	version, _ := buildVersion()
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"airside %s\" \"airside\"\n", roffWord(strings.ToUpper(pageName(c))), roff(version))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	if c.Long != "" {
		b.WriteString(".SH DESCRIPTION\n")
		paragraphs(&b, c.Long)
	}
	flags := func(title string, set *pflag.FlagSet) {
		if set.HasAvailableFlags() {
			fmt.Fprintf(&b, ".SH %s\n", title)
		}
		set.VisitAll(func(f *pflag.Flag) {
			if f.Hidden {
				return
			}
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			value, usage := pflag.UnquoteUsage(f)
			fmt.Fprintf(&b, ".TP\n.B %s\n%s", roff(strings.TrimSpace(name+" "+value)), roff(usage))
			if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
				fmt.Fprintf(&b, " (%s)", roff(f.DefValue))
			}
			b.WriteByte('\n')
		})
	}
	flags("OPTIONS", c.NonInheritedFlags())
	flags("OPTIONS OF ALL ITS COMMANDS", c.InheritedFlags())
	if c.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(c.Example))
	}
	var others []string
	if c.HasParent() {
		others = append(others, pageName(c.Parent()))
	}
	for _, below := range c.Commands() {
		if !below.Hidden && below.Name() != "help" {
			others = append(others, pageName(below))
		}
	}
	if len(others) > 0 {
		b.WriteString(".SH SEE ALSO\n")
		for i, name := range others {
			comma := ","
			if i == len(others)-1 {
				comma = ""
			}
			fmt.Fprintf(&b, ".BR %s (1)%s\n", roff(name), comma)
		}
	}
	return b.String()
}

// paragraphs writes text whose indented lines stand as they are.
func paragraphs(b *strings.Builder, text string) {
	literal := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		indented := strings.HasPrefix(line, "  ")
		switch {
		case indented && !literal:
			b.WriteString(".nf\n")
		case !indented && literal:
			b.WriteString(".fi\n")
		}
		literal = indented
		if line == "" {
			b.WriteString(".PP\n")
			continue
		}
		b.WriteString(roff(line) + "\n")
	}
	if literal {
		b.WriteString(".fi\n")
	}
}

// roff is text as man takes it: nothing of it is a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func roffWord(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }
