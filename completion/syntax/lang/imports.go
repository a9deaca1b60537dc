package lang

import (
	"path"
	"regexp"
	"strings"
)

// What imports name, by their text: a header that is being written has no tree yet.

var goImportLine = regexp.MustCompile(`(?m)^\s*(?:import\s+\(?\s*)?([\w.]+\s+)?"([^"\n]+)"`)

func goImported(header string) []Import {
	var list []Import
	for _, m := range goImportLine.FindAllStringSubmatch(header, -1) {
		as := strings.TrimSpace(m[1])
		switch as {
		case "", "import":
			as = path.Base(m[2])
			if isMajor(as) {
				as = path.Base(path.Dir(m[2]))
			}
			as = strings.TrimPrefix(as, "go-")
		case "_":
			continue
		case ".":
			as = "*"
		}
		list = append(list, Import{From: m[2], As: as})
	}
	return list
}

// isMajor tells of "v2", which ends the path of a package and is not its name.
func isMajor(name string) bool {
	return len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == ""
}

var (
	pythonFrom = regexp.MustCompile(`(?m)^\s*from\s+([\w.]+)\s+import\s+(\([^)]*\)?|[^\n]*)`)
	pythonWhat = regexp.MustCompile(`(?m)^\s*import\s+([^\n#]+)`)
	pythonName = regexp.MustCompile(`([\w.*]+)(?:\s+as\s+(\w+))?`)
	comments   = regexp.MustCompile(`#[^\n]*`)
)

func pythonImports(header string) []Import {
	var list []Import
	header = comments.ReplaceAllString(header, "")
	for _, m := range pythonFrom.FindAllStringSubmatch(header, -1) {
		for _, n := range pythonName.FindAllStringSubmatch(m[2], -1) {
			as := n[2]
			if as == "" {
				as = n[1]
			}
			list = append(list, Import{From: m[1], Name: n[1], As: as})
		}
	}
	for _, m := range pythonWhat.FindAllStringSubmatch(header, -1) {
		for _, n := range pythonName.FindAllStringSubmatch(m[1], -1) {
			as := n[2]
			if as == "" {
				as = n[1]
			}
			list = append(list, Import{From: n[1], As: as})
		}
	}
	return list
}

var (
	scriptFrom    = regexp.MustCompile(`(?s)(?:import|export)\s+(?:type\s+)?([^;'"]*?)\s*from\s*['"]([^'"\n]+)['"]`)
	scriptRequire = regexp.MustCompile(`(?:const|let|var)\s+(\{[^}]*\}|[\w$]+)\s*=\s*(?:await\s+import|require)\(\s*['"]([^'"\n]+)['"]`)
	scriptNamed   = regexp.MustCompile(`(?:type\s+)?([\w$]+)(?:\s*(?:\s+as\s+|:)\s*([\w$]+))?`)
	scriptSpace   = regexp.MustCompile(`\*\s*as\s+([\w$]+)`)
)

func scriptImported(header string) []Import {
	var list []Import
	for _, m := range append(scriptFrom.FindAllStringSubmatch(header, -1), scriptRequire.FindAllStringSubmatch(header, -1)...) {
		what, from := m[1], m[2]
		if space := scriptSpace.FindStringSubmatch(what); space != nil {
			list = append(list, Import{From: from, As: space[1]})
			continue
		}
		before, braces, _ := strings.Cut(what, "{")
		if name := strings.Trim(before, " \t\r\n,"); name != "" {
			list = append(list, Import{From: from, Name: "default", As: name})
		}
		for _, n := range scriptNamed.FindAllStringSubmatch(strings.TrimRight(braces, "} \t\r\n"), -1) {
			as := n[2]
			if as == "" {
				as = n[1]
			}
			list = append(list, Import{From: from, Name: n[1], As: as})
		}
	}
	return list
}

var dottedImport = regexp.MustCompile(`(?m)^\s*(?:import|using)\s+(?:static\s+)?([\w.]+?)(?:\.([\w*]+))?(?:\s+as\s+(\w+))?\s*;?\s*$`)

// dottedImported is for the likes of "import a.b.C;".
func dottedImported(header string) []Import {
	var list []Import
	for _, m := range dottedImport.FindAllStringSubmatch(header, -1) {
		as := m[3]
		if as == "" {
			as = m[2]
		}
		list = append(list, Import{From: m[1], Name: m[2], As: as})
	}
	return list
}

var (
	rustPath  = regexp.MustCompile(`(?s)\buse\s+([\w:]+?)(?:::(\{[^;]*\}|\w+|\*))?(?:\s+as\s+(\w+))?\s*;`)
	rustNamed = regexp.MustCompile(`(?:[\w]+::)*(\w+)(?:\s+as\s+(\w+))?`)
)

func rustImported(header string) []Import {
	var list []Import
	for _, m := range rustPath.FindAllStringSubmatch(header, -1) {
		if m[2] == "*" {
			list = append(list, Import{From: m[1], As: "*"})
			continue
		}
		for _, n := range rustNamed.FindAllStringSubmatch(m[2], -1) {
			as := n[2]
			if as == "" {
				as = n[1]
			}
			if m[3] != "" {
				as = m[3]
			}
			list = append(list, Import{From: m[1], Name: n[1], As: as})
		}
	}
	return list
}

var cInclude = regexp.MustCompile(`(?m)^\s*#\s*include\s*"([^"\n]+)"`)

func cImported(header string) []Import {
	var list []Import
	for _, m := range cInclude.FindAllStringSubmatch(header, -1) {
		list = append(list, Import{From: m[1], As: "*"})
	}
	return list
}
