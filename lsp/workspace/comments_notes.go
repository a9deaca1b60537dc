package workspace

import (
	"strings"
	"unicode/utf8"

	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/annotate"
	"github.com/airside-ls/airside/lsp/annotate/marks"
	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/text"
)

// threadCode is the code of diagnostics that are threads: a client that shows
// threads itself leaves them out by it.
const threadCode = "comment"

// threadNote is an open thread as a diagnostic. It has no quote: a thread is
// shown whatever becomes of its code.
func threadNote(in *text.Snapshot, t gitsync.Thread, say *catalogue.Language) *annotate.Entry[gitsync.Thread] {
	start, end := threadBytes(in, t.Lines)
	data, err := protocol.Marshal(map[string]string{"thread": t.ID})
	if err != nil {
		data = nil
	}
	return &annotate.Entry[gitsync.Thread]{About: t, Note: annotate.Note{
		Mark: marks.Mark{Start: start, End: end},
		Diagnostic: protocol.Diagnostic{
			Severity: protocol.DiagnosticSeverityInformation,
			Code:     protocol.String(threadCode),
			Message:  protocol.String(threadMessage(t, say)),
			Data:     data,
		},
	}}
}

// threadMessage is a thread as plain text, one comment after the other.
func threadMessage(t gitsync.Thread, say *catalogue.Language) string {
	var b strings.Builder
	for i, c := range t.Comments {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.Author.Name)
		if !t.Trusts[i].Verified {
			b.WriteString(" " + say.Say("(claim)"))
		}
		b.WriteString(": ")
		if c.Redacted {
			b.WriteString(say.Say("(redacted)"))
		} else {
			b.WriteString(c.Body)
		}
	}
	if t.Outdated() {
		b.WriteString("\n" + say.Say("(outdated: the code has changed since)"))
	}
	return b.String()
}

// Actions offer for each open thread in a place to answer and to settle
// it.
func (w *Workspace) Actions(q *editor.ActionQuery) []protocol.CodeAction {
	var list []protocol.CodeAction
	say := w.client.Capabilities().Language.Sayf
	for _, n := range w.comments.threads.At(q.Document, q.Start, q.End) {
		t := n.About
		about := ext.CommentArguments{URI: q.Document.Spelling, Thread: t.ID}
		excerpt := excerptOf(t)
		list = append(list,
			editor.CommandAction(protocol.CodeActionKindQuickFix, say("Reply to %s", excerpt), ext.CommandCommentReply, about),
			editor.CommandAction(protocol.CodeActionKindQuickFix, say("Resolve %s", excerpt), ext.CommandCommentResolve, about))
	}
	return list
}

// maxExcerpt is how much of a comment, in characters, names its thread.
const maxExcerpt = 40

func excerptOf(t gitsync.Thread) string {
	c := t.Comments[0]
	body, _, more := strings.Cut(c.Body, "\n")
	if utf8.RuneCountInString(body) > maxExcerpt {
		body, more = string([]rune(body)[:maxExcerpt]), true
	}
	if more {
		body += "…"
	}
	return c.Author.Name + ": " + body
}
