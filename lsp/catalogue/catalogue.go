// Package catalogue says what airside says to people in their language.
//
// All rooms speak English: their messages are what logs hold, what --json prints and
// what a report of a fault can be searched by. Where a message leaves for a person it
// passes [Language.Say]. A language is one file here, NAME.json. Its keys are the
// English texts as they stand in the sources, verbs of package fmt included, and its
// values the same in that language. "%s" in it is what the English said there, in
// order; "%[2]s" is the second.
package catalogue

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed *.json
var files embed.FS

// Language is one that airside speaks. A nil Language is English.
type Language struct {
	name  string
	texts map[string]string // as they stand in its file
	whole map[string]string // of texts without verbs
	forms []form            // those with verbs, the most telling first
}

// Names are the languages beside English, as BCP 47 has them: "de".
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // it is in the binary
	}
	var names []string
	for _, entry := range entries {
		names = append(names, strings.TrimSuffix(path.Base(entry.Name()), ".json"))
	}
	return names
}

// For is the language of a locale, which may be "de", "de-AT" or "de_DE.UTF-8". One
// that airside does not speak is English.
func For(locale string) *Language {
	name, _, _ := strings.Cut(strings.ToLower(locale), ".")
	name, _, _ = strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	if !slices.Contains(Names(), name) {
		return nil
	}
	texts, err := files.ReadFile(name + ".json")
	if err != nil {
		panic(err) // it is in the binary
	}
	var entries map[string]string
	if err := json.Unmarshal(texts, &entries); err != nil {
		panic(name + ".json: " + err.Error()) // a test reads each
	}
	return newLanguage(name, entries)
}

// ForEnvironment is the language that the environment asks for, as gettext finds it
// (gettext(1), "The LANGUAGE variable"): the first of LANGUAGE that there is, or that of
// LC_ALL, LC_MESSAGES or LANG. Where these say C, or nothing, scripts read: it is English.
func ForEnvironment(get func(name string) string) *Language {
	locale := cmp.Or(get("LC_ALL"), get("LC_MESSAGES"), get("LANG"))
	if name, _, _ := strings.Cut(locale, "."); name == "" || name == "C" || name == "POSIX" {
		return nil
	}
	for _, wanted := range strings.Split(get("LANGUAGE"), ":") {
		name, _, _ := strings.Cut(strings.NewReplacer("_", ".", "-", ".").Replace(wanted), ".")
		if name == "en" {
			return nil
		}
		if l := For(wanted); l != nil {
			return l
		}
	}
	return For(locale)
}

func newLanguage(name string, entries map[string]string) *Language {
	l := &Language{name: name, texts: entries, whole: make(map[string]string)}
	for english, text := range entries {
		if f, ok := newForm(english, text); ok {
			l.forms = append(l.forms, f)
		} else {
			l.whole[unescaped(english)] = unescaped(text)
		}
	}
	slices.SortFunc(l.forms, func(a, b form) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.english, b.english))
	})
	return l
}

// Name is as in BCP 47: "en".
func (l *Language) Name() string {
	if l == nil {
		return "en"
	}
	return l.name
}

// Say is a message in this language. What has no entry stays as it is. A message that
// was put together from several, by lines, sentences, semicolons or colons, is said part
// by part.
func (l *Language) Say(message string) string {
	if l == nil || message == "" {
		return message
	}
	said, _ := l.say(message, 0)
	return said
}

// Sayf is fmt.Sprintf of the text in this language. Its arguments are left as they are,
// as what others wrote has to be.
func (l *Language) Sayf(english string, args ...any) string {
	if l == nil || l.texts[english] == "" {
		return fmt.Sprintf(english, args...)
	}
	f, _ := newForm(english, l.texts[english])
	values := make([]string, 0, len(args))
	for i, v := range verb.FindAllString(strings.ReplaceAll(english, "%%", ""), len(args)) {
		values = append(values, fmt.Sprintf(v, args[i]))
	}
	return f.write(values)
}

// Text is a text in this language that has no values in it, signs of percent left as
// they are. What has no entry stays English.
func (l *Language) Text(english string) string {
	if l == nil || l.texts[english] == "" {
		return english
	}
	return l.texts[english]
}

// deepest is how often a message is looked for within a part of another.
const deepest = 8

// longest is how many bytes the longest message has. A text that is longer is of lines
// that are, or not airside's own: what a model or a teammate wrote is not taken apart.
const longest = 1000

// between are the joints of a message, from the widest to the narrowest.
var between = []string{"\n", "  ", "; ", ". ", ": ", ", "}

func (l *Language) say(message string, depth int) (said string, known bool) {
	if depth > deepest {
		return message, false
	}
	core := strings.TrimSpace(message)
	if core == "" {
		return message, false
	}
	at := strings.Index(message, core)
	before, after := message[:at], message[at+len(core):]
	joints := between
	if len(core) > longest {
		joints = between[:1] // lines
	} else if said, ok := l.one(core, depth); ok {
		return before + said + after, true
	}
	for _, joint := range joints {
		if !strings.Contains(core, joint) {
			continue
		}
		parts := strings.Split(core, joint)
		for i, part := range parts {
			if said, ok := l.say(part, depth+1); ok {
				parts[i], known = said, true
			}
		}
		if known {
			return before + strings.Join(parts, joint) + after, true
		}
	}
	return message, false
}

// one is a message that has an entry, with a full stop or without.
func (l *Language) one(message string, depth int) (string, bool) {
	if said, ok := l.whole[message]; ok {
		return said, true
	}
	if bare, ok := strings.CutSuffix(message, "."); ok {
		if said, ok := l.whole[bare]; ok {
			return said + ".", true
		}
	}
	for _, f := range l.forms {
		values, ok := f.read(message)
		if !ok {
			continue
		}
		for i, v := range values {
			// A word alone is a name: a branch may be called "offline".
			if f.kinds[i] == anything && strings.Contains(v, " ") {
				values[i], _ = l.say(v, depth+1)
			}
		}
		return f.write(values), true
	}
	return "", false
}

// kind is what a verb can have written.
type kind int

const (
	anything kind = iota
	integer
	number
	quoted
)

// form is a text with verbs, in English and in a language.
type form struct {
	english string
	parts   []string // what stands around the verbs: one more than those
	kinds   []kind
	weight  int    // bytes of the parts
	text    string // the other language's, with verbs
}

// verb is one of package fmt's.
var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0]*(?:\d+|\*)?(?:\.\d+)?([a-zA-Z%])`)

func newForm(english, text string) (form, bool) {
	f := form{english: english, text: text}
	end := 0
	part := ""
	for _, at := range verb.FindAllStringSubmatchIndex(english, -1) {
		part += english[end:at[0]]
		end = at[1]
		switch english[at[4]] {
		case '%':
			part += "%"
			continue
		case 'd':
			f.kinds = append(f.kinds, integer)
		case 'f':
			f.kinds = append(f.kinds, number)
		case 'q':
			f.kinds = append(f.kinds, quoted)
		default:
			f.kinds = append(f.kinds, anything)
		}
		f.parts, part = append(f.parts, part), ""
	}
	f.parts = append(f.parts, part+english[end:])
	for _, p := range f.parts {
		f.weight += len(p)
	}
	return f, len(f.kinds) > 0
}

// read finds what a message says where the form has its verbs.
func (f *form) read(message string) (values []string, ok bool) {
	rest, ok := strings.CutPrefix(message, f.parts[0])
	if !ok || !strings.HasSuffix(rest, f.parts[len(f.parts)-1]) {
		return nil, false
	}
	values = make([]string, len(f.kinds))
	return values, f.readFrom(0, rest, values)
}

func (f *form) readFrom(n int, rest string, values []string) bool {
	if n == len(f.kinds) {
		return rest == ""
	}
	next := f.parts[n+1]
	last := n == len(f.kinds)-1
	for from := 0; from <= len(rest)-len(next); {
		at := strings.Index(rest[from:], next)
		if at < 0 {
			return false
		}
		at += from
		if last {
			at = len(rest) - len(next) // the form ends there
		}
		if at > 0 && f.kinds[n].fits(rest[:at]) {
			values[n] = rest[:at]
			if f.readFrom(n+1, rest[at+len(next):], values) {
				return true
			}
		}
		if last {
			return false
		}
		from = at + 1
	}
	return false
}

func (k kind) fits(text string) bool {
	switch k {
	case integer:
		_, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
		return err == nil
	case number:
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	case quoted:
		_, err := strconv.Unquote(text)
		return err == nil
	default:
		return true
	}
}

// write is the form in the other language, with values.
func (f *form) write(values []string) string {
	next := 0
	return verb.ReplaceAllStringFunc(f.text, func(of string) string {
		match := verb.FindStringSubmatch(of)
		if match[2] == "%" {
			return "%"
		}
		n := next
		if match[1] != "" {
			n, _ = strconv.Atoi(match[1])
			n--
		} else {
			next++
		}
		if n < 0 || n >= len(values) {
			return of // a test holds each text to its English
		}
		return values[n]
	})
}

func unescaped(text string) string { return strings.ReplaceAll(text, "%%", "%") }
