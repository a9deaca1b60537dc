package threads

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// clone is somebody's set of operations, as far as they have arrived.
type clone struct {
	actor string
	ops   []Operation
	known map[string]bool
}

func (c *clone) take(o Operation) {
	if !c.known[o.ID] {
		c.known[o.ID] = true
		c.ops = append(c.ops, o)
	}
}

// act does something at random, on what this clone sees.
func (c *clone) act(t testing.TB, r *rand.Rand) {
	state := Fold(c.ops)
	o := Operation{
		Version: Version, Actor: c.actor, Author: Author{"n" + c.actor[:2], c.actor[:2] + "@example.org"},
		Lamport: state.Clock + 1, Time: fixed().Add(time.Duration(r.IntN(1e6)) * time.Second),
	}
	var thread *Thread
	var comment *Comment
	if len(state.Threads) > 0 {
		thread = &state.Threads[r.IntN(len(state.Threads))]
		comment = &thread.Comments[r.IntN(len(thread.Comments))]
	}
	kind := []Type{TypeComment, TypeReply, TypeReply, TypeEdit, TypeEdit, TypeRedact, TypeResolve, TypeReopen, "vote"}[r.IntN(9)]
	if thread == nil {
		kind = TypeComment
	}
	o.Type, o.Body = kind, fmt.Sprintf("text %d", r.IntN(1e9))
	switch kind {
	case TypeComment:
		a, err := NewAnchor([20]byte{1}, "f", []byte("a\nb\nc\n"), Lines{1 + r.IntN(3), 3})
		must(t, err)
		o.Anchor = &a
	case TypeReply, TypeEdit, TypeRedact:
		o.Review, o.Target = thread.ID, comment.ID
	default:
		o.Review = thread.ID
	}
	if r.IntN(50) == 0 {
		o.Lamport += MaxJump * uint64(r.IntN(3)) // at times too far ahead
	}
	line, err := o.Encode()
	must(t, err)
	decoded, err := Decode(line[:len(line)-1])
	if kind == "vote" {
		return // kept in the file, see TestUnknown
	}
	must(t, err)
	c.take(decoded)
}

// TestConverge: random operations on 2 to 5 clones, handed on in random order,
// some of them twice, come to the same state everywhere.
func TestConverge(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		clones := make([]*clone, 2+r.IntN(4))
		for i := range clones {
			clones[i] = &clone{actor: fmt.Sprintf("%016x", i+1), known: map[string]bool{}}
		}
		for range 120 {
			c := clones[r.IntN(len(clones))]
			if r.IntN(3) > 0 {
				c.act(t, r)
				continue
			}
			from := clones[r.IntN(len(clones))] // a part of what another has
			for _, i := range r.Perm(len(from.ops))[:r.IntN(len(from.ops)+1)] {
				c.take(from.ops[i])
			}
		}
		var want string
		for n, c := range clones {
			for _, from := range clones {
				for _, i := range r.Perm(len(from.ops)) {
					c.take(from.ops[i])
				}
			}
			again := append(slices.Clone(c.ops), c.ops[r.IntN(len(c.ops))])
			got := dump(t, Fold(again))
			if n == 0 {
				want = got
			} else if got != want {
				t.Fatalf("seed %d: clone %d sees\n%s\nclone 0 sees\n%s", seed, n, got, want)
			}
		}
	}
}

func dump(t testing.TB, s State) string {
	data, err := json.MarshalIndent(s, "", " ")
	must(t, err)
	return string(data)
}

// said makes operations of one actor with the clocks 1, 2, …
func said(t testing.TB, actor string, ops ...Operation) []Operation {
	t.Helper()
	for i := range ops {
		o := &ops[i]
		o.Version, o.Actor, o.Author, o.Time = Version, actor, Author{"n", "n@example.org"}, fixed()
		if o.Lamport == 0 {
			o.Lamport = uint64(i + 1)
		}
		if o.Type == TypeComment {
			a, err := NewAnchor([20]byte{1}, "f", []byte("a\nb\nc\n"), Lines{1, 1})
			must(t, err)
			o.Anchor = &a
		}
		_, err := o.Encode()
		must(t, err)
	}
	return ops
}

const (
	alice = "00000000000000aa"
	bob   = "00000000000000bb"
)

func TestFold(t *testing.T) {
	root := said(t, alice, Operation{Type: TypeComment, Body: "first"})[0]
	at := func(o Operation, clock uint64) Operation {
		o.Review, o.Lamport = root.ID, clock
		if o.Type == TypeEdit || o.Type == TypeRedact {
			o.Target = root.ID
		}
		return o
	}
	for _, c := range []struct {
		name    string
		ops     []Operation
		want    string // of the first thread
		skipped string
	}{
		{"the last edit counts", append(said(t, alice, at(Operation{Type: TypeEdit, Body: "third"}, 5)), said(t, alice, at(Operation{Type: TypeEdit, Body: "second"}, 4))...), "third edited", ""},
		{"nobody edits for another", said(t, bob, at(Operation{Type: TypeEdit, Body: "theirs"}, 3)), "first", "only who wrote"},
		{"nobody redacts for another", said(t, bob, at(Operation{Type: TypeRedact}, 3)), "first", "only who wrote"},
		{"a redaction stays", said(t, alice, at(Operation{Type: TypeRedact}, 3), at(Operation{Type: TypeEdit, Body: "again"}, 4)), "redacted gone", ""},
		{"a redaction after an edit", said(t, alice, at(Operation{Type: TypeEdit, Body: "again"}, 3), at(Operation{Type: TypeRedact}, 4)), "redacted gone", ""},
		{"anybody resolves", said(t, bob, at(Operation{Type: TypeResolve}, 3)), "first resolved", ""},
		{"and reopens", said(t, bob, at(Operation{Type: TypeResolve}, 3), at(Operation{Type: TypeReopen}, 4)), "first", ""},
		{"replies in order", said(t, bob, at(Operation{Type: TypeReply, Body: "two"}, 9), at(Operation{Type: TypeReply, Body: "one"}, 8)), "first, one, two", ""},
		{"text is sanitized", said(t, bob, at(Operation{Type: TypeReply, Body: "\x1b[31mred\u202e\u0007"}, 8)), "first, red", ""},
		{"an edit is sanitized", said(t, alice, at(Operation{Type: TypeEdit, Body: "\x1b[31mred\u202e\u0007"}, 8)), "red edited", ""},
		{"a clock of the future", said(t, bob, at(Operation{Type: TypeReply, Body: "late"}, 2+MaxJump)), "first", "too far ahead"},
		{"a far clock that others fill up to", said(t, bob, at(Operation{Type: TypeReply, Body: "late"}, 2+MaxJump), at(Operation{Type: TypeReply, Body: "mid"}, 3)), "first, mid, late", ""},
		{"a thread that is not here", said(t, bob, Operation{Type: TypeReply, Review: strings.Repeat("0", 64), Body: "?"}), "first", "waits for its thread"},
	} {
		t.Run(c.name, func(t *testing.T) {
			state := Fold(append(c.ops, root))
			if got := line(state.Threads[0]); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got := fmt.Sprint(state.Skipped); !strings.Contains(got, c.skipped) || (c.skipped == "") != (len(state.Skipped) == 0) {
				t.Errorf("skipped %s", got)
			}
		})
	}
}

// TestFoldSanitizes: nothing that somebody else has written comes to a terminal as it
// is, and a severity is one of four.
func TestFoldSanitizes(t *testing.T) {
	const bad = "\x1b[31mred\u202e"
	o := said(t, alice, Operation{Type: TypeComment, Body: bad, Severity: bad, Source: &Source{bad, bad}})
	o[0].Author = Author{bad, bad}
	resolve := said(t, bob, Operation{Type: TypeResolve, Review: o[0].ID, Lamport: 2})
	resolve[0].Author = Author{bad, bad}
	th := Fold(append(o, resolve...)).Threads[0]
	c := th.Comments[0]
	for what, got := range map[string]string{
		"body": c.Body, "name": c.Author.Name, "address": c.Author.Email, "model": th.Source.Model, "prompt": th.Source.PromptHash,
		"who resolved": th.Settled.Author.Name, "and where": th.Settled.Author.Email,
	} {
		if got != "red" {
			t.Errorf("%s: %q", what, got)
		}
	}
	if th.Severity != "" {
		t.Errorf("severity %q", th.Severity)
	}
}

// line is a thread in short.
func line(th Thread) string {
	var list []string
	for _, c := range th.Comments {
		text := c.Body
		if c.Redacted {
			text = "redacted" + c.Body // of which nothing is left
		}
		if !c.Edited.IsZero() && !c.Redacted {
			text += " edited"
		}
		list = append(list, text)
	}
	text := strings.Join(list, ", ")
	if th.Resolved {
		text += " resolved"
	}
	if th.Gone() {
		text += " gone"
	}
	return text
}
