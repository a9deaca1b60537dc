package symbols

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Scores of what the place as a whole speaks of: what is called or filled where a
// bracket is open, what is imported and not used yet, what a test is about.
const (
	scoreOpen    = 88.0
	scoreField   = 78.0
	scoreUnused  = 66.0
	scoreImport  = 28.0
	scoreLike    = 50.0 // members of a type that a receiver's name sounds like
	scoreSubject = 34.0
	scoreInFile  = 24.0
	// mostOpen is how many open brackets count, openLines how far they are looked for,
	// mostSubject how many definitions of a subject, fileReach how much of the file counts
	// beyond the lines around the cursor, in bytes.
	mostOpen, openLines, mostSubject, fileReach = 3, 40, 30, 24 << 10
	// openReach is how far open brackets are looked for in bytes, and openHead how much of
	// a line before one is read: lines may be a whole file long.
	openReach, openHead = 16 << 10, 512
)

// open adds what is called, made or filled where the cursor stands: foo(¦, Type{¦.
func (s *selection) open() {
	score := 1.0
	for _, u := range openUses(s.place.Before, s) {
		what := strings.Join(append(slices.Clone(u.chain), u.name), ".")
		for _, r := range s.resolve(u) {
			s.add(r, scoreOpen*score, "is what the open bracket belongs to")
			if isType(r) {
				s.addMembers(fieldsFirst(s.membersOf(r)), "", scoreField*score, what, "is being filled")
			}
		}
		score *= 0.9
	}
}

// fieldsFirst are members in the order in which one that is made needs them.
func fieldsFirst(list []ref) []ref {
	list = slices.Clone(list)
	constructs := func(r ref) int {
		switch r.definition().Name {
		case "__init__", "constructor", "new", "New":
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b ref) int { return constructs(a) - constructs(b) })
	return list
}

// openUses are the names before the brackets that are open at the end of a text, the
// innermost first.
func openUses(text string, s *selection) (list []use) {
	depth, lines := 0, 0
	text = text[max(0, len(text)-openReach):]
	for i := len(text) - 1; i >= 0 && lines < openLines && len(list) < mostOpen; i-- {
		switch text[i] {
		case '\n':
			lines++
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			if depth > 0 {
				depth--
				continue
			}
			head := text[max(0, i-openHead):i]
			head = head[strings.LastIndexByte(head, '\n')+1:]
			if head == "" || text[i] == '{' && strings.HasSuffix(head, " ") && !strings.HasSuffix(strings.TrimRight(head, " "), ")") && s.language.Name() == "go" && !strings.Contains(head, "=") {
				continue
			}
			head = strings.TrimRight(head, " ")
			if head == "" || !isWord(rune(head[len(head)-1])) {
				continue
			}
			if uses := usesIn(head, s.language); len(uses) > 0 {
				if u := uses[len(uses)-1]; strings.HasSuffix(head, u.name) {
					list = append(list, u)
				}
			}
		}
	}
	return list
}

// importedNames adds what the file imports by name: what it does not use yet will be.
func (s *selection) importedNames() {
	for _, im := range s.imports {
		if im.Name == "" || im.Name == "*" || im.As == "" || im.As == "*" {
			continue
		}
		unused := s.mentions(im.As) <= strings.Count(s.place.Header, im.As)
		for _, r := range s.plain(im.As) {
			if unused {
				s.add(r, scoreUnused, "is imported, and not used yet")
			} else {
				s.hint(r, scoreImport, "is imported")
			}
		}
	}
}

func (s *selection) mentions(name string) int {
	return strings.Count(s.place.Before, name) + strings.Count(s.place.After, name)
}

// soundsLike adds the members of imported types that what stands before the dot, of
// which no type is known, is named after.
func (s *selection) soundsLike(chain []string, partial string) {
	words := wordsOf(strings.TrimSuffix(chain[len(chain)-1], "()"))
	if len(words) == 0 {
		return
	}
	last := words[len(words)-1]
	for _, im := range s.imports {
		if im.Name == "" || im.As == "" {
			continue
		}
		if !slices.Contains(wordsOf(im.As), last) {
			continue
		}
		for _, t := range s.plain(im.As) {
			if isType(t) {
				s.add(t, scoreLike, "is what "+strings.Join(chain, ".")+" is named after")
				s.addMembers(s.membersOf(t), partial, scoreLike, strings.Join(chain, "."), "stands before the dot")
			}
		}
	}
}

// wordsOf are the words of a name, in lower case.
func wordsOf(name string) (words []string) {
	begin := 0
	runes := []rune(name)
	flush := func(end int) {
		if end > begin {
			words = append(words, strings.ToLower(string(runes[begin:end])))
		}
	}
	for i, r := range runes {
		switch {
		case r == '_' || r == '$':
			flush(i)
			begin = i + 1
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush(i)
			begin = i
		}
	}
	flush(len(runes))
	return words
}

// subject adds what the file that a test is about defines: what the test does not speak
// of yet last.
func (s *selection) subject() {
	name := stem(s.place.Path)
	about := strings.TrimSuffix(strings.TrimPrefix(name, "test_"), "_test")
	if base := filepath.Base(s.place.Path); strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") {
		about = name
	} else if about == name {
		return
	}
	for _, f := range s.stems[about] {
		if f.path == s.place.Path || !alike(f.language, s.language) || s.shares() && filepath.Dir(f.path) != filepath.Dir(s.place.Path) {
			continue
		}
		for i := range f.definitions {
			r := ref{f, i}
			if i >= mostSubject {
				break
			}
			if d := r.definition(); d.Owner != "" || !s.visible(r) {
				continue
			}
			score := scoreSubject - float64(i)/4
			if s.mentions(r.definition().Name) > 0 {
				score += 6
			}
			s.hint(r, score, "is of the file that this one tests")
		}
	}
}

// inFile adds what the rest of the file uses.
func (s *selection) inFile() {
	seen := map[string]bool{}
	text := s.place.Before[max(0, len(s.place.Before)-fileReach):]
	for line := range strings.SplitSeq(text, "\n") {
		for _, u := range usesIn(line, s.language) {
			key := strings.Join(u.chain, ".") + "." + u.name
			if seen[key] || u.hidden || len(u.chain) > 1 {
				continue
			}
			seen[key] = true
			if len(u.chain) == 1 && s.module(u.chain[0]) == nil {
				continue
			}
			for _, r := range s.resolve(u) {
				s.hint(r, scoreInFile, "is used in this file")
			}
		}
	}
}
