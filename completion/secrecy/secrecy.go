// Package secrecy decides which files are secrets: text that no model on
// another machine is sent, that no model is shown as context, and that no memory
// learns. It is the one place that decides so, for completions, reviews, context
// and memory.
//
// A file is a secret by its name ([names]), by a pattern of the user's, by an
// .airsideignore file, or because git ignores it. What a repository says can
// make a file a secret, never take that from it.
package secrecy

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// Setting is the setting that adds patterns, and LocalSetting the one that
// shows secrets to models on this machine; reasons name them.
const (
	Setting      = "privacy.secrets"
	LocalSetting = "privacy.secretsOnThisMachine"
)

// IgnoreFile is the name of the files that say what else is a secret, in the
// syntax of .gitignore. They are looked for in the folder of a file and above it,
// up to the top of its repository, and in the user's home folder.
const IgnoreFile = ".airsideignore"

// Options are what a user decides. The zero value is the strictest but for
// patterns.
type Options struct {
	// Patterns are more secrets, in the syntax of .gitignore, from the root of the
	// file system or without a place.
	Patterns []string
	// Home is the user's home folder, with an IgnoreFile that holds everywhere; ""
	// is none.
	Home string
	// GitIgnores are the files of patterns that hold for all of the repository whose
	// work tree is at top, beside its .gitignore files: the user's own, and its
	// info/exclude. The first that says something of a file decides. nil is the
	// latter.
	GitIgnores func(top string) []string
	// OnThisMachine lets a model on this machine complete within secrets.
	OnThisMachine bool
}

// Rules decide. They are safe for concurrent use; nil are those of the zero
// Options.
type Rules struct {
	options Options
	own     patterns
	files   ignoreFiles
}

// New returns the rules of a user.
func New(o Options) *Rules {
	return &Rules{options: o, own: parse(strings.Join(o.Patterns, "\n"))}
}

var strict = New(Options{})

// Secret says in a clause why a file is a secret, "" when it is none: file is an
// absolute path, or a URI of a text that has none. tracked says that git tracks
// it, so that no .gitignore is asked. The files above it are looked at, its own
// content is not.
func (r *Rules) Secret(file string, tracked bool) string {
	if r == nil {
		r = strict
	}
	why := r.named(file, tracked)
	if why == "" && filepath.IsAbs(file) {
		// A link is as secret as what it leads to.
		if real := resolved(file); real != filepath.Clean(file) {
			why = r.named(real, tracked)
		}
	}
	return why
}

// Withheld says in a sentence why the text of a file is not shown to a model, ""
// when it is; here tells that the model runs on this machine.
func (r *Rules) Withheld(file string, tracked, here bool) string {
	return r.Refusal(r.Secret(file, tracked), here)
}

// Refusal is Withheld for who knows what Secret says.
func (r *Rules) Refusal(why string, here bool) string {
	switch {
	case why == "":
		return ""
	case !here:
		return why + ": such a file is never sent to another machine"
	case r == nil || !r.options.OnThisMachine:
		return why + ": a model on this machine sees such a file only with " + LocalSetting
	}
	return ""
}

// Learnable are those of the files that are no secrets; tracked is as for Secret.
func (r *Rules) Learnable(files []string, tracked bool) []string {
	kept := make([]string, 0, len(files))
	for _, f := range files {
		if r.Secret(f, tracked) == "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// named goes by a path alone and by the files that ignore.
func (r *Rules) named(file string, tracked bool) string {
	slashed := slashed(file)
	base := path.Base(slashed)
	if name := secretName(slashed); name != "" {
		return fmt.Sprintf("%s is a secret by its name (%s)", base, name)
	}
	parts := split(slashed)
	if p := r.own.excludes(parts); p != "" {
		return fmt.Sprintf("%s is a secret by %s (%s)", base, Setting, p)
	}
	if !filepath.IsAbs(file) {
		return ""
	}
	if why := r.files.excludes(filepath.Clean(file), r.options.Home, r.options.GitIgnores, tracked); why != "" {
		return base + " " + why
	}
	return ""
}

// resolved is a path without links; what of it is not there yet stays as it is.
func resolved(file string) string {
	file = filepath.Clean(file)
	rest := ""
	for dir := file; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return file
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// slashed is a path, or the path of a URI, with slashes.
func slashed(file string) string {
	if scheme, rest, ok := strings.Cut(file, ":"); ok && len(scheme) > 1 && !strings.ContainsAny(scheme, `/\.`) {
		file, _, _ = strings.Cut(rest, "?")
		file, _, _ = strings.Cut(file, "#")
	}
	return strings.ReplaceAll(file, `\`, "/")
}

func split(slashed string) []string {
	return strings.FieldsFunc(slashed, func(r rune) bool { return r == '/' })
}
