package threads

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/shown"
)

// State is what a set of operations comes to: the same for the same set, in
// whatever order it is given. All text in it is sanitized.
type State struct {
	Threads []Thread           // by their first comment's place in the order
	Skipped []SkippedOperation // operations that do not count in this set
	Clock   uint64             // the greatest that counts
}

// Thread is a comment on code and what was answered.
type Thread struct {
	ID       string
	Anchor   Anchor
	Severity string // "error", "warning", "information", "hint" or ""
	Source   *Source
	Comments []Comment // the first began it
	Resolved bool
	Settled  Settlement // the latest resolve or reopen; zero for none
}

// Settlement says who resolved or reopened a thread last.
type Settlement struct {
	Author Author
	Time   time.Time
	op     string
}

// Comment is one text of a thread.
type Comment struct {
	ID       string
	Actor    string
	Author   Author
	Time     time.Time // by its author's clock
	Body     string    // "" when redacted
	Edited   time.Time // zero: as it was first
	Redacted bool
	ops      []string // those that its text rests on
}

// Gone tells whether nothing of a thread is left to be read.
func (t Thread) Gone() bool {
	return !slices.ContainsFunc(t.Comments, func(c Comment) bool { return !c.Redacted })
}

// Fold makes the state of a set of operations. An operation may come twice.
//
// The order is (lamport, ID). The last edit of a comment by its author counts,
// the last resolve or reopen of a thread by anybody, and a redaction, by its
// author, for ever. What speaks of a thread or a comment that is not in the set
// waits for it.
func Fold(ops []Operation) State {
	f := fold{comments: map[string]*Comment{}, threads: map[string]*Thread{}}
	list := f.ordered(ops)
	for _, o := range list {
		if o.Type == TypeComment {
			f.begin(o)
		}
	}
	for _, o := range list {
		if o.Type == TypeReply {
			f.reply(o)
		}
	}
	for _, o := range list {
		f.apply(o)
	}
	for _, t := range f.order {
		for _, c := range f.replies[t.ID] {
			t.Comments = append(t.Comments, *c)
		}
		t.Comments[0] = *f.comments[t.ID]
		f.state.Threads = append(f.state.Threads, *t)
	}
	f.state.Skipped = f.skipped.sorted()
	return f.state
}

// fold is a set of operations on its way to a State.
type fold struct {
	state    State
	skipped  skips
	order    []*Thread
	threads  map[string]*Thread
	comments map[string]*Comment
	replies  map[string][]*Comment
}

// ordered is the set in its order, without operations whose clock is too far
// ahead of all before them.
func (f *fold) ordered(ops []Operation) []*Operation {
	list := make([]*Operation, len(ops))
	for i := range ops {
		list[i] = &ops[i]
	}
	slices.SortFunc(list, func(a, b *Operation) int {
		return cmp.Or(cmp.Compare(a.Lamport, b.Lamport), strings.Compare(a.ID, b.ID))
	})
	list = slices.CompactFunc(list, func(a, b *Operation) bool { return a.ID == b.ID })
	return slices.DeleteFunc(list, func(o *Operation) bool {
		if o.Lamport > f.state.Clock+MaxJump {
			f.skipped.add(o.Actor, "an operation was skipped: its clock is too far ahead")
			return true
		}
		f.state.Clock = o.Lamport
		return false
	})
}

// comment is an operation as what it says at first.
func (f *fold) comment(o *Operation) *Comment {
	c := &Comment{
		ID: o.ID, Actor: o.Actor, Author: shownAuthor(o.Author), Time: o.Time, Body: shown.Text(o.Body), ops: []string{o.ID},
	}
	f.comments[o.ID] = c
	return c
}

func (f *fold) begin(o *Operation) {
	t := &Thread{ID: o.ID, Anchor: *o.Anchor, Severity: shownSeverity(o.Severity), Comments: []Comment{{}}}
	if o.Source != nil {
		t.Source = &Source{shown.Line(o.Source.Model, maxName), shown.Line(o.Source.PromptHash, maxName)}
	}
	t.Anchor.Quote = o.Anchor.Quote // code, compared byte for byte; who prints it sanitizes it
	f.comment(o)
	f.threads[o.ID] = t
	f.order = append(f.order, t)
}

func (f *fold) reply(o *Operation) {
	if f.threads[o.Review] == nil {
		f.skipped.add(o.Actor, "a reply waits for its thread, which has not arrived")
		return
	}
	if f.replies == nil {
		f.replies = map[string][]*Comment{}
	}
	f.replies[o.Review] = append(f.replies[o.Review], f.comment(o))
}

// apply is what changes something that was said.
func (f *fold) apply(o *Operation) {
	switch o.Type {
	case TypeResolve, TypeReopen:
		t := f.threads[o.Review]
		if t == nil {
			f.skipped.add(o.Actor, "a "+string(o.Type)+" waits for its thread, which has not arrived")
			return
		}
		t.Resolved, t.Settled = o.Type == TypeResolve, Settlement{shownAuthor(o.Author), o.Time, o.ID}
	case TypeEdit, TypeRedact:
		c := f.comments[o.Target]
		switch {
		case c == nil:
			f.skipped.add(o.Actor, "a "+string(o.Type)+" waits for its comment, which has not arrived")
		case c.Actor != o.Actor:
			f.skipped.add(o.Actor, "a "+string(o.Type)+" was skipped: only who wrote a comment changes it")
		case o.Type == TypeRedact:
			c.Redacted, c.Body = true, ""
			c.ops = append(c.ops, o.ID)
		case !c.Redacted:
			c.Body, c.Edited = shown.Text(o.Body), o.Time
			c.ops = append(c.ops[:1:1], o.ID)
		}
	}
}

func shownAuthor(a Author) Author {
	return Author{shown.Line(a.Name, maxName), shown.Line(a.Email, maxName)}
}

func shownSeverity(s string) string {
	if slices.Contains([]string{"error", "warning", "information", "hint"}, s) {
		return s
	}
	return ""
}
