package lsp

import (
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
)

// EncodeTrace is a trace as airside.why tells it.
func EncodeTrace(t completion.Trace) ext.Trace {
	return ext.Trace{
		ID:      t.ID,
		Time:    t.Time.Format(time.RFC3339Nano),
		Path:    t.Path,
		Offset:  t.Offset,
		Backend: t.Backend,
		Model:   t.Model,
		Form:    t.Form,
		Prompt:  t.Prompt,
		Raw:     t.Raw,
		Shown:   t.Shown,
		Reason:  t.Reason,

		Cached:      t.Cached,
		CachedBy:    string(t.CachedBy),
		From:        t.From,
		Speculative: t.Speculative,
		Alternative: t.Alternative,

		Confidence: t.Confidence,
		Remembered: t.Remembered,

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
