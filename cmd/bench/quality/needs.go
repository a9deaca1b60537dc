package main

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// from are the other files that declare what the name at a byte of a line stands for,
// by what can be told without compiling: behind a dot a member, or what a module that is
// imported under the name before the dot has; by itself what the file imports by name or,
// in Go, what its package has.
func (f *file) from(n, at int, name string) (paths []string) {
	before := strings.TrimRight(f.lines[n][:at], "?!")
	dotted := strings.HasSuffix(before, ".")
	qualifier := ""
	if dotted {
		qualifier = lastWord(strings.TrimRight(strings.TrimSuffix(before, "."), "?!"))
	}
	for _, d := range f.repository.declared[f.title][name] {
		if d.file.path != f.path && f.reaches(d, name, qualifier, dotted) && !slices.Contains(paths, d.file.path) {
			paths = append(paths, d.file.path)
		}
	}
	return paths
}

// reaches tells whether a name, behind a qualifier or not, can mean a declaration of
// another file.
func (f *file) reaches(d declaration, name, qualifier string, dotted bool) bool {
	goes := f.title == "Go"
	switch {
	case !dotted && d.member:
		return false
	case !dotted && goes:
		return path.Dir(d.file.path) == path.Dir(f.path)
	case !dotted:
		return contains(f.header(), name)
	case goes && f.importsPackage(qualifier):
		return !d.member && path.Base(path.Dir(d.file.path)) == qualifier && strings.Contains(f.header(), path.Dir(d.file.path)+`"`)
	case d.member:
		return true
	}
	stem, _, _ := strings.Cut(path.Base(d.file.path), ".")
	return !goes && contains(f.header(), qualifier) && (stem == qualifier || path.Base(path.Dir(d.file.path)) == qualifier)
}

// importsPackage tells whether a name is that of a package which a Go file imports.
func (f *file) importsPackage(name string) bool {
	return name != "" && regexp.MustCompile(`(?m)(^|[\s/"])`+regexp.QuoteMeta(name)+`(/v\d+)?"|^\s*(import )?`+regexp.QuoteMeta(name)+` "`).MatchString(f.header())
}

// importing matches what a file imports, whole.
var importing = regexp.MustCompile(`(?m)^[ \t]*(?:from\b[^\n]*?\bimport\b[ \t]*(?:\([^)]*\)|[^\n]*)|import\b[^({\n]*(?:\{[^}]*\}|\([^)]*\))?[^\n]*|(?:const|let|var)\b[^\n]*\brequire\([^\n]*)`)

// header is what the file imports.
func (f *file) header() string {
	if f.head == nil {
		head := strings.Join(importing.FindAllString(f.text, -1), "\n")
		f.head = &head
	}
	return *f.head
}

func contains(text, name string) bool {
	return name != "" && slices.Contains(word.FindAllString(text, -1), name)
}

func lastWord(text string) string {
	all := word.FindAllStringIndex(text, -1)
	if len(all) == 0 || all[len(all)-1][1] != len(text) {
		return ""
	}
	return text[all[len(all)-1][0]:]
}

// texts are what stands over several lines and is no code, by how it begins and ends.
var texts = map[string][][2]string{
	"Python":     {{`"""`, `"""`}, {"'''", "'''"}},
	"Go":         {{"`", "`"}, {"/*", "*/"}},
	"TypeScript": {{"`", "`"}, {"/*", "*/"}},
	"JavaScript": {{"`", "`"}, {"/*", "*/"}},
}

// prose tells of each line whether it begins within a text or comment of several lines.
func prose(title string, lines []string) []bool {
	list := make([]bool, len(lines))
	end := ""
	for n, line := range lines {
		list[n] = end != ""
		for rest := line; ; {
			if end != "" {
				i := strings.Index(rest, end)
				if i < 0 {
					break
				}
				rest, end = rest[i+len(end):], ""
				continue
			}
			at := len(rest)
			for _, t := range texts[title] {
				if i := strings.Index(rest[:at], t[0]); i >= 0 {
					at, end = i+len(t[0]), t[1]
				}
			}
			if end == "" {
				break
			}
			rest = rest[at:]
		}
	}
	return list
}
