package symbols

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// use is a name in code, with what stands before its dot.
type use struct {
	chain []string // "a", "b" in a.b.name; nil without
	name  string
	// hidden tells that something stands before the dot that is no name: f().name.
	hidden bool
}

func isLetter(r rune) bool {
	return r == '_' || r == '$' || r >= utf8.RuneSelf && unicode.IsLetter(r) || r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
}

func isWord(r rune) bool { return isLetter(r) || unicode.IsDigit(r) }

// usesIn lists the names in a line of code, without those in strings and comments.
func usesIn(line string, l *lang.Language) []use {
	var list []use
	var chain []string
	joined, hidden := false, false // by a dot with what came before
	for i := 0; i < len(line); {
		if startsComment(line[i:], l) {
			break
		}
		r, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case r == '"' || r == '\'' || r == '`':
			end := i + 1
			for end < len(line) && line[end] != byte(r) {
				if line[end] == '\\' {
					end++
				}
				end++
			}
			i, chain, joined, hidden = min(end+1, len(line)), nil, false, false
			continue
		case isLetter(r):
			end := i
			for end < len(line) {
				c, n := utf8.DecodeRuneInString(line[end:])
				if !isWord(c) {
					break
				}
				end += n
			}
			name := line[i:end]
			if !joined {
				chain, hidden = nil, false
			}
			if !keywords[name] || joined || name == "self" || name == "this" {
				if name != "self" && name != "this" {
					list = append(list, use{chain: append([]string(nil), chain...), name: name, hidden: hidden})
				}
				chain = append(chain, name)
			} else {
				chain = nil
			}
			joined, i = false, end
			continue
		case strings.HasPrefix(line[i:], "..."):
			chain, joined, hidden, i = nil, false, false, i+3
			continue
		case strings.HasPrefix(line[i:], "->") || strings.HasPrefix(line[i:], "::") || strings.HasPrefix(line[i:], "?."):
			joined, i = true, i+2
			continue
		case r == '.':
			if !joined && len(chain) == 0 {
				hidden = true
			}
			joined = true
		case r == ')' || r == ']':
			chain, hidden, joined = nil, true, false
		case r == '?' || r == '!':
		default:
			chain, joined, hidden = nil, false, false
		}
		i += size
	}
	return list
}

func startsComment(rest string, l *lang.Language) bool {
	for _, open := range l.Lexis.Line {
		if strings.HasPrefix(rest, open) {
			return true
		}
	}
	return l.Lexis.Block[0] != "" && strings.HasPrefix(rest, l.Lexis.Block[0])
}

// keywords are words of many languages that name nothing.
var keywords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`if else for while do switch case default break continue return func function fn def class struct interface enum type var let const
		import from as package export async await new delete in is not and or true false nil null None True False undefined self this super try catch finally except raise throw
		throws with yield lambda pass go defer select chan map range public private protected static final abstract override readonly string int bool float any void number boolean
		error byte rune int64 int32 uint64 str list dict set tuple Optional List Dict Promise mut pub impl trait mod use where match of typeof instanceof unsafe extends implements len append make`) {
		m[w] = true
	}
	return m
}()

// chainBefore takes apart what a text ends with: names joined by dots, and the
// beginning of one more. ok is false where no dot stands there.
func chainBefore(text string) (chain []string, partial string, ok bool) {
	rest := text[strings.LastIndexByte(text, '\n')+1:]
	partial, rest = lastWord(rest)
	for {
		cut := ""
		for _, dot := range []string{"?.", "->", "::", "."} {
			if strings.HasSuffix(rest, dot) {
				cut = dot
				break
			}
		}
		if cut == "" {
			break
		}
		rest = strings.TrimRight(strings.TrimSuffix(rest, cut), "!")
		call := false
		if strings.HasSuffix(rest, ")") || strings.HasSuffix(rest, "]") {
			call = strings.HasSuffix(rest, ")")
			rest = withoutBrackets(rest)
		}
		var name string
		if name, rest = lastWord(rest); name == "" {
			return nil, partial, len(chain) > 0
		}
		if call {
			name += "()"
		}
		chain = append([]string{name}, chain...)
	}
	return chain, partial, len(chain) > 0
}

func lastWord(text string) (word, rest string) {
	rest = strings.TrimRightFunc(text, isWord)
	return text[len(rest):], rest
}

// withoutBrackets takes the last pair of brackets from the end of a line.
func withoutBrackets(text string) string {
	depth := 0
	for i := len(text) - 1; i >= 0; i-- {
		switch text[i] {
		case ')', ']':
			depth++
		case '(', '[':
			if depth--; depth == 0 {
				return text[:i]
			}
		}
	}
	return ""
}
