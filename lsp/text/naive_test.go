package text

import (
	"strings"
	"unicode/utf16"

	"go.lsp.dev/protocol"
)

// The naive converter: no index, no fast paths, one character at a time. The
// real one has to agree with it everywhere.

// naiveLines cuts a text into lines, each with its line ending.
func naiveLines(text string) []string {
	var lines []string
	line := ""
	for i := 0; i < len(text); i++ {
		line += text[i : i+1]
		ends := text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i+1:], "\n")
		if ends {
			lines = append(lines, line)
			line = ""
		}
	}
	return append(lines, line)
}

func naiveUnits(s string, e Encoding) int {
	switch e {
	case UTF8:
		return len(s)
	case UTF16:
		return len(utf16.Encode([]rune(s)))
	default:
		return len([]rune(s))
	}
}

// characters cuts a string into what range finds: characters, or single bytes
// where it is not UTF-8.
func characters(s string) []string {
	var starts []int
	for i := range s {
		starts = append(starts, i)
	}
	var chars []string
	for i, start := range starts {
		end := len(s)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		chars = append(chars, s[start:end])
	}
	return chars
}

func naiveOffset(text string, p protocol.Position, e Encoding) int {
	lines := naiveLines(text)
	if int(p.Line) >= len(lines) {
		return len(text)
	}
	offset := 0
	for _, line := range lines[:p.Line] {
		offset += len(line)
	}
	units := int(p.Character)
	for _, c := range characters(strings.TrimRight(lines[p.Line], "\r\n")) {
		if units < naiveUnits(c, e) {
			break
		}
		units -= naiveUnits(c, e)
		offset += len(c)
	}
	return offset
}

func naivePosition(text string, offset int, e Encoding) protocol.Position {
	for n, line := range naiveLines(text) {
		last := n == len(naiveLines(text))-1
		if offset >= len(line) && !last {
			offset -= len(line)
			continue
		}
		units := 0
		for _, c := range characters(strings.TrimRight(line, "\r\n")) {
			if offset < len(c) {
				break
			}
			offset -= len(c)
			units += naiveUnits(c, e)
		}
		return protocol.Position{Line: uint32(n), Character: uint32(units)}
	}
	panic("no last line")
}
