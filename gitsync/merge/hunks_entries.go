package merge

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// entryKind is a sort of file, or of list in one, whose lines are entries that do not
// depend on each other.
type entryKind struct {
	// begins matches the first line of an entry. What is in its first group is the key,
	// which no two entries may share; the lines that are indented deeper go with it.
	begins *regexp.Regexp
	// order compares two entries where the list is always kept in order.
	order func(a, b listed) int
	// newest is for entries whose value is a version of which the greater is meant, unless
	// a side went back to a lesser one.
	newest bool
	// facts is for entries that are right whatever others stand beside them.
	facts bool
}

var (
	// What go.mod requires, and what it excludes: there two versions are two entries. The
	// lines of a block do not tell which it is.
	required        = entryKind{begins: regexp.MustCompile(`^(require \S+\.\S+) v\S+(?: // indirect)?\r?\n?$`), order: byKey, newest: true}
	requiredInBlock = entryKind{begins: regexp.MustCompile(`^[ \t]*(\S+\.\S+) v\S+(?: // indirect)?\r?\n?$`), order: byKey, newest: true}
	excluded        = entryKind{begins: regexp.MustCompile(`^(exclude \S+\.\S+ v\S+)\r?\n?$`), order: byExclusion}
	excludedInBlock = entryKind{begins: regexp.MustCompile(`^[ \t]*(\S+\.\S+ v\S+)\r?\n?$`), order: byExclusion}

	goSum = entryKind{begins: regexp.MustCompile(`^(\S+ v\S+) h1:\S+\r?\n?$`), order: func(a, b listed) int { return compareSums(a.key, b.key) }, facts: true}

	bullets    = entryKind{begins: regexp.MustCompile(`^[ \t]*[-*+] +(\S.*?)\s*$`)}
	tableRows  = entryKind{begins: regexp.MustCompile(`^[ \t]*\|([^|]*[^|\s:-][^|]*)\|.*\|\s*$`)}
	yamlItems  = entryKind{begins: regexp.MustCompile(`^[ \t]*- +(\S.*?)\s*$`)}
	yamlKeys   = entryKind{begins: regexp.MustCompile(`^[ \t]*([\w."'/-]+):(?:\s.*)?\s*$`)}
	assigned   = entryKind{begins: regexp.MustCompile(`^(?:export +)?([\w.-]+) *=.*\s*$`)}
	variables  = entryKind{begins: regexp.MustCompile(`^((?:ENV|ARG|LABEL|EXPOSE|VOLUME)\s+[^\s=]+)[^\\]*\s*$`)}
	patterns   = entryKind{begins: regexp.MustCompile(`^([^\s!#]\S*)\s*$`)}
	pythonDeps = entryKind{begins: regexp.MustCompile(`^([\w.-]+(?:\[[\w,.-]+\])?)\s*(?:[=<>~!;@].*)?\s*$`)}
)

// blocks are the words before the parenthesis that base, ours and theirs are in at one
// place, as "require" in go.mod; "" outside.
type blocks [3]string

// after are the blocks behind some lines of each.
func (b blocks) after(base, ours, theirs [][]byte) blocks {
	for i, lines := range [][][]byte{base, ours, theirs} {
		for _, line := range lines {
			words, _, _ := bytes.Cut(line, []byte("//"))
			words = bytes.TrimSpace(words)
			switch {
			case bytes.HasPrefix(words, []byte(")")):
				b[i] = ""
			case bytes.HasSuffix(words, []byte("(")):
				b[i] = string(bytes.TrimSpace(words[:len(words)-1]))
			}
		}
	}
	return b
}

// kindsOf are the lists that a file may have, by its name, at a place in some blocks.
func kindsOf(file string, in blocks) []entryKind {
	name, ext := path.Base(file), path.Ext(file)
	switch {
	case name == "go.mod":
		switch in {
		case blocks{}:
			return []entryKind{required, excluded}
		case blocks{"require", "require", "require"}:
			return []entryKind{requiredInBlock}
		case blocks{"exclude", "exclude", "exclude"}:
			return []entryKind{excludedInBlock}
		}
	case name == "go.sum":
		return []entryKind{goSum}
	case ext == ".md" || ext == ".mdx" || ext == ".markdown" || name == "CHANGELOG" || ext == ".rst":
		return []entryKind{bullets, tableRows}
	case ext == ".yml" || ext == ".yaml":
		return []entryKind{yamlItems, yamlKeys}
	case strings.HasPrefix(name, "requirements") && ext == ".txt":
		return []entryKind{pythonDeps}
	case strings.HasPrefix(name, ".") && strings.HasSuffix(name, "ignore"):
		return []entryKind{patterns}
	case strings.HasPrefix(name, "Dockerfile") || ext == ".dockerfile" || name == "Containerfile":
		return []entryKind{variables}
	case ext == ".properties" || ext == ".env" || name == ".env" || ext == ".ini" || ext == ".cfg":
		return []entryKind{assigned}
	case ext == ".sh" || ext == ".bash" || ext == ".zsh":
		return []entryKind{assigned}
	}
	return nil
}

// listed is one of a list: the lines from the one that begins it.
type listed struct {
	key  string // folded
	text string
}

// entries merges a conflict between two versions of a list.
func entries(file string, p part) (text []byte, rule string, ok bool) {
	for _, kind := range kindsOf(file, p.blocks) {
		if text, rule, ok := kind.merge(p); ok {
			return text, rule, true
		}
	}
	return nil, "", false
}

func (k entryKind) merge(p part) (text []byte, rule string, ok bool) {
	var lists [3][]listed
	depth := -1
	for i, side := range [][]byte{p.base, p.ours, p.theirs} {
		if lists[i], ok = k.split(side, &depth); !ok {
			return nil, "", false
		}
	}
	if len(lists[inOurs]) == 0 && len(lists[inTheirs]) == 0 {
		return nil, "", false
	}
	rule = ruleEntries
	index := [3]map[string]int{}
	for i, list := range lists {
		index[i] = map[string]int{}
		for at, e := range list {
			if _, twice := index[i][e.key]; twice {
				return nil, "", false
			}
			index[i][e.key] = at
		}
	}
	if !keepsOrder(lists[inBase], index[inOurs]) || !keepsOrder(lists[inBase], index[inTheirs]) {
		return nil, "", false
	}
	if !k.facts && replaced(lists, index) {
		return nil, "", false
	}
	outcome := map[string]string{} // of those that stay
	for i := range lists {
		for _, e := range lists[i] {
			text, stays, newer, ok := k.one(e.key, lists, index)
			switch {
			case !ok:
				return nil, "", false
			case newer:
				rule = ruleNewest
			}
			if stays {
				outcome[e.key] = text
			}
		}
	}
	var merged []listed
	for _, key := range k.placed(lists, index) {
		if text, stays := outcome[key]; stays {
			merged = append(merged, listed{key, text})
		}
	}
	if k.order != nil && slices.IsSortedFunc(lists[inOurs], k.order) && slices.IsSortedFunc(lists[inTheirs], k.order) {
		slices.SortStableFunc(merged, k.order)
	} else if k.order != nil {
		return nil, "", false
	} else if byText := func(a, b listed) int { return strings.Compare(a.text, b.text) }; len(p.base) == 0 && k.inOrder(p, lists, byText) {
		slices.SortStableFunc(merged, byText)
	}
	for i, e := range merged {
		if i < len(merged)-1 && !strings.HasSuffix(e.text, "\n") {
			e.text += "\n"
		}
		text = append(text, e.text...)
	}
	return notNil(text), rule, true
}

// split takes a list apart; all of its entries begin at one depth, in bytes, which is
// found out where it is negative.
func (k entryKind) split(text []byte, depth *int) (list []listed, ok bool) {
	for line := range bytes.Lines(text) {
		at := len(indent(line))
		if *depth < 0 {
			*depth = at
		}
		m := k.begins.FindSubmatch(line)
		switch {
		case at == *depth && m != nil:
			list = append(list, listed{fold(string(m[1])), string(line)})
		case at > *depth && len(list) > 0 && len(bytes.TrimSpace(line)) > 0:
			list[len(list)-1].text += string(line)
		default:
			return nil, false
		}
	}
	return list, true
}

// fold makes two spellings of one name the same: getX, GetX, get_x.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '`' || r == '*' || r == '"' || r == '\'' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}

// keepsOrder tells whether a side has the entries of base in their order.
func keepsOrder(base []listed, index map[string]int) bool {
	last := -1
	for _, e := range base {
		if at, ok := index[e.key]; ok {
			if at < last {
				return false
			}
			last = at
		}
	}
	return true
}

// replaced tells whether a side may have put another entry in the place of one that the
// other side replaced too, or deleted: an entry is gone on both, and one has new ones.
// Kept side by side they would be one thing said twice, or a deletion would be lost.
func replaced(lists [3][]listed, index [3]map[string]int) bool {
	adds := func(side int) bool {
		return slices.ContainsFunc(lists[side], func(e listed) bool { _, old := index[inBase][e.key]; return !old })
	}
	gone := func(e listed) bool {
		_, ours := index[inOurs][e.key]
		_, theirs := index[inTheirs][e.key]
		return !ours && !theirs
	}
	return slices.ContainsFunc(lists[inBase], gone) && (adds(inOurs) || adds(inTheirs))
}

// one is what becomes of one entry. newer says that both sides changed its version.
func (k entryKind) one(key string, lists [3][]listed, index [3]map[string]int) (text string, stays, newer, ok bool) {
	var texts [3]string
	var has [3]bool
	for i := range texts {
		if at, found := index[i][key]; found {
			texts[i], has[i] = strings.TrimRight(lists[i][at].text, "\r\n"), true
		}
	}
	full := func(i int) string { return lists[i][index[i][key]].text }
	same := func(a, b int) bool { return has[a] == has[b] && texts[a] == texts[b] }
	switch {
	case same(inOurs, inTheirs), same(inTheirs, inBase):
		if !has[inOurs] {
			return "", false, false, true
		}
		return full(inOurs), true, false, true
	case same(inOurs, inBase):
		if !has[inTheirs] {
			return "", false, false, true
		}
		return full(inTheirs), true, false, true
	case k.newest && has[inOurs] && has[inTheirs]:
		ours, theirs := strings.Fields(texts[inOurs]), strings.Fields(texts[inTheirs])
		a, b := version(ours), version(theirs)
		if a == "" || b == "" || strings.Replace(texts[inOurs], a, b, 1) != texts[inTheirs] {
			return "", false, false, false
		}
		if has[inBase] {
			was := version(strings.Fields(texts[inBase]))
			if was == "" || compareVersions(a, was) < 0 || compareVersions(b, was) < 0 {
				return "", false, false, false
			}
		}
		if compareVersions(a, b) < 0 {
			return full(inTheirs), true, true, true
		}
		return full(inOurs), true, true, true
	}
	return "", false, false, false
}

// version is the word of an entry that is one, "" for none.
func version(words []string) string {
	for _, w := range words {
		if len(w) > 1 && w[0] == 'v' && w[1] >= '0' && w[1] <= '9' {
			return w
		}
	}
	return ""
}

// placed are the keys of all three lists: those of base in their order, and behind each
// what the sides added there, ours first.
func (k entryKind) placed(lists [3][]listed, index [3]map[string]int) (keys []string) {
	added := [3]map[string][]string{}
	for _, side := range []int{inOurs, inTheirs} {
		added[side] = map[string][]string{}
		behind := ""
		for _, e := range lists[side] {
			if _, old := index[inBase][e.key]; old {
				behind = e.key
				continue
			}
			added[side][behind] = append(added[side][behind], e.key)
		}
	}
	put := func(behind string) {
		for _, key := range append(slices.Clone(added[inOurs][behind]), added[inTheirs][behind]...) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	put("")
	for _, e := range lists[inBase] {
		keys = append(keys, e.key)
		put(e.key)
	}
	return keys
}

// inOrder tells whether both sides kept a list in order, also beside its neighbors.
func (k entryKind) inOrder(p part, lists [3][]listed, order func(a, b listed) int) bool {
	for _, side := range []int{inOurs, inTheirs} {
		all := slices.Clone(lists[side])
		if k.begins.MatchString(p.above) {
			all = append([]listed{{text: p.above}}, all...)
		}
		if k.begins.MatchString(p.below) {
			all = append(all, listed{text: p.below})
		}
		if len(all) < 3 || !slices.IsSortedFunc(all, order) {
			return false
		}
	}
	return true
}

func byKey(a, b listed) int { return strings.Compare(a.key, b.key) }

// byExclusion orders what go.mod excludes as go does: by module, then by version.
func byExclusion(a, b listed) int {
	x, y := strings.Fields(a.text), strings.Fields(b.text)
	v, w := x[len(x)-1], y[len(y)-1]
	return cmp.Or(slices.Compare(x[:len(x)-1], y[:len(y)-1]), compareVersions(v, w))
}

// compareSums orders the lines of go.sum as go does: by module, version, file.
func compareSums(a, b string) int {
	x, y := strings.Fields(a), strings.Fields(b)
	xv, xf, _ := strings.Cut(x[1], "/")
	yv, yf, _ := strings.Cut(y[1], "/")
	return cmp.Or(strings.Compare(x[0], y[0]), compareVersions(xv, yv), strings.Compare(xf, yf))
}

// compareVersions orders semantic versions.
func compareVersions(a, b string) int {
	a, _, _ = strings.Cut(strings.TrimPrefix(a, "v"), "+")
	b, _, _ = strings.Cut(strings.TrimPrefix(b, "v"), "+")
	aMain, aPre, aHas := strings.Cut(a, "-")
	bMain, bPre, bHas := strings.Cut(b, "-")
	if c := compareDotted(aMain, bMain); c != 0 {
		return c
	}
	switch {
	case !aHas || !bHas:
		return cmp.Compare(truth(!aHas), truth(!bHas))
	}
	return compareDotted(aPre, bPre)
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func compareDotted(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(x) && i < len(y); i++ {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		switch {
		case errM == nil && errN == nil && m != n:
			return cmp.Compare(m, n)
		case errM == nil && errN != nil:
			return -1
		case errM != nil && errN == nil:
			return 1
		case x[i] != y[i]:
			return strings.Compare(x[i], y[i])
		}
	}
	return cmp.Compare(len(x), len(y))
}
