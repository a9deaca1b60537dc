package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/spf13/cobra"
)

func completeCmd(std stdio, environ []string) *cobra.Command {
	var asJSON, fromStdin bool
	var logLevel string
	c := &cobra.Command{
		Use:   "complete FILE:LINE:COL",
		Short: "Print the best completion at a place",
		Long: `Prints the best completion at FILE:LINE:COL to standard output, exactly (no
newline is added). LINE and COL count from 1, COL in bytes. When there is no
completion nothing is printed, and the reason goes to standard error.`,
		Args: usageArgs(cobra.ExactArgs(1)),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the completion with its backend, timings and reason as JSON")
	c.Flags().BoolVar(&fromStdin, "stdin", false, "read the text from standard input; FILE only names it")
	logLevelFlag(c, &logLevel)
	c.RunE = func(c *cobra.Command, args []string) error {
		file, line, col, err := parsePlace(args[0])
		if err != nil {
			return usageError(c, err)
		}
		log, err := newLogger(std.err, logLevel)
		if err != nil {
			return usageError(c, err)
		}
		text, err := readSource(file, fromStdin, std.in)
		if err != nil {
			return err
		}
		offset, err := offsetOf(text, line, col)
		if err != nil {
			return usageError(c, fmt.Errorf("%s: %w", args[0], err))
		}
		opts, errs := loadSettings(environ)
		for _, e := range errs {
			log.Warn("setting ignored", "error", e)
		}
		options := engineOptions(opts, log)
		options.Wait *= 5 // who asks by a command waits longer than who types
		completion.AwaitLoading(c.Context(), options.Backends)
		engine := completion.New(options)
		defer engine.Close()
		path := recollect(c.Context(), engine, file, environ, log)
		res, err := engine.Complete(c.Context(), completion.Request{
			Document: completion.Document{Path: path, Language: completion.LanguageOf(file), Text: text},
			Offset:   offset,
			Trigger:  completion.Invoked,
		})
		if err != nil {
			return err
		}
		if len(res.Suggestions) == 0 {
			if _, _, nobody := engine.Chosen(c.Context()); nobody != nil {
				if asJSON {
					err = printCompletion(std, text, res, true)
				}
				return errors.Join(err, nobody)
			}
		}
		return printCompletion(std, text, res, asJSON)
	}
	return c
}

// parsePlace splits FILE:LINE:COL; FILE may hold colons.
func parsePlace(place string) (file string, line, col int, err error) {
	rest, colText, ok1 := cutLast(place, ":")
	file, lineText, ok2 := cutLast(rest, ":")
	line, errLine := strconv.Atoi(lineText)
	col, errCol := strconv.Atoi(colText)
	if !ok1 || !ok2 || file == "" || errors.Join(errLine, errCol) != nil {
		return "", 0, 0, fmt.Errorf("%q is not FILE:LINE:COL", place)
	}
	return file, line, col, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// maxSource bounds what is read, in bytes: a text of half the size is given no
// completions.
const maxSource = 16 << 20

func readSource(file string, fromStdin bool, stdin io.Reader) (string, error) {
	var data []byte
	var err error
	if fromStdin {
		data, err = io.ReadAll(io.LimitReader(stdin, maxSource+1))
		if err == nil && len(data) > maxSource {
			err = fmt.Errorf("standard input is larger than %d MiB, too large for a source file", maxSource>>20)
		}
	} else {
		data, err = durable.ReadFile(filepath.Clean(file), maxSource)
	}
	return strings.ToValidUTF8(string(data), "\uFFFD"), err
}

// offsetOf is the byte offset of line and col, both from 1.
func offsetOf(text string, line, col int) (int, error) {
	if line < 1 || col < 1 {
		return 0, errors.New("lines and columns count from 1")
	}
	start := 0
	for n := 1; n < line; n++ {
		i := strings.IndexByte(text[start:], '\n')
		if i < 0 {
			return 0, fmt.Errorf("line %d is past the end; the file has %d lines", line, n)
		}
		start += i + 1
	}
	end := len(text)
	if i := strings.IndexByte(text[start:], '\n'); i >= 0 {
		end = start + i
	}
	if start+col-1 > end {
		return 0, fmt.Errorf("column %d is past the end of line %d, which has %d bytes", col, line, end-start)
	}
	return start + col - 1, nil
}

// completionJSON is what --json prints; its names are part of the contract.
type completionJSON struct {
	Text         string     `json:"text"`
	Range        *rangeJSON `json:"range"`
	Backend      string     `json:"backend"`
	Model        string     `json:"model"`
	Cached       bool       `json:"cached"`
	Multiline    bool       `json:"multiline"`
	TimingsMS    timings    `json:"timings_ms"`
	PromptTokens int        `json:"prompt_tokens"`
	Reason       string     `json:"reason"`
	Trace        ext.Trace  `json:"trace"` // as airside.why tells it
}

type timings struct {
	Context    float64 `json:"context"`
	Prompt     float64 `json:"prompt"`
	FirstToken float64 `json:"first_token"`
	Total      float64 `json:"total"`
}

// rangeJSON is the replaced range, lines and columns from 1, columns in bytes.
type rangeJSON struct {
	Start positionJSON `json:"start"`
	End   positionJSON `json:"end"`
}

type positionJSON struct {
	Line int `json:"line"`
	Col  int `json:"col"`
}

func printCompletion(std stdio, text string, res completion.Result, asJSON bool) error {
	var best completion.Suggestion
	if len(res.Suggestions) > 0 {
		best = res.Suggestions[0]
		best.Text = completion.MatchLineEndings(best.Text, text)
	}
	if !asJSON {
		if res.Reason != "" {
			std.warn("no completion: %s", std.language.Say(printable(res.Reason)))
		}
		_, err := io.WriteString(std.out, best.Text)
		return err
	}
	t := res.Trace
	out := completionJSON{
		Text: best.Text, Backend: t.Backend, Model: t.Model, Cached: t.Cached, Multiline: t.Multiline,
		TimingsMS:    timings{ms(t.ContextTime), ms(t.PromptTime), ms(t.FirstToken), ms(t.Total)},
		PromptTokens: t.PromptTokens, Reason: res.Reason, Trace: lsp.EncodeTrace(t),
	}
	if best.Text != "" {
		out.Range = &rangeJSON{positionOf(text, best.Start), positionOf(text, best.End)}
	}
	return json.NewEncoder(std.out).Encode(out)
}

func positionOf(text string, offset int) positionJSON {
	before := text[:offset]
	return positionJSON{strings.Count(before, "\n") + 1, offset - strings.LastIndexByte(before, '\n')}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func logLevelFlag(c *cobra.Command, level *string) {
	c.Flags().StringVar(level, "log-level", "error", "what is logged: debug, info, warn or error")
}

func newLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q can be debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: maskAttr})), nil
}

// maskAttr takes what is secret in URLs out of what is logged, whoever logs it.
func maskAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(secrecy.MaskURLs(v))
	case error:
		a.Value = slog.StringValue(secrecy.MaskURLs(v.Error()))
	case fmt.Stringer:
		a.Value = slog.StringValue(secrecy.MaskURLs(v.String()))
	}
	return a
}
