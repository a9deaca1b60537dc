package completion

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// The settings that say where suggestions are made; reasons name them.
const (
	LanguagesSetting = "completion.languages"
	ExcludeSetting   = "completion.exclude"
)

// Coverage says where suggestions are made. The zero value is everywhere.
type Coverage struct {
	// Languages are names of languages, "*" for all; one behind a "!" is off. The
	// last that speaks of a language decides. Where none does, it is on if the list
	// is empty or begins with one that is off.
	Languages []string
	// Exclude are globs of files, and of folders with all that is in them: see glob.
	Exclude []string
	// Home is what "~" stands for in a glob; "" leaves it as it is.
	Home string
}

// whereFilter is a Where that is ready to be asked with each key.
type whereFilter struct {
	where     Coverage
	globs     []glob
	undefined []glob // of which no definition is shown elsewhere
}

func newWanted(w Coverage, noDefinitions ...string) *whereFilter {
	ready := &whereFilter{where: w}
	for _, text := range noDefinitions {
		ready.undefined = append(ready.undefined, parseGlobs(text, w.Home)...)
	}
	for _, text := range w.Exclude {
		ready.globs = append(ready.globs, parseGlobs(text, w.Home)...)
	}
	return ready
}

// refusal says why no suggestions are wanted in a document, "" where they are.
func (w *whereFilter) refusal(d Document) string {
	if len(w.where.Languages) > 0 {
		if on, by := w.where.speaks(languageIn(d)); !on {
			return by
		}
	}
	if len(w.globs) == 0 {
		return ""
	}
	parts := pathParts(d.File())
	for _, g := range w.globs {
		if g.covers(parts) {
			return fmt.Sprintf("%s is off by %s (%s)", path.Base(filepath.ToSlash(d.File())), ExcludeSetting, g.text)
		}
	}
	return ""
}

// languageIn is what the editor says of a document, or else its name.
func languageIn(d Document) string {
	if d.Language != "" {
		return d.Language
	}
	return lang.IdentifierOf(d.File())
}

// speaks tells whether a language is on, and if not, by what.
func (w Coverage) speaks(language string) (on bool, by string) {
	for i := len(w.Languages) - 1; i >= 0; i-- {
		name, off := strings.CutPrefix(w.Languages[i], "!")
		if !means(name, language) {
			continue
		}
		if off {
			return false, fmt.Sprintf("%s is off by %s", named(language), LanguagesSetting)
		}
		return true, ""
	}
	if len(w.Languages) == 0 || strings.HasPrefix(w.Languages[0], "!") {
		return true, ""
	}
	return false, fmt.Sprintf("%s is not among %s", named(language), LanguagesSetting)
}

// means tells whether a name in the settings is that of a language: editors do
// not agree on all of them.
func means(name, language string) bool {
	name, language = strings.ToLower(name), strings.ToLower(language)
	if ok, _ := path.Match(name, language); ok || name == language {
		return true
	}
	known := lang.Of(name).Name()
	return known != "" && known == lang.Of(language).Name()
}

func named(language string) string {
	if language == "" {
		return "a file without a language"
	}
	return language
}

// Switch is how a language and a folder stand, for a user who wants to switch one
// of them.
type Switch struct {
	Language   string
	LanguageOn bool
	Folder     string // absolute
	FolderOn   bool
	By         string // the glob that has the folder off
}

// Of tells how it stands in a document and a folder that it is in.
func (w Coverage) Of(d Document, folder string) Switch {
	s := Switch{Language: languageIn(d), Folder: folder, FolderOn: true}
	s.LanguageOn, _ = w.speaks(s.Language)
	parts := pathParts(folder)
	for _, g := range newWanted(w).globs {
		if g.covers(parts) {
			s.FolderOn, s.By = false, g.text
		}
	}
	return s
}

// WithLanguage is w with a language on or off.
func (w Coverage) WithLanguage(language string, on bool) Coverage {
	off := "!" + strings.ToLower(language)
	w.Languages = slices.DeleteFunc(slices.Clone(w.Languages), func(entry string) bool {
		name, isOff := strings.CutPrefix(entry, "!")
		return isOff && !strings.ContainsAny(name, "*?[") && means(name, language)
	})
	if is, _ := w.speaks(language); is != on {
		if on {
			off = off[1:]
		}
		w.Languages = append(w.Languages, off)
	}
	return w
}

// WithFolder is w with a folder on or off. It stays off where another glob than
// its own has it off.
func (w Coverage) WithFolder(folder string, on bool) Coverage {
	own := globOf(folder)
	w.Exclude = slices.DeleteFunc(slices.Clone(w.Exclude), func(entry string) bool { return entry == own })
	if !on {
		w.Exclude = append(w.Exclude, own)
	}
	return w
}

// Where tells where suggestions are made.
func (e *Engine) Where() Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opts.Where
}
