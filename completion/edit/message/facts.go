package message

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// fact is something that a change does: "add" "Load" "to Store".
type fact struct {
	verb, object, rest string
	weight             int  // changed lines that it is about
	public             bool // what is added can be used from elsewhere
}

func (f fact) text() string { return strings.TrimSpace(f.verb + " " + f.object + " " + f.rest) }

// facts are all that was found, the most telling first.
type facts struct {
	list []fact
	kind string // of the change, as typed subjects have it: "feat"
}

// Bounds of what is parsed: a change that is larger is told by its files' names.
const (
	maxParsed      = 48
	maxParsedBytes = 3 << 20
)

// find looks at a change. It ends early with ctx.
func find(ctx context.Context, files []diff.File) facts {
	groups := map[class][]diff.File{}
	lines := map[class]int{}
	for _, f := range files {
		k := classOf(f.Path)
		groups[k] = append(groups[k], f)
		lines[k] += max(1, changedLines(f))
	}
	about := main(lines)
	own := groups[about]
	found := facts{kind: kindOf(about)}
	if f, ok := movedOnly(files); ok {
		found.list, found.kind = []fact{f}, "refactor"
		return found
	}
	if about == deps || about == locked {
		if list := dependencies(slices.Concat(groups[deps], groups[locked])); len(list) > 0 {
			found.list, found.kind = list, "chore"
			return found
		}
	}
	if about == code || about == test {
		if f, ok := renamed(slices.Concat(groups[code], groups[test])); ok {
			found.list, found.kind = []fact{f}, "refactor"
			return found
		}
		found.list = symbolFacts(ctx, own)
		if about == code {
			found.kind = codeKind(found.list, len(groups[test]) > 0)
		}
	} else {
		for _, f := range own {
			found.list = append(found.list, textFacts(f)...)
		}
	}
	if len(found.list) == 0 {
		found.list = fileFacts(own)
	}
	slices.SortStableFunc(found.list, func(a, b fact) int { return cmp.Compare(b.rank(), a.rank()) })
	return found
}

// rank is how much a fact tells of a change: what is new more than what is another.
func (f fact) rank() int {
	switch {
	case f.verb == "add" && f.public:
		return f.weight * 4
	case f.verb == "add", f.verb == "remove":
		return f.weight * 2
	}
	return f.weight
}

// main is what a change is about: the code that it changes, however long its tests are.
func main(lines map[class]int) class {
	all := 0
	for _, n := range lines {
		all += n
	}
	if lines[code]*8 >= all {
		return code
	}
	best, found := locked, false
	for _, k := range []class{test, docs, build, ci, deps, data, code} {
		if lines[k] > 0 && (!found || lines[k] > lines[best]) {
			best, found = k, true
		}
	}
	if !found && lines[noted] > 0 {
		return noted
	}
	return best
}

func kindOf(k class) string {
	switch k {
	case test:
		return "test"
	case docs, noted:
		return "docs"
	case build:
		return "build"
	case ci:
		return "ci"
	}
	return "chore"
}

// codeKind is what a change of code is called. Whether it mends anything no syntax tells;
// with a test beside a change of what was there before, people say so.
func codeKind(list []fact, tested bool) string {
	for _, f := range list {
		if f.verb == "add" && f.public {
			return "feat"
		}
	}
	if tested || !slices.ContainsFunc(list, func(f fact) bool { return f.verb == "add" || f.verb == "remove" }) {
		return "fix"
	}
	return "refactor"
}

func changedLines(f diff.File) int {
	n := 0
	for _, h := range f.Hunks {
		n += max(h.OldLines, h.NewLines)
	}
	return n
}

// movedOnly tells of files that have other names and the same content.
func movedOnly(files []diff.File) (fact, bool) {
	from, to := []string(nil), []string(nil)
	for _, f := range files {
		if f.OldPath == "" || len(f.Hunks) > 0 {
			return fact{}, false
		}
		from, to = append(from, f.OldPath), append(to, f.Path)
	}
	if len(from) == 1 && path.Dir(from[0]) == path.Dir(to[0]) {
		return fact{verb: "rename", object: name(path.Base(from[0])), rest: "to " + name(path.Base(to[0])), weight: 1}, true
	}
	where := common(to)
	if where == "" {
		where = "the root"
	}
	object := name(path.Base(from[0]))
	if len(from) > 1 {
		object = strconv.Itoa(len(from)) + " files"
	}
	return fact{verb: "move", object: object, rest: "to " + name(where), weight: 1}, true
}

// fileFacts tell of files as wholes.
func fileFacts(files []diff.File) []fact {
	by := map[string][]diff.File{}
	for _, f := range files {
		verb := "update"
		switch {
		case f.OldPath != "" && len(f.Hunks) == 0:
			verb = "move"
		case f.Added:
			verb = "add"
		case f.Removed:
			verb = "remove"
		}
		by[verb] = append(by[verb], f)
	}
	var list []fact
	for _, verb := range []string{"add", "remove", "update", "move"} {
		group := by[verb]
		if len(group) == 0 {
			continue
		}
		f := fact{verb: verb}
		var names []string
		for _, file := range group {
			f.weight += max(1, changedLines(file))
			names = append(names, file.Path)
		}
		f.object = baseNames(names)
		list = append(list, f)
	}
	return list
}

// baseNames names files: "a.go", "a.go and b.go", "12 files in docs".
func baseNames(paths []string) string {
	switch len(paths) {
	case 1:
		return name(path.Base(paths[0]))
	case 2:
		if a, b := name(path.Base(paths[0])), name(path.Base(paths[1])); a != b {
			return a + " and " + b
		}
	}
	if dir := common(paths); dir != "" {
		return strconv.Itoa(len(paths)) + " files in " + name(dir)
	}
	return strconv.Itoa(len(paths)) + " files"
}

// sides are the declarations of a file before and after.
type sides struct {
	file                diff.File
	was, is             []syntax.Symbol
	outlineWas, outline []syntax.Declaration
	language            string
	known               bool
}

// symbolFacts compare what files declare.
func symbolFacts(ctx context.Context, files []diff.File) []fact {
	trees := syntax.NewCache(syntax.Limits{ParseTime: parseTime / 2})
	defer trees.CloseAll()
	var all []sides
	var rest []diff.File
	bytes := 0
	// The files that changed most say most.
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b diff.File) int { return cmp.Compare(changedLines(b), changedLines(a)) })
	for _, f := range files {
		bytes += len(f.Old) + len(f.New)
		if f.Skipped != "" || len(all) >= maxParsed || bytes > maxParsedBytes || ctx.Err() != nil {
			rest = append(rest, f)
			continue
		}
		s := sidesOf(trees, f)
		if !s.known {
			rest = append(rest, f)
			continue
		}
		all = append(all, s)
	}
	list := declared(all)
	if len(list) == 0 {
		rest = files
	}
	for _, f := range fileFacts(rest) {
		f.weight = min(f.weight, 3) // what was not read says little
		list = append(list, f)
	}
	return list
}

func sidesOf(trees *syntax.Cache, f diff.File) sides {
	s := sides{file: f}
	var l *lang.Language
	l, s.language = lang.OfFile(f.Path)
	if l.Defines == nil {
		return s
	}
	read := func(text []byte) ([]syntax.Symbol, []syntax.Declaration, bool) {
		if text == nil {
			return nil, nil, true
		}
		d := syntax.Document{Language: s.language, Text: strings.ToValidUTF8(string(text), "\uFFFD")}
		list, ok := trees.Symbols(d)
		if !ok {
			return nil, nil, false
		}
		root, ok := trees.Nodes(d)
		return list, syntax.Outline(d, root), ok
	}
	var ok1, ok2 bool
	s.was, s.outlineWas, ok1 = read(f.Old)
	s.is, s.outline, ok2 = read(f.New)
	s.known = ok1 && ok2
	return s
}
