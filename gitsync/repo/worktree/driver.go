package worktree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// DriverResult is what a merge driver has made of a file.
type DriverResult struct {
	Text    []byte
	Trouble string // why it is in conflict all the same, in words for people; "" for clean
	Failed  bool   // there is no text
}

// Shell statuses that are no answer of a driver's: not to be run, not to be found, and
// from 128 on ended by a signal.
const (
	cannotRun = 126
	notFound  = 127
)

// Drive merges a file by a driver that the user has named, as git does (gitattributes(5),
// "Defining a custom merge driver"): it finds the three versions in files beside the
// repository, and leaves the result in the place of ours. It runs with a cleaned
// environment, is ended with ctx, and after a while; what it leaves in conflict or
// cannot do is told and no error. Only the holder of the repository's lock calls it.
func (t *Tree) Drive(ctx context.Context, d MergeDriver, path string, base, ours, theirs []byte, markerSize int) (DriverResult, error) {
	dir := filepath.Join(t.at.Common, "airside", "driver")
	shown, ok := t.plainPath(dir)
	if !ok {
		return DriverResult{Failed: true, Trouble: "both sides changed it, and the merge driver " + d.Name + " cannot be told where: the repository's folder has signs in its name that mean something to a shell"}, nil
	}
	defer t.clearDriver(dir)
	t.clearDriver(dir) // what a crash left
	if err := durable.OwnDir(t.fs, dir); err != nil {
		return DriverResult{}, fault.As(err)
	}
	for name, data := range map[string][]byte{"base": base, "ours": ours, "theirs": theirs} {
		if err := t.writeScratch(filepath.Join(dir, name), data); err != nil {
			return DriverResult{}, fault.As(err)
		}
	}
	line := expand(d.Command, map[byte]string{
		'O': shown + "/base", 'A': shown + "/ours", 'B': shown + "/theirs", 'L': strconv.Itoa(markerSize), 'P': program.Quote(path),
		'S': "base", 'X': "ours", 'Y': "theirs", '%': "%",
	})
	said, status, err := t.git.Driver(ctx, d.Name, line)
	because := func() string {
		if said = strings.TrimSpace(said); said == "" {
			return ""
		}
		return ": " + fault.Plain(said)
	}
	switch {
	case ctx.Err() != nil:
		return DriverResult{}, fault.Wrap(ctx.Err(), "the merge driver %s was stopped: %v", d.Name, ctx.Err())
	case errors.Is(err, program.ErrImpatient):
		return DriverResult{Failed: true, Trouble: fmt.Sprintf("both sides changed it, and the merge driver %s was not done after %v and was ended: sync.hookSeconds gives it longer", d.Name, t.git.Patience)}, nil
	case err != nil:
		return DriverResult{Failed: true, Trouble: fmt.Sprintf("both sides changed it, and the merge driver %s failed%s (%v)", d.Name, because(), err)}, nil
	case status == cannotRun || status == notFound || status >= 128:
		return DriverResult{Failed: true, Trouble: fmt.Sprintf("both sides changed it, and the merge driver %s does not run%s", d.Name, because())}, nil
	}
	text, err := durable.ReadFile(filepath.Join(dir, "ours"), layout.MaxWorking)
	if err != nil {
		return DriverResult{Failed: true, Trouble: fmt.Sprintf("both sides changed it, and the merge driver %s left nothing that can be read", d.Name)}, nil
	}
	if status != 0 {
		return DriverResult{Text: text, Trouble: "both sides changed it, and the merge driver " + d.Name + " leaves conflicts" + because()}, nil
	}
	return DriverResult{Text: text}, nil
}

// plainPath is how a folder is named in a line for a shell, from the work tree: git's
// place for these files has no sign in it that a shell knows, and drivers are written
// so.
func (t *Tree) plainPath(dir string) (string, bool) {
	for _, name := range []func() (string, error){
		func() (string, error) { return filepath.Rel(t.at.Work, dir) },
		func() (string, error) { return dir, nil },
	} {
		if path, err := name(); err == nil && plainName.MatchString(filepath.ToSlash(path)) {
			return filepath.ToSlash(path), true
		}
	}
	return "", false
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9./][A-Za-z0-9._/:+@,-]*$`)

// writeScratch writes a file that need not survive.
func (t *Tree) writeScratch(name string, data []byte) error {
	f, err := t.fs.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// clearDriver removes what is in the folder of a driver's files, and the folder.
func (t *Tree) clearDriver(dir string) {
	entries, err := durable.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() {
			t.fs.Remove(filepath.Join(dir, e.Name()))
		}
	}
	t.fs.Remove(dir)
}

// expand puts values in the place of % and a letter; what is not known stays.
func expand(line string, values map[byte]string) string {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		if line[i] == '%' && i+1 < len(line) {
			if value, ok := values[line[i+1]]; ok {
				b.WriteString(value)
				i++
				continue
			}
		}
		b.WriteByte(line[i])
	}
	return b.String()
}
