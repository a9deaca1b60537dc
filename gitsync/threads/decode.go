package threads

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync/merge"
)

// ErrUnknown is what Decode's error wraps for an operation of a kind that is
// not known here: it stays where it is, for versions that know it.
var ErrUnknown = errors.New("not known to this version of airside")

// envelope is what every version of an operation has.
type envelope struct {
	Version int    `json:"v"`
	Actor   string `json:"actor"`
	Type    Type   `json:"type"`
}

// Decode reads one line of an actor's file, without its newline. The error says
// why it does not count.
func Decode(line []byte) (Operation, error) {
	if len(line) > MaxLine {
		return Operation{}, fmt.Errorf("it has %d bytes: %d are the most", len(line), MaxLine)
	}
	rest, ok := bytes.CutPrefix(line, []byte(idStart))
	if !ok || len(rest) < idLength+2 || string(rest[idLength:idLength+2]) != `",` {
		return Operation{}, errors.New("it does not begin with its ID")
	}
	id := string(rest[:idLength])
	content := append([]byte("{"), rest[idLength+2:]...)
	if contentID(content) != id {
		return Operation{}, errors.New("its ID is not that of its content")
	}
	o := Operation{}
	if err := json.Unmarshal(content, &o); err != nil {
		// What comes later may have other fields of the same names.
		var e envelope
		if json.Unmarshal(content, &e) != nil || !e.unknown() {
			return Operation{}, fmt.Errorf("it is not JSON as it should be: %w", err)
		}
		o = Operation{Version: e.Version, Actor: e.Actor, Type: e.Type}
	}
	o.ID = id
	if e := (envelope{o.Version, o.Actor, o.Type}); e.unknown() {
		return o, fmt.Errorf("an operation of the type %.20q, version %d, is %w", e.Type, e.Version, ErrUnknown)
	}
	return o, o.check()
}

func (e envelope) unknown() bool {
	return e.Version > Version || e.Version == Version && !e.Type.known()
}

func (t Type) known() bool {
	return slices.Contains([]Type{TypeComment, TypeReply, TypeEdit, TypeRedact, TypeResolve, TypeReopen}, t)
}

// check holds an operation against the bounds.
func (o *Operation) check() error {
	switch {
	case o.Version < 1:
		return fmt.Errorf("there is no version %d", o.Version)
	case !isActor(o.Actor):
		return errors.New("its actor is none")
	case o.Lamport == 0 || o.Lamport > maxClock:
		return fmt.Errorf("its clock says %d", o.Lamport)
	case o.Time.Year() < 1970 || o.Time.Year() > 9999:
		return errors.New("its time is out of all bounds")
	case len(o.Body) > MaxBody:
		return fmt.Errorf("its text has %d bytes: %d are the most", len(o.Body), MaxBody)
	case len(o.Author.Name) > 4*maxName || len(o.Author.Email) > 4*maxName:
		return errors.New("its author's name is too long")
	}
	root := o.Type == TypeComment
	if root != (o.Review == "") || !root && !isID(o.Review) {
		return errors.New("it names no thread")
	}
	if needs := o.Type == TypeEdit || o.Type == TypeRedact; needs && !isID(o.Target) || o.Target != "" && !isID(o.Target) {
		return errors.New("it names no comment")
	}
	if o.Source != nil && (len(o.Source.Model) > 4*maxName || len(o.Source.PromptHash) > 2*idLength) {
		return errors.New("its source's name is too long")
	}
	if root {
		return o.Anchor.check()
	}
	return nil
}

func (a *Anchor) check() error {
	switch {
	case a == nil:
		return errors.New("it names no place")
	case len(a.Path) > maxPath || !utf8.ValidString(a.Path):
		return errors.New("its path is too long or not UTF-8")
	case len(a.Quote) > maxQuote:
		return fmt.Errorf("it quotes %d bytes: %d are the most", len(a.Quote), maxQuote)
	case len(a.ContextHash) > idLength:
		return errors.New("its context is no hash")
	case a.Range.Start < 1 || a.Range.End < a.Range.Start || a.Range.End > 1<<30:
		return errors.New("its lines are none")
	}
	if err := merge.CheckName(a.Path); err != nil {
		return fmt.Errorf("it names a path that no file has: %w", err)
	}
	return nil
}

func isID(s string) bool { return len(s) == idLength && isHex(s) }

func isHex(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }) < 0
}

// SkippedOperation is what was not taken in, and why.
type SkippedOperation struct {
	Where  string // an actor's ID or an operation's
	Reason string
	Count  int // of operations for the same reason
}

// skips collects them, each reason once for each actor.
type skips struct {
	list  []SkippedOperation
	index map[SkippedOperation]int
}

func (s *skips) add(where, reason string) {
	key := SkippedOperation{Where: shown.Line(where, maxName), Reason: shown.Line(reason, 300)}
	if i, ok := s.index[key]; ok {
		s.list[i].Count++
		return
	}
	if s.index == nil {
		s.index = map[SkippedOperation]int{}
	}
	s.index[key] = len(s.list)
	s.list = append(s.list, SkippedOperation{key.Where, key.Reason, 1})
}

// sorted is what was skipped, in an order that does not tell how it arrived.
func (s *skips) sorted() []SkippedOperation {
	slices.SortFunc(s.list, func(a, b SkippedOperation) int {
		return cmp.Or(strings.Compare(a.Where, b.Where), strings.Compare(a.Reason, b.Reason))
	})
	return s.list
}

// decodeSegment reads a file of operations of one actor. Lines that do not count are
// skipped, and stay where they are.
func decodeSegment(actor string, data []byte, skipped *skips) []Operation {
	list := make([]Operation, 0, bytes.Count(data, []byte("\n")))
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			continue
		}
		o, err := Decode(line)
		switch {
		case err != nil:
			skipped.add(actor, "an operation was skipped: "+err.Error())
		case o.Actor != actor:
			skipped.add(actor, "an operation was skipped: it claims to be another actor's")
		default:
			list = append(list, o)
		}
	}
	return list
}

// wireTime is a time as operations hold it: in UTC, to the second.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
