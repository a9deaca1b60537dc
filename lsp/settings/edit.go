package settings

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// ErrUneditable says that a config.toml is written so that a value cannot be set
// without touching what else stands there.
var ErrUneditable = errors.New("config.toml is written in a way that airside does not change by itself")

// SetTOML sets values in the text of a config.toml, by the names of settings, and
// leaves everything else as it stands: comments, order, spaces. A nil value takes a
// setting out. The result was read again, and says what was wanted and nothing else
// than before; if it would not, the error is [ErrUneditable].
func SetTOML(text string, values map[string]any) (string, error) {
	known := map[string]Field{}
	for _, f := range Fields() {
		known[f.Name] = f
	}
	want, err := decoded(text)
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		f, ok := known[name]
		if !ok {
			return "", fmt.Errorf("unknown setting %q", name)
		}
		value := values[name]
		if value == nil {
			delete(want, name)
			text = removeKey(text, name)
			continue
		}
		var o Options
		if err := f.set(&o, value); err != nil {
			return "", err
		}
		literal, err := literalOf(value)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		want[name] = fmt.Sprint(value)
		text = setKey(text, name, literal)
	}
	got, err := decoded(text)
	if err != nil || !maps.Equal(got, want) {
		return "", ErrUneditable
	}
	return text, nil
}

// decoded are the values of a config.toml by their full names, as texts.
func decoded(text string) (map[string]string, error) {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, fmt.Errorf("config.toml: %w", err)
	}
	flat := map[string]string{}
	var visit func(prefix string, tree map[string]any)
	visit = func(prefix string, tree map[string]any) {
		for key, v := range tree {
			if sub, ok := v.(map[string]any); ok {
				visit(prefix+key+".", sub)
				continue
			}
			flat[prefix+key] = fmt.Sprint(v)
		}
	}
	visit("", tree)
	return flat, nil
}

// literalOf is a value as TOML writes it.
func literalOf(value any) (string, error) {
	var b strings.Builder
	if err := toml.NewEncoder(&b).Encode(map[string]any{"x": value}); err != nil {
		return "", err
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(b.String()), "x =")), nil
}

var (
	tableLine = regexp.MustCompile(`^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(#.*)?$`)
	keyLine   = regexp.MustCompile(`^(\s*)([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)*)(\s*=\s*)(.*)$`)
	// behind is what may stand behind a value on its line.
	behind = regexp.MustCompile(`^("(?:[^"\\]|\\.)*"|'[^']*'|[^#"'\[{]*?)(\s*(?:#.*)?)$`)
)

// spot is the line of a key, -1 where there is none, and where it would go.
type spot struct {
	lines []string
	key   int
	table int // the header of its table
	end   int // behind the last line of the table that says something
	root  int // the first table's header: what is in none stands before it
}

func find(text, name string) spot {
	table, _ := split(name)
	p := spot{lines: strings.Split(text, "\n"), key: -1, table: -1, end: -1, root: -1}
	within := ""
	for i, line := range p.lines {
		line = strings.TrimSuffix(line, "\r")
		if m := tableLine.FindStringSubmatch(line); m != nil {
			within = m[1]
			if p.root < 0 {
				p.root = i
			}
			if within == table {
				p.table, p.end = i, i+1
			}
			continue
		}
		if m := keyLine.FindStringSubmatch(line); m != nil {
			full := strings.Join(strings.Fields(strings.ReplaceAll(m[2], ".", " ")), ".")
			if within != "" {
				full = within + "." + full
			}
			if full == name {
				p.key = i
			}
		}
		// A comment may be of what comes behind it.
		if said := strings.TrimSpace(line); within == table && table != "" && said != "" && said[0] != '#' {
			p.end = i + 1
		}
	}
	if p.root < 0 {
		p.root = len(p.lines)
	}
	return p
}

// split is a setting's name as its table and its key.
func split(name string) (table, key string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

func setKey(text, name, literal string) string {
	p := find(text, name)
	table, key := split(name)
	switch {
	case p.key >= 0:
		line, ending := cutReturn(p.lines[p.key])
		m := keyLine.FindStringSubmatch(line)
		comment := ""
		if b := behind.FindStringSubmatch(m[4]); b != nil {
			comment = b[2]
		}
		p.lines[p.key] = m[1] + m[2] + m[3] + literal + comment + ending
	case table == "":
		at := p.root
		for at > 0 && strings.TrimSpace(p.lines[at-1]) == "" {
			at--
		}
		p.lines = slices.Insert(p.lines, at, key+" = "+literal)
		if at+1 == len(p.lines) {
			p.lines = append(p.lines, "")
		}
	case p.table >= 0:
		p.lines = slices.Insert(p.lines, p.end, key+" = "+literal)
		if p.end+1 == len(p.lines) {
			p.lines = append(p.lines, "")
		}
	default:
		for len(p.lines) > 0 && strings.TrimSpace(p.lines[len(p.lines)-1]) == "" {
			p.lines = p.lines[:len(p.lines)-1]
		}
		if len(p.lines) > 0 {
			p.lines = append(p.lines, "")
		}
		p.lines = append(p.lines, "["+table+"]", key+" = "+literal, "")
	}
	return strings.Join(p.lines, "\n")
}

func removeKey(text, name string) string {
	p := find(text, name)
	if p.key < 0 {
		return text
	}
	return strings.Join(slices.Delete(p.lines, p.key, p.key+1), "\n")
}

func cutReturn(line string) (text, ending string) {
	if rest, ok := strings.CutSuffix(line, "\r"); ok {
		return rest, "\r"
	}
	return line, ""
}
