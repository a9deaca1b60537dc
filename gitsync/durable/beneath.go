package durable

import (
	"errors"
)

// ErrLink says that a symbolic link stands in the way of a write.
var ErrLink = errors.New("a symbolic link is in the way, and airside writes through none")

// Beneath is the file system for folders that came from outside: what is beneath
// one of the roots is never changed through a symbolic link, nor is a file
// written to that has a second name elsewhere. Where the system can, the way
// below a root is walked from one open folder to the next, so that nothing that is
// put in its place meanwhile is followed either. The roots' own paths are as they
// are, and so is what lies in none of them.
func Beneath(roots ...string) FS { return confined{roots} }

// confined is the FS of Beneath. It follows no link below its roots.
type confined struct{ roots []string }
