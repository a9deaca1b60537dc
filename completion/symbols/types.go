package symbols

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Types are told by what is written beside a name: in the signature around the
// cursor, where it was declared or given a value. It is a guess that costs
// microseconds and is right mostly; nobody compiles anything.

// maxSteps bounds how many names of a chain are followed.
const maxSteps = 4

// typesOf are the types that a chain of names may be of.
func (s *selection) typesOf(chain []string) []ref {
	if len(chain) == 0 || len(chain) > maxSteps {
		return nil
	}
	key := strings.Join(chain, ".")
	if known, ok := s.typed[key]; ok {
		return known
	}
	s.typed[key] = nil // for what goes in circles
	var types []ref
	if len(chain) == 1 {
		types = s.typesOfName(chain[0])
	} else {
		name := chain[len(chain)-1]
		before := chain[:len(chain)-1]
		if len(before) == 1 {
			if im := s.module(before[0]); im != nil {
				types = s.typesFrom(im.named(s, strings.TrimSuffix(name, "()")))
			}
		}
		if len(types) == 0 {
			for _, t := range s.typesOf(before) {
				types = append(types, s.typeOfMember(t, name)...)
			}
		}
		if len(types) == 0 && len(before) == 1 && (before[0] == "self" || before[0] == "this") {
			types = s.ownField(name)
		}
	}
	types = unlike(types)
	s.typed[key] = types
	return types
}

// unlike drops what is there twice, and more than a few.
func unlike(types []ref) []ref {
	var list []ref
	for _, t := range types {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list[:min(len(list), unique)]
}

// typesFrom are types themselves, and what functions give.
func (s *selection) typesFrom(found []ref) (types []ref) {
	for _, r := range found {
		switch d := r.definition(); {
		case isType(r):
			types = append(types, r)
		case d.Kind == lang.Function || d.Kind == lang.Method:
			types = append(types, s.typesNamed(resultOf(d.Text, s.language), func(u use) []ref { return s.resolveIn(r.file, u) })...)
		case d.Kind == lang.Datum:
			types = append(types, s.typesNamed(d.Text, func(u use) []ref {
				if u.name == d.Name {
					return nil
				}
				return s.resolveIn(r.file, u)
			})...)
		}
	}
	return types
}

// typesNamed are the types that a text names.
func (s *selection) typesNamed(text string, resolve func(use) []ref) (types []ref) {
	for _, u := range usesIn(text, s.language) {
		for _, r := range resolve(u) {
			if isType(r) {
				types = append(types, r)
			}
		}
	}
	return types
}

// resultOf is the part of a function's head that says what it returns.
func resultOf(text string, l *lang.Language) string {
	head, _, _ := strings.Cut(text, "{")
	for _, arrow := range []string{"->", "=>"} {
		if i := strings.LastIndex(head, arrow); i >= 0 {
			return head[i+2:]
		}
	}
	if l.Name() != "go" && !strings.Contains(head, "):") {
		if i := strings.IndexByte(head, '('); i >= 0 { // Java has it in front
			return head[:i]
		}
	}
	if l.Name() == "go" && strings.HasSuffix(strings.TrimSpace(head), ")") {
		trimmed := strings.TrimSpace(head)
		rest := withoutBrackets(trimmed)
		if strings.HasSuffix(strings.TrimSpace(rest), ")") { // (A, error)
			return trimmed[len(rest):]
		}
		return ""
	}
	if i := strings.LastIndexByte(head, ')'); i >= 0 {
		return strings.TrimLeft(head[i+1:], ": ")
	}
	return ""
}

var enclosingType = regexp.MustCompile(`\b(?:class|struct|trait|interface|object|enum|impl(?:\s*<[^>]*>)?(?:[\w:<>, ]+\s+for)?)\s+([A-Za-z_]\w*)`)

// typesOfName are the types that a name by itself may be of.
func (s *selection) typesOfName(name string) []ref {
	if name == "self" || name == "this" || name == "cls" {
		for i := len(s.place.Signatures) - 1; i >= 0; i-- {
			if m := enclosingType.FindStringSubmatch(s.place.Signatures[i]); m != nil {
				return s.typesFrom(s.plain(m[1]))
			}
		}
	}
	if called, ok := strings.CutSuffix(name, "()"); ok {
		return s.typesFrom(s.plain(called))
	}
	if found := s.plain(name); len(found) > 0 {
		return s.typesFrom(found)
	}
	for i := len(s.place.Signatures) - 1; i >= 0; i-- {
		if types := s.declaredIn(s.place.Signatures[i], name); len(types) > 0 {
			return types
		}
	}
	text := s.place.Before
	if s.place.Scope > 0 && s.place.Scope < len(text) {
		if types := s.declaredIn(text[s.place.Scope:], name); len(types) > 0 {
			return types
		}
	}
	const reach = 64 << 10
	return s.declaredIn(text[max(0, len(text)-reach):], name)
}

// ownField are the types of a field of the type around the cursor, by the text that
// is being written.
func (s *selection) ownField(name string) []ref {
	if types := s.declaredIn(s.place.Before, name); len(types) > 0 {
		return types
	}
	for _, self := range []string{"self.", "this."} {
		i := strings.Index(s.place.Before, self+name)
		if i < 0 {
			continue
		}
		line, _, _ := strings.Cut(s.place.Before[i+len(self)+len(name):], "\n")
		if types := s.given("", line); len(types) > 0 {
			return types
		}
	}
	return nil
}

// maxPlaces bounds how many places of a name are looked at.
const maxPlaces = 24

// declaredIn are the types that a text gives a name, by the last place that does.
func (s *selection) declaredIn(text, name string) []ref {
	end := len(text)
	for range maxPlaces {
		i := lastIndexWord(text[:end], name)
		if i < 0 {
			return nil
		}
		end = i
		lineEnd := len(text)
		if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
			lineEnd = i + n
		}
		lineStart := strings.LastIndexByte(text[:i], '\n') + 1
		if types := s.given(text[lineStart:i], text[i+len(name):lineEnd]); len(types) > 0 {
			return types
		}
	}
	return nil
}

func lastIndexWord(text, word string) int {
	for end := len(text); ; {
		i := strings.LastIndex(text[:end], word)
		if i < 0 {
			return -1
		}
		before, _ := lastWord(text[:i])
		after := text[i+len(word):]
		if before == "" && !strings.HasSuffix(text[:i], ".") && (after == "" || !isWord(rune(after[0]))) {
			return i
		}
		end = i
		if end == 0 {
			return -1
		}
	}
}

// indexWord is the first place of a word in a line that no dot stands before.
func indexWord(line, word string) int {
	at := 0
	for {
		i := strings.Index(line[at:], word)
		if i < 0 {
			return -1
		}
		i += at
		before, _ := lastWord(line[:i])
		after := line[i+len(word):]
		if before == "" && !strings.HasSuffix(line[:i], ".") && (after == "" || !isWord(rune(after[0]))) {
			return i
		}
		at = i + len(word)
	}
}

var (
	// goTyped is what follows a name that is given a type in Go: "e *Engine".
	goTyped = regexp.MustCompile(`^(?:\s*,\s*\w+)*\s+(?:\*|\[\w*\]|\.\.\.|map\[[^\]]*\]|<-|chan\s)*((?:\w+\.)?\w+)`)
	// colonTyped is the same where a colon stands between.
	colonTyped = regexp.MustCompile(`^\??\s*:\s*([^=,;){\n]+)`)
	// valued is a name that is given a value that a call or a literal makes.
	valued = regexp.MustCompile(`^(?:\s*,\s*\w+)*\s*:?=\s*(?:await\s+|new\s+|&|\*)*((?:[\w$]+(?:\(\))?(?:\.|::|->))*[\w$]+)(?:<[^>]*>)?\s*([({\[]|$|\n)`)
	// typedBefore is what stands before a name that is given a type in Java and C.
	typedBefore = regexp.MustCompile(`((?:\w+(?:\.|::))?[A-Za-z_]\w*)(?:<[^>]*>)?(?:\[\])*[\s*&]+$`)
)

// given are the types that a name is given between two parts of its line.
func (s *selection) given(before, after string) []ref {
	if m := valued.FindStringSubmatch(after); m != nil {
		parts := strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(m[1], "::", "."), "->", "."), func(r rune) bool { return r == '.' })
		name := parts[len(parts)-1]
		if m[2] == "(" && len(parts) > 1 {
			name += "()"
		}
		if m[2] == "(" && len(parts) == 1 {
			return s.typesFrom(s.plain(name))
		}
		return s.typesOf(append(append([]string(nil), parts[:len(parts)-1]...), name))
	}
	if s.language.Name() == "go" {
		if m := goTyped.FindStringSubmatch(after); m != nil {
			return s.typesNamed(m[1], s.resolveType)
		}
		return nil
	}
	if m := colonTyped.FindStringSubmatch(after); m != nil {
		return s.typesNamed(m[1], s.resolveType)
	}
	switch s.language.Name() {
	case "python", "javascript", "typescript", "typescriptreact", "rust", "kotlin", "swift", "scala", "ruby":
		return nil
	}
	if m := typedBefore.FindStringSubmatch(before); m != nil {
		return s.typesNamed(m[1], s.resolveType)
	}
	return nil
}

// resolveType is resolve for a name that can only be of a type.
func (s *selection) resolveType(u use) []ref {
	if len(u.chain) == 1 {
		if im := s.module(u.chain[0]); im != nil {
			return im.named(s, u.name)
		}
		return nil
	}
	if len(u.chain) > 1 {
		return nil
	}
	return s.plain(u.name)
}

// membersOf are the members of a type, and of those it is made of.
func (s *selection) membersOf(t ref) []ref {
	list := s.ownMembers(t)
	first, _, _ := strings.Cut(t.definition().Text, "\n")
	for n, u := range usesIn(first, s.language) {
		if u.name == t.definition().Name || n > 6 {
			continue
		}
		for _, base := range s.resolveIn(t.file, u) {
			if isType(base) && base != t {
				list = append(list, s.ownMembers(base)...)
			}
		}
	}
	return list
}

func (s *selection) ownMembers(t ref) []ref {
	d := s.folders[filepath.Dir(t.file.path)]
	if d == nil {
		return nil
	}
	d.prepare()
	var list []ref
	for _, r := range d.owned[t.definition().Name] {
		if r.file == t.file || s.shares() || s.language.Name() == "rust" || s.language.Name() == "cpp" {
			list = append(list, r)
		}
	}
	return list
}

// typeOfMember are the types of a type's member: of a method what it gives, of a
// field what its line says.
func (s *selection) typeOfMember(t ref, name string) []ref {
	called, call := strings.CutSuffix(name, "()")
	for _, m := range s.membersOf(t) {
		if m.definition().Name == called {
			if types := s.typesFrom([]ref{m}); len(types) > 0 {
				return types
			}
		}
	}
	if call {
		return nil
	}
	resolve := func(u use) []ref {
		if found := s.resolveIn(t.file, u); len(found) > 0 {
			return found
		}
		return s.resolveType(u)
	}
	text := t.definition().Text
	for line := range strings.SplitSeq(text, "\n") {
		i := indexWord(line, name)
		if i < 0 {
			if _, after, ok := strings.Cut(line, "self."+name); ok && (after == "" || !isWord(rune(after[0]))) {
				return s.typesNamed(after, resolve)
			}
			continue
		}
		if types := s.typesNamed(line[i+len(name):], resolve); len(types) > 0 {
			return types
		}
		if types := s.typesNamed(line[:i], resolve); len(types) > 0 {
			return types
		}
	}
	return nil
}
