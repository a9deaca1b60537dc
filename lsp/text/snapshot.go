// Package text maps between LSP positions and byte offsets and applies the
// edits of an editor. It is the one place where the two are converted.
package text

import (
	"go.lsp.dev/protocol"
)

// Snapshot is one immutable version of a text together with its line index and
// the encoding in which positions count characters.
//
// No position is refused: one past the end of its line means the line's end,
// one past the last line means the end of the text (LSP, "Position"), and one
// inside a character means the character's start.
type Snapshot struct {
	text     string
	encoding Encoding
	lines    lineIndex
}

// New indexes a text. It reads all of it.
func New(text string, encoding Encoding) *Snapshot {
	return &Snapshot{text: text, encoding: encoding, lines: newLineIndex(text)}
}

// Text is the whole text.
func (s *Snapshot) Text() string { return s.text }

// Len is the length of the text in bytes.
func (s *Snapshot) Len() int { return len(s.text) }

// Encoding is the encoding of positions.
func (s *Snapshot) Encoding() Encoding { return s.encoding }

// Lines is the number of lines; the empty text has one.
func (s *Snapshot) Lines() int { return s.lines.count() }

// LineOffsets is the byte range of a line (counted from 0) without its line
// ending. A line past the last one is empty, at the end of the text.
func (s *Snapshot) LineOffsets(line int) (start, end int) {
	if line >= s.lines.count() {
		return len(s.text), len(s.text)
	}
	start = s.lines.start(line)
	if line+1 == s.lines.count() {
		return start, len(s.text)
	}
	end = s.lines.start(line+1) - 1
	if end > start && s.text[end] == '\n' && s.text[end-1] == '\r' {
		end--
	}
	return start, end
}

// PositionOffset converts a position to a byte offset.
func (s *Snapshot) PositionOffset(p protocol.Position) int {
	start, end := s.LineOffsets(int(p.Line))
	return start + s.encoding.Bytes(s.text[start:end], int(p.Character))
}

// OffsetPosition converts a byte offset to a position. An offset inside a line
// ending means the line's end; one outside the text its nearer end.
func (s *Snapshot) OffsetPosition(offset int) protocol.Position {
	offset = max(0, min(offset, len(s.text)))
	line := s.lines.line(offset)
	start, end := s.LineOffsets(line)
	units := runeStart(s.text[start:end], min(offset, end)-start)
	return protocol.Position{
		Line:      uint32(line),
		Character: uint32(s.encoding.Units(s.text[start : start+units])),
	}
}

// RangeOffsets converts a range to byte offsets, start <= end: the ends of a
// reversed range are swapped.
func (s *Snapshot) RangeOffsets(r protocol.Range) (start, end int) {
	start, end = s.PositionOffset(r.Start), s.PositionOffset(r.End)
	if start > end {
		start, end = end, start
	}
	return start, end
}

// OffsetRange converts the byte range [start, end) to a range.
func (s *Snapshot) OffsetRange(start, end int) protocol.Range {
	return protocol.Range{Start: s.OffsetPosition(start), End: s.OffsetPosition(end)}
}

// Contains reports whether p names a place of the text as it stands, without
// having to be moved to the end of its line or of the text.
func (s *Snapshot) Contains(p protocol.Position) bool {
	if int(p.Line) >= s.lines.count() {
		return false
	}
	start, end := s.LineOffsets(int(p.Line))
	line := s.text[start:end]
	// Counting is needed only when the line might be too short: no encoding
	// has more units than bytes.
	return int(p.Character) <= len(line) && int(p.Character) <= s.encoding.Units(line)
}

// Replace is the text with the bytes [start, end) replaced. The offsets must
// lie in the text, start <= end. It copies the text and updates the line index
// by the edit alone.
func (s *Snapshot) Replace(start, end int, replacement string) *Snapshot {
	text := s.text[:start] + replacement + s.text[end:]
	return &Snapshot{
		text:     text,
		encoding: s.encoding,
		lines:    s.lines.edited(text, start, end, start+len(replacement)),
	}
}
