package message

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/edit/tokens"
	"github.com/airside-ls/airside/completion/goldentest"
	"github.com/airside-ls/airside/completion/review/diff"
)

// TestGolden checks the cases of testdata/*.txtar: "past" has subjects, newest first,
// "branch" a branch, "old PATH" and "new PATH" are the sides, "want" is the message.
func TestGolden(t *testing.T) {
	goldentest.Run(t, "testdata/*.txtar", func(_ *testing.T, archive *txtar.Archive) string {
		return Write(context.Background(), changeOf(archive), Options{}).String()
	})
}

func changeOf(archive *txtar.Archive) (c Change) {
	c.Author, c.Email = "A", "a@example.org"
	olds, news, moved := map[string][]byte{}, map[string][]byte{}, map[string]string{}
	var order []string
	for _, f := range archive.Files {
		what, path, _ := strings.Cut(f.Name, " ")
		switch what {
		case "past":
			for line := range strings.Lines(string(f.Data)) {
				c.Past = append(c.Past, Commit{Message: strings.TrimSpace(line), Author: "A", Email: "a@example.org"})
			}
		case "messages":
			for part := range strings.SplitSeq(string(f.Data), "===\n") {
				c.Past = append(c.Past, Commit{Message: part, Author: "A", Email: "a@example.org"})
			}
		case "branch":
			c.Branch = strings.TrimSpace(string(f.Data))
		case "moved":
			for line := range strings.Lines(string(f.Data)) {
				from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
				moved[to] = from
				order = append(order, to)
			}
		case "old", "new":
			if what == "old" {
				olds[path] = f.Data
			} else {
				news[path] = f.Data
			}
			if len(order) == 0 || order[len(order)-1] != path {
				order = append(order, path)
			}
		}
	}
	for _, path := range order {
		f := diff.File{Path: path, OldPath: moved[path], Old: olds[path], New: news[path]}
		f.Added, f.Removed = f.Old == nil && f.OldPath == "", f.New == nil && f.OldPath == ""
		if f.OldPath != "" {
			f.Skipped = "only renamed"
		} else {
			f.Hunks = hunksOf(f)
		}
		c.Files = append(c.Files, f)
	}
	return c
}

func hunksOf(f diff.File) []diff.Hunk {
	split := func(text []byte) []string {
		if len(text) == 0 {
			return nil
		}
		return strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	var list []diff.Hunk
	for _, c := range tokens.Diff(split(f.Old), split(f.New)) {
		h := diff.Hunk{OldStart: c.AStart + 1, OldLines: c.AEnd - c.AStart, NewStart: c.BStart + 1, NewLines: c.BEnd - c.BStart}
		if h.OldLines == 0 {
			h.OldStart--
		}
		if h.NewLines == 0 {
			h.NewStart--
		}
		list = append(list, h)
	}
	return list
}

// FuzzWrite: whatever is staged, there is one line that a terminal can show.
func FuzzWrite(f *testing.F) {
	f.Add("a.go", "package a\n\nfunc A() {}\n", "package a\n\nfunc B(x int) {}\n", "sync: do it")
	f.Add("requirements.txt", "flask==1.0\n", "flask==2.0\x1b[31m\n", "Fix: it.")
	f.Fuzz(func(t *testing.T, path, old, new, past string) {
		c := Change{Files: []diff.File{{Path: path, Old: []byte(old), New: []byte(new)}}, Past: []Commit{{Message: past}}}
		c.Files[0].Hunks = hunksOf(c.Files[0])
		subject := Write(context.Background(), c, Options{}).Subject
		if strings.ContainsAny(subject, "\n\x1b\r\x00") {
			t.Errorf("%q", subject)
		}
	})
}
