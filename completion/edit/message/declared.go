package message

import (
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/edit/tokens"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// place is a symbol and the file that it is in.
type place struct {
	syntax.Symbol
	file *sides
}

func (p place) key() string { return p.Owner + "." + p.Name }

// called is a symbol's name for people.
func (p place) called() string {
	if p.Owner != "" {
		return name(p.Owner + "." + p.Name)
	}
	return name(p.Name)
}

// declared are the facts of declarations: what came, what went, what is another.
func declared(all []sides) []fact {
	gone, come := map[string]place{}, map[string]place{}
	var changed []fact
	for i := range all {
		s := &all[i]
		was := map[string]syntax.Symbol{}
		for _, sym := range s.was {
			was[sym.Owner+"."+sym.Name] = sym
		}
		for _, sym := range s.is {
			p := place{sym, s}
			before, ok := was[p.key()]
			delete(was, p.key())
			switch {
			case !ok:
				come[p.key()] = p
			case before.Text != sym.Text:
				changed = append(changed, s.signature(before, p))
			}
		}
		for key, sym := range was {
			gone[key] = place{sym, s}
		}
	}
	var list []fact
	for key, to := range come { // the same name in another file
		from, ok := gone[key]
		if !ok {
			continue
		}
		if from.file != to.file {
			list = append(list, fact{verb: "move", object: to.called(), rest: "to " + name(path.Base(to.file.file.Path)), weight: to.file.linesOf(to.Name, false)})
		}
		delete(come, key)
		delete(gone, key)
	}
	list = append(list, tell("add", come)...)
	list = append(list, tell("remove", gone)...)
	slices.SortFunc(list, func(a, b fact) int { return cmp.Compare(a.text(), b.text()) }) // maps have no order
	list = append(list, changed...)
	for i := range all {
		list = append(list, all[i].bodies(come)...)
	}
	return list
}

// tell makes a fact of each symbol that is no member of another that came or went with it.
func tell(verb string, set map[string]place) []fact {
	var list []fact
	for _, p := range set {
		if p.Owner != "" {
			if _, ok := set["."+p.Owner]; ok {
				continue
			}
		}
		f := fact{verb: verb, object: name(p.Name), public: public(p.Name), weight: p.file.linesOf(p.Name, verb == "remove")}
		if p.Owner != "" {
			f.rest = map[string]string{"add": "to ", "remove": "from "}[verb] + name(p.Owner)
		}
		if p.Kind == syntax.Kind(lang.Datum) {
			f.weight = min(f.weight, 2)
		}
		list = append(list, f)
	}
	return list
}

func public(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return !strings.HasPrefix(name, "_") && (unicode.IsUpper(r) || !strings.HasSuffix(name, "_test"))
}

// linesOf is how many lines a declaration has.
func (s *sides) linesOf(name string, before bool) int {
	text, outline := s.file.New, s.outline
	if before {
		text, outline = s.file.Old, s.outlineWas
	}
	lines := 1
	var look func([]syntax.Declaration)
	look = func(list []syntax.Declaration) {
		for _, d := range list {
			if d.Name == name && d.Whole.End <= len(text) {
				lines = max(lines, strings.Count(string(text[d.Whole.Start:d.Whole.End]), "\n")+1)
			}
			look(d.Members)
		}
	}
	look(outline)
	return lines
}

// signature tells how a declaration's head, fields or value changed.
func (s *sides) signature(before syntax.Symbol, p place) fact {
	f := fact{verb: "update", object: p.called(), weight: 2}
	wasText, isText := bare(before.Text), bare(p.Text)
	a, b := tokens.Lex(wasText), tokens.Lex(isText)
	was, is := tokens.Texts(wasText, a), tokens.Texts(isText, b)
	changes := tokens.Diff(was, is)
	if p.Kind == lang.Datum {
		if len(changes) == 1 && changes[0].AEnd-changes[0].AStart == 1 && changes[0].BEnd-changes[0].BStart == 1 && a[changes[0].AStart].Kind != tokens.Mark && b[changes[0].BStart].Kind != tokens.Mark {
			return fact{verb: "change", object: p.called(), rest: "from " + name(was[changes[0].AStart]) + " to " + name(is[changes[0].BStart]), weight: 3}
		}
		f.weight = 1
		return f
	}
	parameter := p.Kind == lang.Function || p.Kind == lang.Method
	for _, c := range changes {
		if c.BEnd > c.BStart && c.AEnd == c.AStart {
			if w := fresh(is, c.BStart, c.BEnd, b, isText, parameter); w != "" {
				return fact{verb: "add", object: name(w), rest: "to " + p.called(), weight: 3}
			}
		}
		if c.AEnd > c.AStart && c.BEnd == c.BStart {
			if w := fresh(was, c.AStart, c.AEnd, a, wasText, parameter); w != "" {
				return fact{verb: "remove", object: name(w), rest: "from " + p.called(), weight: 3}
			}
		}
	}
	return f
}

// fresh is the parameter or field that a run of tokens begins, "" if it begins none.
func fresh(words []string, from, to int, list []tokens.Token, text string, parameter bool) string {
	for i := from; i < to; i++ {
		if list[i].Kind != tokens.Word || i == 0 {
			continue
		}
		gap := text[list[i-1].End:list[i].Start]
		if parameter && (words[i-1] == "(" || words[i-1] == ",") || !parameter && strings.Contains(gap, "\n") {
			return words[i]
		}
	}
	return ""
}

// bodies tell of declarations in which lines changed, and which were there before.
func (s *sides) bodies(come map[string]place) []fact {
	if s.file.Old == nil || s.file.New == nil {
		return nil
	}
	news, olds := lineStarts(s.file.New), lineStarts(s.file.Old)
	known := map[string]bool{}
	for _, w := range tokens.Texts(string(s.file.Old), tokens.Lex(string(s.file.Old))) {
		known[w] = true
	}
	bareOld, bareNew := bare(string(s.file.Old)), bare(string(s.file.New))
	type touched struct {
		lines    int
		was, now strings.Builder
	}
	by, order := map[string]*touched{}, []string(nil)
	for _, h := range s.file.Hunks {
		start, end := span(news, len(s.file.New), h.NewStart, h.NewLines)
		oldStart, oldEnd := span(olds, len(s.file.Old), h.OldStart, h.OldLines)
		in := innermost(s.outline, start, max(start, end-1))
		if in == "" {
			in = innermost(s.outlineWas, oldStart, max(oldStart, oldEnd-1))
		}
		last := in[strings.LastIndexByte(in, '.')+1:]
		if _, isNew := come[in]; in == "" || isNew || come["."+last].Name != "" {
			continue
		}
		t := by[in]
		if t == nil {
			t = &touched{}
			by[in], order = t, append(order, in)
		}
		t.lines += max(h.OldLines, h.NewLines)
		t.was.WriteString(bareOld[oldStart:oldEnd])
		t.now.WriteString(bareNew[start:end])
	}
	var list []fact
	for _, in := range order {
		f := inside(name(in), by[in].was.String(), by[in].now.String(), known)
		f.weight = by[in].lines
		list = append(list, f)
	}
	return list
}

// inside tells how lines of a declaration changed.
func inside(in, was, now string, known map[string]bool) fact {
	update := fact{verb: "update", object: in}
	if onlyComments(was) && onlyComments(now) {
		return fact{verb: "document", object: in}
	}
	a, b := tokens.Lex(was), tokens.Lex(now)
	old, is := tokens.Texts(was, a), tokens.Texts(now, b)
	changes := tokens.Diff(old, is)
	if len(changes) == 0 && was != now { // else it is what a string says, or a credential
		return fact{verb: "reformat", object: in}
	}
	if len(changes) == 1 && len(old) > 0 {
		c := changes[0]
		if c.AEnd-c.AStart == 1 && c.BEnd-c.BStart == 1 && a[c.AStart].Kind == b[c.BStart].Kind {
			switch a[c.AStart].Kind {
			case tokens.Word:
				return fact{verb: "use", object: name(is[c.BStart]), rest: "instead of " + name(old[c.AStart]) + " in " + in}
			case tokens.Number:
				return fact{verb: "change", object: name(old[c.AStart]), rest: "to " + name(is[c.BStart]) + " in " + in}
			}
		}
	}
	for _, c := range changes {
		for i := c.BStart; i < c.BEnd && i+1 < len(is); i++ {
			if w := is[i]; b[i].Kind == tokens.Word && len(w) > 3 && is[i+1] == "(" && !known[w] {
				return fact{verb: "use", object: name(w), rest: "in " + in}
			}
		}
	}
	return update
}

func onlyComments(lines string) bool {
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "*") && !strings.HasPrefix(line, "/*") && !strings.HasPrefix(line, `"""`) {
			return false
		}
	}
	return true
}

// innermost is the declaration that holds the bytes from start to end, with the name of
// what it is in; "" is none.
func innermost(list []syntax.Declaration, start, end int) string {
	for _, d := range list {
		if d.Whole.Start <= start && end <= d.Whole.End {
			if in := innermost(d.Members, start, end); in != "" {
				if d.Name != "" && !strings.Contains(in, ".") {
					return d.Name + "." + in
				}
				return in
			}
			return d.Name
		}
	}
	return ""
}

// lineStarts are the offsets at which lines begin.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// span is the bytes of lines, from 1.
func span(starts []int, size, first, lines int) (start, end int) {
	at := func(line int) int {
		if line-1 < len(starts) {
			return starts[max(0, line-1)]
		}
		return size
	}
	if lines == 0 {
		return at(first + 1), at(first + 1)
	}
	return at(first), at(first + lines)
}

// joined names what facts of one verb and place are about: "A", "A and B", "A, B and 3 more".
func joined(objects []string) string {
	switch len(objects) {
	case 1:
		return objects[0]
	case 2:
		return objects[0] + " and " + objects[1]
	case 3:
		return objects[0] + ", " + objects[1] + " and " + objects[2]
	}
	return objects[0] + ", " + objects[1] + " and " + strconv.Itoa(len(objects)-2) + " more"
}
