package lsp

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/lsp/ext"
)

// EncodeTrace is a trace as airside.why tells it.
func EncodeTrace(t completion.Trace) ext.Trace {
	return ext.Trace{
		ID:      t.ID,
		Time:    t.Time.Format(time.RFC3339Nano),
		Path:    t.Path,
		Cell:    t.Cell,
		Offset:  t.Offset,
		Summary: shown.Text(summary(t)),
		Backend: t.Backend,
		Model:   shown.Text(t.Model),
		Form:    t.Form,
		Prompt:  shown.Text(t.Prompt),
		Raw:     shown.Text(t.Raw),
		Shown:   t.Shown,
		Reason:  shown.Text(t.Reason),

		Cached:      t.Cached,
		CachedBy:    string(t.CachedBy),
		From:        t.From,
		Speculative: t.Speculative,
		Alternative: t.Alternative,

		Confidence: t.Confidence,
		Remembered: t.Remembered,
		Beginning:  t.Beginning,

		Snippets:   snippets(t.Snippets),
		NoSnippets: shown.Text(t.NoSnippets),

		Unread:             t.Unread,
		Multiline:          t.Multiline,
		PromptTokens:       t.PromptTokens,
		CachedPromptTokens: t.CachedPromptTokens,
		GeneratedTokens:    t.GeneratedTokens,

		TimingsMs: ext.Timings{
			Context:    milliseconds(t.ContextTime),
			Prompt:     milliseconds(t.PromptTime),
			FirstToken: milliseconds(t.FirstToken),
			Total:      milliseconds(t.Total),
		},
	}
}

// snippets are the definitions that a prompt shows, with the reason for each.
func snippets(list []completion.Snippet) []ext.Snippet {
	var told []ext.Snippet
	for _, s := range list {
		path, name := shown.Text(s.Path), shown.Text(s.Name)
		told = append(told, ext.Snippet{
			Path: path, Line: s.Line, Name: name, Text: shown.Text(s.Text), Why: shown.Text(s.Why),
			Summary: fmt.Sprintf("%s (%s:%d) %s", name, path, s.Line, shown.Text(s.Why)),
		})
	}
	return told
}

// summary is one of "12:03:09 load.go:12: suggested if err != nil {" and
// "12:03:09 load.go:12: nothing, the model had nothing to add".
func summary(t completion.Trace) string {
	where := filepath.Base(t.Path)
	if t.Cell > 0 {
		where = fmt.Sprintf("%s, cell %d", where, t.Cell)
	}
	if t.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, t.Line)
	}
	what := "nothing, " + t.Reason
	switch shown, _, more := strings.Cut(strings.TrimSpace(t.Shown), "\n"); {
	case shown != "" && more:
		what = "suggested " + strings.TrimSpace(shown) + " …"
	case shown != "":
		what = "suggested " + shown
	case t.Reason == "":
		what = "nothing"
	}
	if t.Unread != "" {
		what += " (" + t.Unread + ")"
	}
	if t.Speculative {
		what = strings.Replace(what, "suggested", "prepared", 1) + ", ahead of the typing"
	}
	return fmt.Sprintf("%s %s: %s", t.Time.Local().Format(time.TimeOnly), where, what)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
