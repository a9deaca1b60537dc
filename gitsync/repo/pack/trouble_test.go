package pack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// TestOfThisMachine: what fails here is not the remote's fault, and what is missing or
// forged is not this machine's.
func TestOfThisMachine(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{plumbing.ErrObjectNotFound, false},
		{errors.New("git index-pack: fatal: fsck error in packed object"), false},
		{errors.New("git index-pack: error: object 1234: hasDotgit: contains '.git'"), false},
		{errors.New("git rev-list: fatal: missing blob object '1234'"), false},
		{errors.New("git rev-list: fatal: bad object 1234"), false},
		{errors.New("git index-pack: fatal: Out of memory, malloc failed (tried to allocate 1 bytes)"), true},
		{errors.New("git index-pack: fatal: unable to create thread: Resource temporarily unavailable"), true},
		{errors.New("git index-pack: fatal: cannot open packfile '/x': Permission denied"), true},
		{fmt.Errorf("walking: %w", &os.PathError{Op: "open", Path: "/x", Err: syscall.EMFILE}), true},
	} {
		if got := OfThisMachine(test.err); got != test.want {
			t.Errorf("%v: %v", test.err, got)
		}
	}
}

// TestShallowIsBounded: whoever made the folder may have made that file without an end.
func TestShallowIsBounded(t *testing.T) {
	r := repotest.New(t)
	d := open(t, r)
	path := filepath.Join(r.Dir, ".git", "shallow")
	if err := os.WriteFile(path, []byte(r.Base.String()+"\n# none\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := d.Shallow(); err != nil || len(list) != 1 || list[0] != r.Base {
		t.Errorf("%v, %v", list, err)
	}
	if err := os.Truncate(path, 1<<40); err != nil { // without its blocks
		t.Skip("no such file here: ", err)
	}
	if list, err := d.Shallow(); err == nil {
		t.Errorf("%d ends of a file of a terabyte", len(list))
	}
}
