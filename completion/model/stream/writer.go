// Package stream turns the raw pieces that a model yields into the text a
// caller may see: whole UTF-8 characters, ended before the first stop word,
// however the pieces are cut. Every backend writes its answer through it.
package stream

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrStopWord is what [Writer.Write] returns once a stop word is complete: the
// answer is whole, and the generation can be ended at the source.
var ErrStopWord = errors.New("stop word reached")

// errTooMuch ends an answer that goes on beyond what was asked for.
var errTooMuch = fmt.Errorf("more than was asked for, as after a %w", ErrStopWord)

// bytesPerToken is more than the tokens of an answer take on average: few
// vocabularies have longer ones than a line's indentation.
const bytesPerToken = 32

// Writer collects one answer. It is not safe for concurrent use.
type Writer struct {
	stop    []string
	onText  func(string) error
	text    strings.Builder
	held    string // may be the beginning of a character or of a stop word
	stopped bool
	room    int // bytes and pieces that may still come; negative: no bound
	tooMuch bool
}

// NewWriter returns a writer that ends the answer before the first of the stop
// words (empty ones are ignored) and hands every piece that is certain to
// onText, which may be nil.
func NewWriter(stop []string, onText func(string) error) *Writer {
	w := &Writer{onText: onText, room: -1}
	for _, s := range stop {
		if s != "" {
			w.stop = append(w.stop, s)
		}
	}
	return w
}

// AtMost bounds the answer to what tokens may take, in bytes and in pieces, and
// returns w; 0 is no bound. A server may never end what it was asked to.
func (w *Writer) AtMost(tokens int) *Writer {
	if tokens > 0 {
		w.room = tokens * bytesPerToken
	}
	return w
}

// Write takes the next piece of the answer. Its error is [ErrStopWord], also at
// the bound that [Writer.AtMost] sets, or what onText returned; in both cases
// the generation should end.
func (w *Writer) Write(piece string) error {
	switch {
	case w.stopped:
		return ErrStopWord
	case w.tooMuch:
		return errTooMuch
	case w.room >= 0:
		w.tooMuch = len(piece) >= w.room
		piece = piece[:min(len(piece), w.room)]
		w.room -= max(1, len(piece))
	}
	err := w.write(piece)
	if err == nil && w.tooMuch {
		return errTooMuch
	}
	return err
}

func (w *Writer) write(piece string) error {
	w.held += piece
	if at := firstOf(w.held, w.stop); at >= 0 {
		certain := w.held[:at]
		w.held, w.stopped = "", true
		if err := w.emit(certain); err != nil {
			return err
		}
		return ErrStopWord
	}
	keep := max(stopTail(w.held, w.stop), runeTail(w.held))
	certain := w.held[:len(w.held)-keep]
	w.held = w.held[len(w.held)-keep:]
	return w.emit(certain)
}

// Flush ends the answer: what was held back as a possible stop word is text
// after all, and half a character is dropped.
func (w *Writer) Flush() error {
	rest := w.held[:len(w.held)-runeTail(w.held)]
	w.held = ""
	return w.emit(rest)
}

// Text is the answer as far as it was handed out.
func (w *Writer) Text() string { return w.text.String() }

// Stopped reports whether a stop word ended the answer.
func (w *Writer) Stopped() bool { return w.stopped }

// Reason is why the answer ended, "stop" or "length": what the writer knows of it,
// or else what the source said.
func (w *Writer) Reason(said string) string {
	switch {
	case w.stopped:
		return "stop"
	case w.tooMuch:
		return "length"
	}
	return said
}

func (w *Writer) emit(s string) error {
	if s == "" {
		return nil
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	w.text.WriteString(s)
	if w.onText == nil {
		return nil
	}
	return w.onText(s)
}

// firstOf is the index of the earliest of words in s, or -1.
func firstOf(s string, words []string) int {
	first := -1
	for _, word := range words {
		if at := strings.Index(s, word); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// stopTail is the length of the longest end of s that begins one of words.
func stopTail(s string, words []string) int {
	longest := 0
	for _, word := range words {
		for n := min(len(word)-1, len(s)); n > longest; n-- {
			if strings.HasSuffix(s, word[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// runeTail is the length of the unfinished character at the end of s. Bytes
// that can be no beginning of a character are not held.
func runeTail(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		if tail := s[len(s)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRuneInString(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}
