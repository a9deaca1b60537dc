package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// diff is what changed between two folders, by slashed path.
func diff(before, after string) (map[string][]part, error) {
	out, err := exec.Command("git", "-c", "core.quotePath=false", "diff", "--no-index", "--no-renames", "--no-color",
		"--no-ext-diff", "--diff-algorithm=histogram", "-U0", before, after).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return nil, fmt.Errorf("git diff --no-index: %w", err)
	}
	changes := map[string][]part{}
	name, fresh := "", false
	for line := range strings.Lines(string(out)) {
		switch {
		case strings.HasPrefix(line, "--- a"):
			name, fresh = strings.TrimPrefix(strings.TrimSpace(line[len("--- a"):]), before+"/"), true
		case strings.HasPrefix(line, "@@ ") && name != "":
			p, err := header(line)
			if err != nil {
				return nil, err
			}
			changes[name], fresh = append(changes[name], p), false
		case strings.HasPrefix(line, "+") && !fresh && name != "":
			last := &changes[name][len(changes[name])-1]
			last.text = append(last.text, line[1:])
		case strings.HasPrefix(line, "diff "):
			name = ""
		case strings.HasPrefix(line, `\ No newline`) && name != "":
			// Of both sides it stands behind the line that has none.
			if last := &changes[name][len(changes[name])-1]; len(last.text) > 0 {
				last.text[len(last.text)-1] = strings.TrimSuffix(last.text[len(last.text)-1], "\n")
			}
		}
	}
	return changes, nil
}

// header reads "@@ -3,2 +4 @@". Of no lines, git names the one before.
func header(line string) (part, error) {
	start, count, found := strings.Cut(strings.TrimPrefix(strings.Fields(line)[1], "-"), ",")
	if !found {
		count = "1"
	}
	at, err1 := strconv.Atoi(start)
	n, err2 := strconv.Atoi(count)
	if n > 0 {
		at--
	}
	return part{at: at, end: at + n}, errors.Join(err1, err2)
}

// history is a repository that is being written, by git fast-import.
type history struct {
	in     io.WriteCloser
	cmd    *exec.Cmd
	marks  int
	merges int
	errors bytes.Buffer
}

func create(dir string) (*history, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("the repository is made in a folder that is not there yet: %w", err)
	}
	if out, err := exec.Command("git", "init", "-q", "--bare", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("git init: %w: %s", err, out)
	}
	h := &history{cmd: exec.Command("git", "-C", dir, "fast-import", "--quiet")}
	h.cmd.Stderr = &h.errors
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return h, h.cmd.Start()
}

// commit writes a commit, and returns its mark.
func (h *history) commit(t tree, message string, parents ...int) int {
	h.marks++
	fmt.Fprintf(h.in, "commit refs/heads/part-%d\nmark :%d\ncommitter Split <split@localhost> %d +0000\ndata %d\n%s\n",
		h.marks, h.marks, 1_700_000_000+h.marks, len(message), message)
	for i, p := range parents {
		fmt.Fprintf(h.in, "%s :%d\n", []string{"from", "merge"}[min(i, 1)], p)
	}
	fmt.Fprintln(h.in, "deleteall")
	for _, name := range slices.Sorted(maps.Keys(t)) {
		fmt.Fprintf(h.in, "M 100644 inline %s\ndata %d\n%s\n", name, len(t[name]), t[name])
	}
	return h.marks
}

// merge writes a merge of two commits.
func (h *history) merge(t tree, message string, ours, theirs int) {
	h.commit(t, "Merge the parts of "+message, ours, theirs)
	h.merges++
}

func (h *history) close() error {
	if err := errors.Join(h.in.Close(), h.cmd.Wait()); err != nil {
		return fmt.Errorf("git fast-import: %w: %s", err, h.errors.String())
	}
	fmt.Printf("%d merges\n", h.merges)
	return nil
}
