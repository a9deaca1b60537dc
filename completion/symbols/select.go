package symbols

import (
	"cmp"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// Place is where definitions are wanted: a cursor in a file.
type Place struct {
	Root, Path    string // absolute
	Language      string // LSP language identifier
	Before, After string // the file's text around the cursor
	Header        string // the lines of it that import
	// Signatures are those of the declarations around the cursor, outermost first,
	// and Scope is the byte of Before at which the innermost begins.
	Signatures []string
	Scope      int
	Expected   []Expected
	// Excluded tells of a file that is left out; nil leaves out none.
	Excluded func(path string) bool
}

// Expected is how a line may go on, and how likely that is.
type Expected struct {
	Text string
	P    float64
}

// Snippet is a definition that was selected.
type Snippet struct {
	Path string // below the root, with slashes
	Line int    // from 1
	Name string
	// Owner is the head of the type that the definition is a member of, where its own
	// text does not say so.
	Owner string
	Text  string
	Why   string // a clause for people
}

// Bytes is about how much of a prompt a snippet takes.
func (s Snippet) Bytes() int { return len(s.Text) + len(s.Owner) + 1 }

// Scores of what is selected: what stands before the dot first, then what its
// members are, what the line and those above it use, what the signature around the
// cursor names. What scores less than least is left out.
const (
	scoreDotType   = 100.0
	scoreDotMember = 90.0
	scoreLine      = 70.0
	scoreExpected  = 80.0
	scoreSignature = 60.0
	scoreNear      = 55.0
	scoreAfter     = 30.0
	scoreOfChosen  = 0.45 // of what names it
	fade           = 0.94 // by line
	least          = 15.0
	// linesAbove and linesBelow are how far the names around the cursor count.
	linesAbove, linesBelow = 40, 8
	// mostShare is the part of the room that one type takes at most, where that is more
	// than leastMost bytes: of a longer one its first lines are shown.
	mostShare, leastMost = 3, 360
	// mostWeak is how many guesses are taken: more is read for little.
	mostWeak = 10
	// maxMembers bounds what is taken of a type or package before the dot.
	maxMembers = 24
	// unique is in how many places something may be defined to be taken for what is
	// meant, where nothing else says which it is.
	unique = 3
)

// candidate is a definition that may be selected.
type candidate struct {
	ref
	score float64
	why   string
	weak  bool // a guess: see hint
	most  int  // bytes of its text, if it is a type; 0 bounds nothing
}

// selection is one under way. The index is locked.
type selection struct {
	*Index
	place    Place
	language *lang.Language
	own      *folder // nil where nothing of it is known
	imports  []imported
	found    map[ref]*candidate
	typed    map[string][]ref // types of names, that were looked for
}

// Select is what a place needs of what other files define, so many bytes at most:
// whole definitions, each once, by path and line. The order does not depend on what
// is typed, so that what a model has read of it stays of use.
func (x *Index) Select(p Place, budget int) []Snippet {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := selection{Index: x, place: p, language: lang.Of(p.Language), found: map[ref]*candidate{}, typed: map[string][]ref{}}
	if s.language.Defines == nil || len(x.files) == 0 {
		return nil
	}
	if s.own = x.folders[filepath.Dir(p.Path)]; s.own != nil {
		s.own.prepare()
	}
	s.imports = s.resolveImports()
	s.atDot()
	s.open()
	s.signatures()
	s.around()
	s.importedNames()
	s.subject()
	s.inFile()
	s.expected()
	s.ofChosen()
	return s.cut(budget)
}

// add has a definition be a candidate, with the best score that it gets.
func (s *selection) add(r ref, score float64, why string) {
	if r.file.path == s.place.Path || score < least {
		return
	}
	if strings.HasSuffix(r.file.path, "_test.go") && !strings.HasSuffix(s.place.Path, "_test.go") {
		return
	}
	if c := s.found[r]; c == nil {
		if s.place.Excluded != nil && s.place.Excluded(r.file.path) {
			return
		}
		s.found[r] = &candidate{ref: r, score: score, why: why}
	} else if score > c.score {
		c.score, c.why, c.weak = score, why, false
	}
}

// hint has a definition be a candidate that nothing near the cursor speaks of.
func (s *selection) hint(r ref, score float64, why string) {
	if c := s.found[r]; c != nil && c.score >= score {
		return
	}
	s.add(r, score, why)
	if c := s.found[r]; c != nil {
		c.weak = true
	}
}

// atDot adds the members of what stands before the cursor's dot.
func (s *selection) atDot() {
	chain, partial, ok := chainBefore(s.place.Before)
	if !ok {
		return
	}
	s.members(chain, partial, scoreDotType, scoreDotMember, "stands before the dot")
}

// members adds what a chain of names has, of which what begins with partial first.
func (s *selection) members(chain []string, partial string, ofType, ofMember float64, why string) {
	what := strings.Join(chain, ".")
	if len(chain) == 1 {
		if im := s.module(chain[0]); im != nil {
			var list []ref
			for _, d := range im.all(s) {
				if d.definition().Owner == "" && s.visible(d) && begins(d.definition().Name, partial) {
					list = append(list, d)
				}
			}
			s.addMembers(list, partial, ofMember, what, why)
			return
		}
	}
	types := s.typesOf(chain)
	if len(types) == 0 {
		s.soundsLike(chain, partial)
	}
	for _, t := range types {
		s.add(t, ofType, "is the type of "+what+", which "+why)
		s.addMembers(s.membersOf(t), partial, ofMember, what, why)
	}
}

// addMembers adds members, those that the file uses anyway first.
func (s *selection) addMembers(list []ref, partial string, score float64, what, why string) {
	list = slices.DeleteFunc(slices.Clone(list), func(r ref) bool { return !begins(r.definition().Name, partial) || !s.visible(r) })
	if partial == "" {
		score *= 0.8
	}
	used := func(r ref) int {
		if strings.Contains(s.place.Before, r.definition().Name) || strings.Contains(s.place.After, r.definition().Name) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b ref) int { return cmp.Compare(used(a), used(b)) })
	for i, r := range list[:min(len(list), maxMembers)] {
		s.add(r, score-float64(i)/2, "is a member of "+what+", which "+why)
	}
}

func begins(name, partial string) bool {
	return len(name) >= len(partial) && strings.EqualFold(name[:len(partial)], partial)
}

// visible tells whether another package may use a definition, where capital letters
// say so.
func (s *selection) visible(r ref) bool {
	if s.language.Name() != "go" || filepath.Dir(r.file.path) == filepath.Dir(s.place.Path) {
		return true
	}
	name := r.definition().Name
	return name != "" && name[0] >= 'A' && name[0] <= 'Z'
}

// signatures adds the types that the declarations around the cursor name.
func (s *selection) signatures() {
	for i, signature := range s.place.Signatures {
		score := scoreSignature
		if i < len(s.place.Signatures)-1 {
			score *= 0.8
		}
		for _, u := range usesIn(signature, s.language) {
			for _, r := range s.resolve(u) {
				if isType(r) {
					s.add(r, score, "is named by the signature around the cursor")
				}
			}
		}
	}
}

// around adds what the lines around the cursor use.
func (s *selection) around() {
	before := s.place.Before
	if s.place.Scope > 0 && s.place.Scope < len(before) {
		before = before[s.place.Scope:]
	}
	lines := strings.Split(before, "\n")
	lines = lines[max(0, len(lines)-linesAbove):]
	score, why := scoreLine, "is used in this line"
	for i := len(lines) - 1; i >= 0; i-- {
		s.used(lines[i], score, why)
		if i == len(lines)-1 {
			score, why = scoreNear, "is used in the lines above"
		} else {
			score *= fade
		}
	}
	score = scoreAfter
	for i, line := range strings.SplitN(s.place.After, "\n", linesBelow+1) {
		if i < linesBelow {
			s.used(line, score, "is used in the lines below")
			score *= fade
		}
	}
}

// used adds what a line uses.
func (s *selection) used(line string, score float64, why string) {
	for _, u := range usesIn(line, s.language) {
		for _, r := range s.resolve(u) {
			s.add(r, score, why)
		}
	}
}

// expected adds what the lines use that may come.
func (s *selection) expected() {
	line := s.place.Before[strings.LastIndexByte(s.place.Before, '\n')+1:]
	for _, e := range s.place.Expected {
		first, _, _ := strings.Cut(e.Text, "\n")
		for _, u := range usesIn(line+first, s.language) {
			for _, r := range s.resolve(u) {
				s.add(r, scoreExpected*math.Sqrt(e.P), "is what code like this goes on with here")
			}
		}
	}
}

// ofChosen adds the types that the best candidates speak of.
func (s *selection) ofChosen() {
	best := s.ranked()
	for _, c := range best[:min(len(best), 12)] {
		if c.score < scoreNear*0.8 {
			break
		}
		d := c.definition()
		text, _, _ := strings.Cut(d.Text, "\n")
		if isType(c.ref) {
			continue
		}
		for _, u := range usesIn(text, s.language) {
			if u.name == d.Name || u.name == d.Owner {
				continue
			}
			for _, r := range s.resolveIn(c.file, u) {
				if isType(r) {
					s.add(r, c.score*scoreOfChosen, "is named by "+d.Name)
				}
			}
		}
	}
}

// ranked are the candidates, best first.
func (s *selection) ranked() []*candidate {
	list := make([]*candidate, 0, len(s.found))
	for _, c := range s.found {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), byPlace(a.ref, b.ref))
	})
	return list
}

func byPlace(a, b ref) int {
	return cmp.Or(cmp.Compare(a.file.path, b.file.path), cmp.Compare(a.n, b.n))
}

// cut takes the best that fit, and puts them in the order of a prompt.
func (s *selection) cut(budget int) []Snippet {
	var chosen []*candidate
	files, texts := map[*file]bool{}, map[string]bool{}
	weak, most := 0, max(budget/mostShare, leastMost)
	for _, c := range s.ranked() {
		if c.weak && weak == mostWeak {
			continue
		}
		c.most = most
		sn := s.snippet(c)
		bytes := sn.Bytes()
		if !files[c.file] {
			bytes += len(sn.Path) + 1
		}
		if key := sn.Owner + "\n" + sn.Text; bytes > budget || texts[key] || s.within(chosen, c) {
			continue
		} else {
			texts[key] = true
		}
		budget -= bytes
		files[c.file] = true
		if c.weak {
			weak++
		}
		if isType(c.ref) { // what stands in the type itself need not be said again
			chosen = slices.DeleteFunc(chosen, func(m *candidate) bool {
				inside := s.within([]*candidate{c}, m)
				if inside {
					budget += s.snippet(m).Bytes()
				}
				return inside
			})
		}
		chosen = append(chosen, c)
	}
	slices.SortFunc(chosen, func(a, b *candidate) int { return byPlace(a.ref, b.ref) })
	list := make([]Snippet, 0, len(chosen))
	for _, c := range chosen {
		list = append(list, s.snippet(c))
	}
	return list
}

// within tells whether the text of a chosen type has a member.
func (s *selection) within(chosen []*candidate, m *candidate) bool {
	d := m.definition()
	if d.Owner == "" {
		return false
	}
	return slices.ContainsFunc(chosen, func(c *candidate) bool {
		first, _, _ := strings.Cut(d.Text, "\n")
		return c.file == m.file && isType(c.ref) && c.definition().Name == d.Owner && strings.Contains(s.snippet(c).Text, first)
	})
}

func (s *selection) snippet(c *candidate) Snippet {
	d := c.definition()
	rel, err := filepath.Rel(s.place.Root, c.file.path)
	if err != nil {
		rel = filepath.Base(c.file.path)
	}
	sn := Snippet{Path: filepath.ToSlash(rel), Line: d.Line, Name: d.Name, Text: d.Text, Why: c.why}
	if c.most > 0 && isType(c.ref) {
		sn.Text = firstLines(d.Text, c.most)
	}
	if d.Owner != "" {
		sn.Name = d.Owner + "." + d.Name
		if first, _, _ := strings.Cut(d.Text, "\n"); !strings.Contains(first, d.Owner) {
			sn.Owner = s.head(c.file, d.Owner)
		}
	}
	return sn
}

// firstLines are the lines of a text, from the first on, that fit into so many bytes,
// and its last where that closes it; what is left out is said.
func firstLines(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := strings.LastIndexByte(text[:most], '\n')
	if end < 0 {
		return text
	}
	last := text[strings.LastIndexByte(text, '\n')+1:]
	short := text[:end] + "\n" + last[:len(last)-len(strings.TrimLeft(last, " \t"))] + "  …"
	if strings.Trim(last, " \t})];,") == "" {
		short += "\n" + last
	}
	return short
}

// head is the line with which a type of a file begins.
func (s *selection) head(f *file, name string) string {
	for i := range f.definitions {
		if d := &f.definitions[i]; d.Name == name && isType(ref{f, i}) {
			head, _, _ := strings.Cut(d.Text, "\n")
			return head
		}
	}
	return name
}

func isType(r ref) bool {
	switch d := r.definition(); d.Kind {
	case lang.Class, lang.Interface:
		return true
	case lang.Datum: // type X = …
		return strings.Contains(d.Text, "type ")
	}
	return false
}
