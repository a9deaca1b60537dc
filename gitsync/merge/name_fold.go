package merge

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed names_decomposed.txt
var decomposedText string

// decomposed maps a code point to what it consists of.
var decomposed = sync.OnceValue(func() map[rune][]rune {
	table := make(map[rune][]rune, 2100)
	for line := range strings.Lines(decomposedText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var points []rune
		for field := range strings.FieldsSeq(line) {
			n, err := strconv.ParseUint(field, 16, 32)
			if err != nil {
				panic("names_decomposed.txt: " + err.Error())
			}
			points = append(points, rune(n))
		}
		table[points[0]] = points[1:]
	}
	return table
})

// foldName is the same for names that a file system may take for one: on
// Windows those that differ by case, on macOS also those whose accents are
// written as one code point or as two, or that differ by what HFS+ ignores.
// Marks in a row are sorted by code point, a little more than Unicode holds
// equal. A name that is not UTF-8 stands for itself.
func foldName(name string) string {
	if !utf8.ValidString(name) {
		return name
	}
	if isASCII(name) {
		return strings.ToLower(name)
	}
	var points []rune
	for _, r := range withoutIgnorable(name) {
		points = appendDecomposed(points, r)
	}
	for i, r := range points {
		points[i] = foldRune(r)
	}
	for i := 0; i < len(points); {
		end := i
		for end < len(points) && unicode.Is(unicode.Mn, points[end]) {
			end++
		}
		slices.Sort(points[i:end])
		i = end + 1
	}
	return string(points)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Hangul syllables are numbered by their parts (Unicode, section 3.12).
const (
	hangulBase, hangulCount        = 0xac00, 11172
	leadBase, vowelBase, trailBase = 0x1100, 0x1161, 0x11a7
	vowelCount, trailCount         = 21, 28
)

func appendDecomposed(to []rune, r rune) []rune {
	if s := r - hangulBase; s >= 0 && s < hangulCount {
		to = append(to, leadBase+s/(vowelCount*trailCount), vowelBase+s%(vowelCount*trailCount)/trailCount)
		if t := s % trailCount; t != 0 {
			to = append(to, trailBase+t)
		}
		return to
	}
	if parts, ok := decomposed()[r]; ok {
		return append(to, parts...)
	}
	return append(to, r)
}

// foldRune is the lowest of the code points that differ from r by case alone;
// for ASCII letters the lower-case one, as strings.ToLower has it.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	low := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		low = min(low, f)
	}
	if low < utf8.RuneSelf {
		return unicode.ToLower(low)
	}
	return low
}
