package threads

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync/object"
)

// Draft is a comment on code to be, as plain values: a person's own, or a
// model's finding that a person publishes.
type Draft struct {
	Path     string // relative to the work tree, with slashes
	Lines    Lines
	Text     []byte // the file as its author sees it; nil is the one in the work tree
	Body     string
	Severity string
	Source   *Source
}

var errEmpty = errors.New("the comment is empty, so nothing was said")

// Comment begins a thread.
func (s *Store) Comment(ctx context.Context, d Draft) (Receipt, error) {
	body, err := bodyOf(d.Body)
	if err != nil {
		return Receipt{}, err
	}
	anchor, err := s.anchor(d)
	if err != nil {
		return Receipt{}, err
	}
	if shownSeverity(d.Severity) != d.Severity {
		return Receipt{}, fmt.Errorf("there is no severity %.20q: error, warning, information or hint", d.Severity)
	}
	return s.append(ctx, func(*Snapshot) (Operation, error) {
		return Operation{Type: TypeComment, Body: body, Severity: d.Severity, Source: d.Source, Anchor: &anchor}, nil
	})
}

// Check tells whether a draft's place can be commented on.
func (s *Store) Check(d Draft) error {
	_, err := s.anchor(d)
	return err
}

// Reply answers in a thread. IDs may be cut to what is unique, here and below,
// and may be those of any comment of the thread.
func (s *Store) Reply(ctx context.Context, thread, body string) (Receipt, error) {
	body, err := bodyOf(body)
	if err != nil {
		return Receipt{}, err
	}
	return s.append(ctx, func(snap *Snapshot) (Operation, error) {
		t, c, err := snap.Find(thread)
		if err != nil {
			return Operation{}, err
		}
		return Operation{Type: TypeReply, Review: t.ID, Target: c.ID, Body: body}, nil
	})
}

// Edit replaces the text of a comment of one's own.
func (s *Store) Edit(ctx context.Context, comment, body string) (Receipt, error) {
	body, err := bodyOf(body)
	if err != nil {
		return Receipt{}, err
	}
	return s.change(ctx, comment, Operation{Type: TypeEdit, Body: body})
}

// Redact takes the text of a comment of one's own from view. Clones that have
// it keep it in their history.
func (s *Store) Redact(ctx context.Context, comment string) (Receipt, error) {
	return s.change(ctx, comment, Operation{Type: TypeRedact})
}

func (s *Store) change(ctx context.Context, comment string, o Operation) (Receipt, error) {
	return s.append(ctx, func(snap *Snapshot) (Operation, error) {
		t, c, err := snap.Find(comment)
		switch {
		case err != nil:
			return Operation{}, err
		case c.Actor != snap.Me:
			return Operation{}, fmt.Errorf("comment %s is %s's, written in another clone: only there it can be changed", Short(c.ID), c.Author.Name)
		case c.Redacted:
			return Operation{}, fmt.Errorf("comment %s was redacted already", Short(c.ID))
		}
		o.Review, o.Target = t.ID, c.ID
		return o, nil
	})
}

// Resolve settles a thread; Reopen takes it up again.
func (s *Store) Resolve(ctx context.Context, thread string) (Receipt, error) {
	return s.settle(ctx, thread, TypeResolve)
}

func (s *Store) Reopen(ctx context.Context, thread string) (Receipt, error) {
	return s.settle(ctx, thread, TypeReopen)
}

func (s *Store) settle(ctx context.Context, thread string, kind Type) (Receipt, error) {
	return s.append(ctx, func(snap *Snapshot) (Operation, error) {
		t, _, err := snap.Find(thread)
		if err != nil {
			return Operation{}, err
		}
		if t.Resolved == (kind == TypeResolve) {
			state := map[bool]string{true: "resolved", false: "open"}[t.Resolved]
			return Operation{}, fmt.Errorf("thread %s is %s already", Short(t.ID), state)
		}
		return Operation{Type: kind, Review: t.ID}, nil
	})
}

// bodyOf is a text as it is kept.
func bodyOf(text string) (string, error) {
	text = strings.TrimSpace(shown.Text(text))
	switch {
	case text == "":
		return "", errEmpty
	case len(text) > MaxBody:
		return "", fmt.Errorf("the comment has %d bytes: %d are the most", len(text), MaxBody)
	}
	return text, nil
}

// shortID is how much of an ID people see.
const shortID = 8

// Short is an ID for people. See Snapshot.Short for one that is unique.
func Short(id string) string { return id[:min(shortID, len(id))] }

// Short is as much of an ID as tells it from all others, 8 digits at least.
func (s *Snapshot) Short(id string) string {
	i, _ := slices.BinarySearch(s.ids, id)
	n := min(shortID, len(id))
	for _, j := range []int{i - 1, i + 1} {
		for 0 <= j && j < len(s.ids) && n < len(id) && strings.HasPrefix(s.ids[j], id[:n]) {
			n++
		}
	}
	return id[:n]
}

// leastID is how much of an ID has to be given.
const leastID = 4

// Find is the comment with an ID that begins so, and its thread.
func (s *Snapshot) Find(prefix string) (*Thread, *Comment, error) {
	prefix = strings.ToLower(strings.TrimSpace(prefix))
	if len(prefix) < leastID || !isHex(prefix) {
		return nil, nil, fmt.Errorf("%.70q is no comment's ID: those are hexadecimal digits, %d at least; `airside comments list --all` shows them", prefix, leastID)
	}
	var thread *Thread
	var comment *Comment
	for i := range s.Threads {
		t := &s.Threads[i]
		for j := range t.Comments {
			if !strings.HasPrefix(t.Comments[j].ID, prefix) {
				continue
			}
			if comment != nil {
				return nil, nil, fmt.Errorf("more than one comment's ID begins with %s: give more of it", prefix)
			}
			thread, comment = t, &t.Comments[j]
		}
	}
	if comment == nil {
		return nil, nil, fmt.Errorf("no comment here has an ID that begins with %s: `airside comments list --all` shows them; one that a teammate wrote may not have arrived yet", prefix)
	}
	return thread, comment, nil
}

// anchor finds what a draft is about: in what is committed, if its lines are,
// so that everybody who has the commit can follow them.
func (s *Store) anchor(d Draft) (Anchor, error) {
	text := d.Text
	if text == nil {
		var err error
		if text, err = readFile(s.repo.WorkDir(), d.Path); err != nil {
			return Anchor{}, err
		}
	}
	if slices.Contains(text[:min(len(text), 8000)], 0) {
		return Anchor{}, fmt.Errorf("%s is binary: it has no lines to comment on", d.Path)
	}
	head, err := s.repo.Head()
	if err != nil {
		return Anchor{}, err
	}
	a, err := NewAnchor(head.Hash, d.Path, text, d.Lines)
	if err != nil {
		return Anchor{}, err
	}
	if err := a.check(); err != nil {
		return Anchor{}, fmt.Errorf("%s cannot be commented on: %w", d.Path, err)
	}
	if head.Hash.IsZero() {
		return a, nil
	}
	objects, err := s.repo.Objects()
	if err != nil {
		return Anchor{}, err
	}
	blob, ok := blobAt(objects, head.Hash, d.Path)
	if !ok || blob == a.Blob {
		return a, nil
	}
	committed, err := smallBlob(objects, blob)
	if err != nil {
		return a, nil
	}
	return a.Reanchor(NewText(text), NewText(committed)), nil
}

// blobAt is the blob of a file in a commit.
func blobAt(objects object.Reader, commit object.Hash, name string) (object.Hash, bool) {
	c, err := objects.Commit(commit)
	if err != nil {
		return object.Zero, false
	}
	tree := c.Tree
	for {
		first, rest, deeper := strings.Cut(name, "/")
		entries, err := objects.Tree(tree)
		if err != nil {
			return object.Zero, false
		}
		i := slices.IndexFunc(entries, func(e object.TreeEntry) bool { return e.Name == first })
		switch {
		case i < 0, deeper && entries[i].Mode != object.ModeDir, !deeper && !entries[i].Mode.IsFile():
			return object.Zero, false
		case !deeper:
			return entries[i].Hash, true
		}
		tree, name = entries[i].Hash, rest
	}
}
