package completion

import (
	"path"
	"path/filepath"
	"strings"
)

// glob names files and folders by their paths. "*" and "?" stand for what is
// between two slashes, "**" for any folders, {a,b} for one of the two, [a-z] for a
// character. One that begins with a slash, a drive or "~" begins at the top; any
// other fits wherever its names stand. A folder is named with all that is in it.
type glob struct {
	text     string     // as the user wrote it
	rooted   bool       // the first of sections begins at the top
	sections [][]string // what stands between "**", each a path.Match pattern per name
}

const (
	// maxBraces bounds what the braces of one glob are taken apart into.
	maxBraces = 64
	// globSigns stand for something in a glob.
	globSigns = "*?[{"
)

// parseGlobs reads one glob: each choice of its braces is one.
func parseGlobs(text, home string) []glob {
	var list []glob
	for _, plain := range withoutBraces(text, maxBraces) {
		plain = filepath.ToSlash(strings.TrimSpace(plain))
		if rest, ok := strings.CutPrefix(plain, "~/"); ok && home != "" {
			plain = path.Join(globOf(home), rest)
		}
		g := glob{text: text, rooted: strings.HasPrefix(plain, "/") || filepath.VolumeName(plain) != ""}
		var section []string
		for _, name := range pathParts(plain) {
			if name != "**" {
				section = append(section, name)
				continue
			}
			if len(g.sections) == 0 && section == nil {
				g.rooted = false // it begins anywhere
			}
			if section != nil {
				g.sections = append(g.sections, section)
			}
			section = nil
		}
		if section != nil {
			g.sections = append(g.sections, section)
		}
		if len(g.sections) == 0 && !strings.Contains(plain, "**") {
			continue // "/", or the empty half of a brace, is nothing and not everything
		}
		list = append(list, g)
	}
	return list
}

// covers tells whether the glob names a file, or a folder that it is in. The first
// place where a section fits is as good as any: what follows only has more room.
func (g glob) covers(parts []string) bool {
	for i, section := range g.sections {
		last := len(parts) - len(section)
		if g.rooted && i == 0 {
			last = min(last, 0)
		}
		at := 0
		for ; at <= last && !fits(section, parts[at:]); at++ {
		}
		if at > last {
			return false
		}
		parts = parts[at+len(section):]
	}
	return true
}

func fits(section, parts []string) bool {
	for i, pattern := range section {
		if ok, _ := path.Match(pattern, parts[i]); !ok {
			return false
		}
	}
	return true
}

// globOf is the glob of a folder and no other.
func globOf(folder string) string {
	var b strings.Builder
	for _, r := range filepath.ToSlash(folder) {
		if strings.ContainsRune(globSigns, r) {
			b.WriteString("[" + string(r) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// pathParts are the names in a path.
func pathParts(file string) []string {
	return strings.FieldsFunc(filepath.ToSlash(file), func(r rune) bool { return r == '/' })
}

// withoutBraces are the texts that {a,b} stands for, most of them at most.
func withoutBraces(text string, most int) []string {
	if most <= 0 {
		return nil
	}
	open, end, commas := brace(text)
	if end < 0 {
		return []string{text}
	}
	var list []string
	from := open + 1
	for _, to := range append(commas, end) {
		list = append(list, withoutBraces(text[:open]+text[from:to]+text[end+1:], most-len(list))...)
		from = to + 1
	}
	return list
}

// brace finds the first brace that has an end, and the commas that are its own;
// end is -1 without any. What stands in brackets is a character.
func brace(text string) (open, end int, commas []int) {
	depth, open := 0, -1
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '[':
			if n := strings.IndexByte(text[i:], ']'); n > 0 {
				i += n
			}
		case '{':
			if depth == 0 {
				open = i
			}
			depth++
		case ',':
			if depth == 1 {
				commas = append(commas, i)
			}
		case '}':
			if depth == 1 {
				return open, i, commas
			}
			depth = max(depth-1, 0)
		}
	}
	return open, -1, nil
}
