package text

import (
	"strings"
	"testing"

	"go.lsp.dev/protocol"
)

// goSource is about 30 bytes a line, a comment with an umlaut every tenth.
func goSource(lines int) string {
	var b strings.Builder
	for i := range lines {
		if i%10 == 0 {
			b.WriteString("\t// prüfe, ob noch etwas fehlt\n")
		} else {
			b.WriteString("\tif err := f(ctx); err != nil {\n")
		}
	}
	return b.String()
}

func BenchmarkNew50MB(b *testing.B) {
	text := goSource(50 << 20 / 32)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		New(text, UTF16)
	}
}

// BenchmarkType inserts one character in the middle of a file, as a keystroke
// does.
func BenchmarkType(b *testing.B) {
	for _, size := range []struct {
		name  string
		lines int
	}{{"10", 10}, {"1000", 1000}, {"10000", 10000}, {"50MB", 50 << 20 / 32}} {
		b.Run(size.name, func(b *testing.B) {
			s := New(goSource(size.lines), UTF16)
			at := protocol.Position{Line: uint32(size.lines / 2), Character: 5}
			b.ReportAllocs()
			for b.Loop() {
				offset := s.PositionOffset(at)
				s.Replace(offset, offset, "x")
			}
		})
	}
}

func BenchmarkNewline10000(b *testing.B) {
	s := New(goSource(10000), UTF16)
	offset := s.PositionOffset(protocol.Position{Line: 5000})
	b.ReportAllocs()
	for b.Loop() {
		s.Replace(offset, offset, "\n\t")
	}
}

func BenchmarkPositionOffset(b *testing.B) {
	for _, bench := range []struct {
		name string
		text string
		at   protocol.Position
	}{
		{"10000lines", goSource(10000), protocol.Position{Line: 9990, Character: 20}},
		{"millionCharLine", strings.Repeat("abcdefgh", 125_000), protocol.Position{Character: 999_999}},
		{"millionCharLineWide", strings.Repeat("世", 1_000_000), protocol.Position{Character: 999_999}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			s := New(bench.text, UTF16)
			for b.Loop() {
				s.PositionOffset(bench.at)
			}
		})
	}
}

func BenchmarkOffsetPosition10000(b *testing.B) {
	s := New(goSource(10000), UTF16)
	for b.Loop() {
		s.OffsetPosition(s.Len() - 40)
	}
}
