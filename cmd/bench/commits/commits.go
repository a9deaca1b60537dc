// Package commits reads public histories for programs that measure: commits, their hunks,
// and files as they were.
package commits

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// Hunk says that lines were replaced; see completion/review/diff.
type Hunk struct {
	Path               string
	OldStart, OldLines int
	NewStart, NewLines int
	Old, New           []string // without line ends
}

// Commit is one commit without its merges, newest first in a history.
type Commit struct {
	Hash, Author, Email, Message string
	Hunks                        []Hunk
}

// Repo reads one repository.
type Repo struct {
	Dir string
	cat *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader

	mu sync.Mutex // one asks at a time
}

// Open opens a repository, to be closed.
func Open(dir string) (*Repo, error) {
	r := &Repo{Dir: dir, cat: exec.Command("git", "-C", dir, "cat-file", "--batch")}
	in, err := r.cat.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := r.cat.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.in, r.out = in, bufio.NewReaderSize(out, 1<<20)
	return r, r.cat.Start()
}

// Close ends what reads.
func (r *Repo) Close() {
	r.in.Close()
	_ = r.cat.Wait()
}

// File is a file's text in a revision; ok is false where there is none.
func (r *Repo) File(revision, path string) (text string, ok bool) {
	if strings.ContainsAny(path, "\n\"") {
		return "", false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := fmt.Fprintf(r.in, "%s:%s\n", revision, path); err != nil {
		return "", false
	}
	head, err := r.out.ReadString('\n')
	fields := strings.Fields(head)
	if err != nil || len(fields) != 3 {
		return "", false
	}
	size, err := strconv.Atoi(fields[2])
	if err != nil {
		return "", false
	}
	data := make([]byte, size+1)
	if _, err := io.ReadFull(r.out, data); err != nil {
		return "", false
	}
	return string(data[:size]), fields[1] == "blob"
}

// Grep lists the files of a revision that have a word.
func (r *Repo) Grep(ctx context.Context, revision, word string, patterns ...string) []string {
	args := append([]string{"-C", r.Dir, "grep", "-lwF", "-e", word, revision, "--"}, patterns...)
	out, _ := exec.CommandContext(ctx, "git", args...).Output()
	var list []string
	for line := range strings.Lines(string(out)) {
		_, path, _ := strings.Cut(strings.TrimSpace(line), ":")
		list = append(list, path)
	}
	return list
}

// Each reads a history, newest first, as long as on says so. patterns restrict it to files;
// most bounds it, since is a date of git's.
func (r *Repo) Each(since string, most int, patterns []string, on func(*Commit) bool) error {
	args := []string{"-C", r.Dir, "log", "--no-merges", "--first-parent", "-p", "-U0", "--no-color", "--no-renames", "--no-ext-diff", "--format=%x01%H%x02%an%x02%ae%x02%B%x03", "-n", strconv.Itoa(most)}
	if since != "" {
		args = append(args, "--since="+since)
	}
	c := exec.Command("git", append(append(args, "--"), patterns...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	scanner := bufio.NewReaderSize(out, 1<<20)
	for {
		part, err := scanner.ReadBytes(1) // up to the next commit
		part = bytes.TrimSuffix(part, []byte{1})
		if commit, ok := parse(string(part)); ok && !on(commit) {
			return nil
		}
		if err != nil {
			return nil
		}
	}
}

func parse(text string) (*Commit, bool) {
	head, patch, ok := strings.Cut(text, "\x03")
	fields := strings.SplitN(head, "\x02", 4)
	if !ok || len(fields) != 4 {
		return nil, false
	}
	c := &Commit{Hash: fields[0], Author: fields[1], Email: fields[2], Message: strings.TrimSpace(fields[3])}
	path, last := "", (*Hunk)(nil)
	for line := range strings.Lines(patch) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "diff --git "):
			path, last = "", nil
		case last == nil && strings.HasPrefix(line, "--- "):
			path = strings.TrimPrefix(strings.TrimPrefix(line, "--- "), "a/")
		case last == nil && strings.HasPrefix(line, "+++ "):
			if name := strings.TrimPrefix(line, "+++ "); name != "/dev/null" {
				path = strings.TrimPrefix(name, "b/")
			}
		case strings.HasPrefix(line, "@@ "):
			h := Hunk{Path: path}
			if _, err := fmt.Sscanf(counts(line), "-%d,%d +%d,%d", &h.OldStart, &h.OldLines, &h.NewStart, &h.NewLines); err != nil {
				return nil, false
			}
			c.Hunks = append(c.Hunks, h)
			last = &c.Hunks[len(c.Hunks)-1]
		case last != nil && strings.HasPrefix(line, "-"):
			last.Old = append(last.Old, line[1:])
		case last != nil && strings.HasPrefix(line, "+"):
			last.New = append(last.New, line[1:])
		}
	}
	return c, true
}

// counts writes out the numbers of a hunk's head that git leaves out.
func counts(line string) string {
	fields := strings.Fields(line)
	if len(fields) < 3 {
		return ""
	}
	for i := range 2 {
		if !strings.Contains(fields[i+1], ",") {
			fields[i+1] += ",1"
		}
	}
	return fields[1] + " " + fields[2]
}
