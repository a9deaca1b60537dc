// Command message measures commit messages written by rules, on public histories: each
// against the subject that a person gave.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/airside-ls/airside/cmd/bench/commits"
	"github.com/airside-ls/airside/completion/edit/message"
	"github.com/airside-ls/airside/completion/review/diff"
)

var (
	most  = flag.Int("most", 50, "commits that count, of each repository")
	since = flag.String("since", "2025-01-01", "commits younger than this")
	show  = flag.Bool("show", false, "print each message beside the real one")
)

func main() {
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: message [flags] REPOSITORY...")
		os.Exit(2)
	}
	var n, verbs, objects, both, silent int
	var rouge, bare float64
	var times []time.Duration
	for _, dir := range flag.Args() {
		r, err := commits.Open(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var list []*commits.Commit
		_ = r.Each("", 4**most+60, nil, func(c *commits.Commit) bool {
			list = append(list, c)
			return len(list) < 4**most+60
		})
		young := map[string]bool{}
		_ = r.Each(*since, 4**most, nil, func(c *commits.Commit) bool {
			young[c.Hash] = true
			return true
		})
		took := 0
		for i, c := range list {
			if took >= *most || !young[c.Hash] || len(c.Hunks) == 0 || len(c.Hunks) > 3000 || strings.Contains(c.Author, "[bot]") {
				continue
			}
			subject, _, _ := strings.Cut(c.Message, "\n")
			if strings.HasPrefix(subject, "Revert") {
				continue
			}
			took++
			change := changeOf(r, c)
			for _, past := range list[min(i+1, len(list)):min(i+51, len(list))] {
				change.Past = append(change.Past, message.Commit{Message: past.Message, Author: past.Author, Email: past.Email})
			}
			began := time.Now()
			m := message.Write(context.Background(), change, message.Options{})
			times = append(times, time.Since(began))
			n++
			if m.Subject == "" {
				silent++
			}
			subject = withoutNumber(subject)
			score := rougeL(words(subject), words(m.Subject))
			rouge += score
			bare += rougeL(words(subject), words(update(c)))
			verb, object := sameVerb(subject, m.Verb), hasObject(subject, m.Object)
			if verb {
				verbs++
			}
			if object {
				objects++
			}
			if verb && object {
				both++
			}
			if *show {
				fmt.Printf("%.2f %-5v %-5v %s\n                 %s\n", score, verb, object, subject, m.Subject)
			}
		}
		r.Close()
	}
	if n == 0 {
		fmt.Println("no commits")
		return
	}
	of := func(k int) float64 { return 100 * float64(k) / float64(n) }
	slices.Sort(times)
	fmt.Printf("commits %d\nROUGE-L %.3f (\"Update FILE\", as forges have it: %.3f)\nverb %.1f %%, object %.1f %%, both %.1f %%, none written %.1f %%\np50 %v, p95 %v, most %v\n",
		n, rouge/float64(n), bare/float64(n), of(verbs), of(objects), of(both), of(silent),
		times[n/2].Round(time.Millisecond), times[n*95/100].Round(time.Millisecond), times[n-1].Round(time.Millisecond))
}

// changeOf is a commit as it was before it was made.
func changeOf(r *commits.Repo, c *commits.Commit) message.Change {
	change := message.Change{Author: c.Author, Email: c.Email}
	at := map[string]int{}
	for _, h := range c.Hunks {
		i, ok := at[h.Path]
		if !ok {
			f := diff.File{Path: h.Path}
			if old, ok := r.File(c.Hash+"^", h.Path); ok {
				f.Old = []byte(old)
			}
			if now, ok := r.File(c.Hash, h.Path); ok {
				f.New = []byte(now)
			}
			f.Added, f.Removed = f.Old == nil, f.New == nil
			i = len(change.Files)
			at[h.Path] = i
			change.Files = append(change.Files, f)
		}
		change.Files[i].Hunks = append(change.Files[i].Hunks, diff.Hunk{OldStart: h.OldStart, OldLines: h.OldLines, NewStart: h.NewStart, NewLines: h.NewLines})
	}
	return change
}

// update is what forges put into the box for one file.
func update(c *commits.Commit) string {
	path := c.Hunks[0].Path
	return "Update " + path[strings.LastIndexByte(path, '/')+1:]
}

func withoutNumber(subject string) string {
	if i := strings.LastIndex(subject, " (#"); i > 0 && strings.HasSuffix(subject, ")") {
		return subject[:i]
	}
	return subject
}

// words are a text's words in small letters, names cut into their parts as well.
func words(text string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		list = append(list, strings.ToLower(w))
	}
	return list
}

// rougeL is the F1 of the longest common subsequence.
func rougeL(a, b []string) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	row := make([]int, len(b)+1)
	for i := range a {
		before := 0
		for j := range b {
			above := row[j+1]
			if a[i] == b[j] {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			before = above
		}
	}
	common := float64(row[len(b)])
	return 2 * common / float64(len(a)+len(b))
}

// classes of verbs that say the same of a change.
var classes = [][]string{
	{"add", "introduce", "implement", "support", "create", "allow", "enable", "provide", "expose", "include", "new", "export", "define", "feat"},
	{"remove", "delete", "drop", "clean", "cleanup", "strip", "prune", "discard", "disable"},
	{"rename", "move", "extract", "relocate", "split"},
	{"bump", "upgrade", "update", "release", "sync", "pin"},
	{"change", "update", "set", "use", "make", "improve", "refactor", "adjust", "replace", "switch", "simplify", "handle", "ensure", "avoid", "prevent", "optimize", "rework", "increase", "reduce", "convert", "tweak", "modify", "migrate", "prefer"},
	{"fix", "correct", "repair", "resolve"},
	{"document", "docs", "clarify", "describe", "comment", "mention", "explain", "reword"},
	{"test", "tests", "cover"},
}

// sameVerb tells whether a subject begins with a verb of the same class.
func sameVerb(subject, verb string) bool {
	if i := strings.LastIndex(subject, ": "); i >= 0 {
		subject = subject[i+2:]
	}
	list := words(subject)
	if len(list) == 0 || verb == "" {
		return false
	}
	for _, class := range classes {
		if slices.Contains(class, verb) && slices.ContainsFunc(class, func(v string) bool { return stems(list[0], v) }) {
			return true
		}
	}
	return stems(list[0], verb)
}

func stems(word, verb string) bool {
	stem := strings.TrimSuffix(verb, "e")
	return word == verb || strings.HasPrefix(word, stem) && slices.Contains([]string{"s", "es", "ed", "ing", "e"}, word[len(stem):])
}

// hasObject tells whether a subject names what a message is about: a word of the name, or a
// part of one, of three letters or more.
func hasObject(subject, object string) bool {
	said := map[string]bool{}
	for _, part := range append(words(subject), parts(subject)...) {
		said[part] = true
	}
	for _, part := range append(words(object), parts(object)...) {
		if len(part) > 2 && said[part] {
			return true
		}
	}
	return false
}

// parts cuts names at their capital letters.
func parts(text string) []string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return words(b.String())
}
