package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airside-ls/airside/lsp/catalogue"
)

// speakHelp has the help of every command in a language: what it, its flags and its
// subcommands say of themselves, and the headings around that.
func speakHelp(root *cobra.Command, l *catalogue.Language) {
	if l == nil {
		return
	}
	help := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		speak(c, l)
		out := c.OutOrStdout()
		var text bytes.Buffer
		c.SetOut(&text)
		help(c, args)
		c.SetOut(out)
		_, _ = io.WriteString(out, speakHeadings(text.String(), l)) // cobra asks for no error either
	})
}

func speak(c *cobra.Command, l *catalogue.Language) {
	c.Short, c.Long, c.Example = l.Text(c.Short), l.Text(c.Long), l.Text(c.Example)
	flag := func(f *pflag.Flag) {
		if f.Name == "help" {
			f.Usage = l.Sayf("help for %s", c.DisplayName())
		} else {
			f.Usage = l.Text(f.Usage)
		}
	}
	c.LocalFlags().VisitAll(flag)
	c.InheritedFlags().VisitAll(flag)
	for _, sub := range c.Commands() {
		sub.Short = l.Text(sub.Short)
	}
}

// helpHeadings are lines that cobra writes around what commands say, and defaultMark
// stands before a flag's default.
var helpHeadings = []string{"Usage:", "Examples:", "Available Commands:", "Flags:", "Global Flags:"}

const defaultMark = " (default "

func speakHeadings(text string, l *catalogue.Language) string {
	var b strings.Builder
	flags := false
	for line := range strings.Lines(text) {
		bare := strings.TrimSuffix(line, "\n")
		for _, heading := range helpHeadings {
			if bare == heading {
				flags = strings.HasSuffix(heading, "Flags:")
				line = l.Text(heading) + "\n"
			}
		}
		if i := strings.LastIndex(line, defaultMark); flags && i >= 0 {
			line = line[:i] + l.Text(defaultMark) + line[i+len(defaultMark):]
		}
		if strings.HasPrefix(line, `Use "`) {
			line = l.Say(line)
		}
		b.WriteString(line)
	}
	return b.String()
}
