package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/syntax"
)

// repository is a scratch copy of what a repository has committed, without its
// history, and what is known of it.
type repository struct {
	name    string
	scratch string             // the folder of the copy
	files   map[string][]*file // by the language's title
	young   map[string][]*file // those of them that no model can know

	lines    map[string][]position               // by a line's code
	declared map[string]map[string][]declaration // by title and name
	chunks   map[string]*chunkIndex              // by title; nil before the first search
}

// position is a line of a file.
type position struct {
	file *[]string
	line int
}

// declaration is the head of something with a name.
type declaration struct {
	file *file
	head string
	at   int // its line, from 0
	// member tells that it is one of a type's.
	member bool
}

// maxCopied bounds a file that is copied, in bytes.
const maxCopied = 1 << 20

// openRepository copies a repository, or a folder, into the scratch folder. Files are
// young that were first committed at since or later; without a history none is, unless
// any age will do.
func openRepository(ctx context.Context, dir, scratch string, languages []string, since time.Time, anyAge bool) (*repository, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	born, err := birthdays(ctx, dir)
	if err != nil && !anyAge {
		return nil, fmt.Errorf("%s: when its files were written is not known: %w; with -any-age they are taken all the same", dir, err)
	}
	if err == nil {
		err = copyCommitted(ctx, dir, scratch)
	} else {
		err = copyFolder(dir, scratch)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return readRepository(nameOf(dir), scratch, languages, func(path string) bool {
		when, known := born[path]
		return anyAge || known && !when.Before(since)
	})
}

// readRepository reads a copy of a repository.
func readRepository(name, scratch string, languages []string, young func(path string) bool) (*repository, error) {
	r := &repository{name: name, scratch: scratch, files: map[string][]*file{}, young: map[string][]*file{}}
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	for _, l := range heldout.Languages {
		if !slices.Contains(languages, l.Name) {
			continue
		}
		for _, path := range heldout.Find(scratch, l.Endings) {
			f, err := r.read(path, l.Name)
			if err != nil {
				return nil, err
			}
			r.files[l.Name] = append(r.files[l.Name], f)
			if !young(f.path) {
				continue
			}
			if n, ok := trees.Judge().Errors(f.document()); ok && n == 0 { // one that has errors before it is cut cannot be judged
				r.young[l.Name] = append(r.young[l.Name], f)
			}
		}
	}
	if err := r.readLines(); err != nil {
		return nil, err
	}
	r.readDeclarations(trees)
	return r, nil
}

// nameOf is what a repository is called: the folder's name, or its parent's where the
// folder is only called "repo".
func nameOf(dir string) string {
	name := filepath.Base(dir)
	if name == "repo" || name == ".git" {
		name = filepath.Base(filepath.Dir(dir))
	}
	return name
}

func (r *repository) read(path, title string) (*file, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	inside, err := filepath.Rel(r.scratch, path)
	if err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	return &file{repository: r, path: filepath.ToSlash(inside), language: completion.LanguageOf(path), title: title, text: text, lines: strings.Split(text, "\n")}, nil
}

func (f *file) document() syntax.Document {
	return syntax.Document{Key: f.path, Language: f.language, Text: f.text}
}

// gitIn runs git in a folder, which reads in, and gives its output to take. It fetches
// nothing.
func gitIn(ctx context.Context, dir string, in io.Reader, take func(io.Reader) error, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "core.quotepath=off", "-c", "safe.directory=*"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	var complaint strings.Builder
	cmd.Stdin, cmd.Stderr = in, &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	taken := take(out)
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(complaint.String()))
	}
	return taken
}

func gitText(ctx context.Context, dir string, in io.Reader, args ...string) (text string, err error) {
	err = gitIn(ctx, dir, in, func(r io.Reader) error {
		raw, err := io.ReadAll(r)
		text = string(raw)
		return err
	}, args...)
	return text, err
}

// birthdays are when the files of a repository were first committed, by the older of
// both of a commit's dates, under whatever name.
func birthdays(ctx context.Context, dir string) (map[string]time.Time, error) {
	shallow, err := gitText(ctx, dir, nil, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(shallow) == "true" {
		return nil, errors.New("the clone is shallow")
	}
	var log string
	for _, renames := range []string{"-M", "-M100%"} { // in a partial clone only those that changed nothing can be told
		log, err = gitText(ctx, dir, nil, "log", "--reverse", "--relative", renames, "--diff-filter=AR", "--name-status", "--format=commit %at %ct", "HEAD")
		if err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return parseBirthdays(log), nil
}

// parseBirthdays reads a log of commits, the oldest first: "commit 1735689600
// 1735689600", and behind each what it has added or renamed.
func parseBirthdays(log string) map[string]time.Time {
	born := map[string]time.Time{}
	var when time.Time
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if dates, ok := strings.CutPrefix(line, "commit "); ok {
			written, committed, _ := strings.Cut(dates, " ")
			a, _ := strconv.ParseInt(written, 10, 64)
			b, _ := strconv.ParseInt(committed, 10, 64)
			when = time.Unix(min(a, b), 0)
			continue
		}
		fields := strings.Split(line, "\t")
		switch {
		case len(fields) == 2 && fields[0] == "A":
			if _, known := born[fields[1]]; !known {
				born[fields[1]] = when
			}
		case len(fields) == 3 && strings.HasPrefix(fields[0], "R"):
			old, known := born[fields[1]]
			if now, here := born[fields[2]]; here && (!known || now.Before(old)) {
				old, known = now, true
			}
			if known {
				born[fields[2]] = old
			}
		}
	}
	return born
}

// copyCommitted copies what HEAD has, but for what a partial clone lacks.
func copyCommitted(ctx context.Context, dir, into string) error {
	listed, err := gitText(ctx, dir, nil, "ls-tree", "-r", "-z", "HEAD")
	if err != nil {
		return err
	}
	var ids, paths []string
	for _, entry := range strings.Split(listed, "\x00") {
		about, path, _ := strings.Cut(entry, "\t") // "100644 blob 1a2b…\tpath"
		if f := strings.Fields(about); len(f) == 3 && f[1] == "blob" && strings.HasPrefix(f[0], "100") && filepath.IsLocal(path) {
			ids, paths = append(ids, f[2]), append(paths, path)
		}
	}
	return gitIn(ctx, dir, strings.NewReader(strings.Join(ids, "\n")+"\n"), func(r io.Reader) error {
		in := bufio.NewReader(r)
		for _, path := range paths {
			head, err := in.ReadString('\n') // "1a2b… blob 120", or "1a2b… missing"
			if err != nil {
				return err
			}
			f := strings.Fields(head)
			if len(f) != 3 {
				continue
			}
			size, err := strconv.Atoi(f[2])
			if err != nil {
				return err
			}
			if size > maxCopied {
				_, err = in.Discard(size + 1)
			} else {
				raw := make([]byte, size+1) // and a line's end
				if _, err = io.ReadFull(in, raw); err == nil {
					err = write(filepath.Join(into, filepath.FromSlash(path)), raw[:size])
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	}, "cat-file", "--batch")
}

// copyFolder copies the files of a folder, those in hidden folders aside.
func copyFolder(dir, into string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && d.Name()[0] == '.':
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > maxCopied {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return write(filepath.Join(into, inside), raw)
	})
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// readLines notes where each line of the copy stands.
func (r *repository) readLines() error {
	r.lines = map[string][]position{}
	return filepath.WalkDir(r.scratch, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil || !utf8.Valid(raw) {
			return err
		}
		lines := strings.Split(string(raw), "\n")
		for i := range lines {
			if lines[i] = strings.TrimSpace(lines[i]); len(lines[i]) >= minCode {
				r.lines[lines[i]] = append(r.lines[lines[i]], position{&lines, i})
			}
		}
		return nil
	})
}

// copies counts where in the repository lines stand behind each other, however
// indented.
func (r *repository) copies(lines []string) (n int) {
	for i, l := range lines { // from the first of some length on
		at := r.lines[strings.TrimSpace(l)]
		if at == nil {
			continue
		}
		for _, p := range at {
			if p.line >= i && same(lines, (*p.file)[p.line-i:]) {
				n++
			}
		}
		return n
	}
	return 0
}

// same tells whether lines are the first of others, the space around each aside.
func same(lines, others []string) bool {
	if len(others) < len(lines) {
		return false
	}
	for i, l := range lines {
		if strings.TrimSpace(l) != others[i] {
			return false
		}
	}
	return true
}

// readDeclarations notes what is declared where.
func (r *repository) readDeclarations(trees *syntax.Cache) {
	r.declared = map[string]map[string][]declaration{}
	for title, files := range r.files {
		names := map[string][]declaration{}
		for _, f := range files {
			root, ok := trees.Nodes(f.document())
			if !ok {
				continue
			}
			f.declare(syntax.Outline(f.document(), root), false, names)
		}
		r.declared[title] = names
	}
}

// maxHead bounds the head of a declaration, in bytes.
const maxHead = 500

func (f *file) declare(list []syntax.Declaration, member bool, names map[string][]declaration) {
	for _, d := range list {
		if d.Name != "" {
			head := f.text[d.Head.Start:d.Head.End]
			names[d.Name] = append(names[d.Name], declaration{f, strings.TrimSpace(head[:min(len(head), maxHead)]), strings.Count(f.text[:d.Whole.Start], "\n"), member || strings.HasPrefix(head, "func (")})
		}
		f.declare(d.Members, true, names)
	}
}

// cutOut takes what is wanted out of the copy's files, and out of what is known of
// them.
func (r *repository) cutOut(places []place) error {
	for _, p := range places {
		if p.Repository != r.name {
			continue
		}
		if err := write(filepath.Join(r.scratch, filepath.FromSlash(p.Path)), []byte(p.Text)); err != nil {
			return err
		}
		for _, f := range r.files[p.Title] {
			if f.path == p.Path {
				f.text, f.lines = p.Text, strings.Split(p.Text, "\n")
				f.prose, f.head = nil, nil
			}
		}
	}
	trees := syntax.NewCache(syntax.DefaultLimits)
	defer trees.CloseAll()
	r.readDeclarations(trees)
	return nil
}

// track makes the copy a repository of git's that tracks its files without having any
// of their texts.
func (r *repository) track(ctx context.Context) error {
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "--intent-to-add", "--force", "."}} {
		if _, err := gitText(ctx, r.scratch, nil, args...); err != nil {
			return err
		}
	}
	return nil
}
