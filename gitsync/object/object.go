// Package object holds git's objects as plain structs: what the rooms of
// gitsync hand to each other. It reads and writes nothing.
package object

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Hash is the SHA-1 name of an object. The zero Hash is no object.
type Hash [20]byte

// Zero is the hash of nothing: a ref that does not exist.
var Zero Hash

// ParseHash reads 40 hexadecimal digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) {
		return Zero, fmt.Errorf("%.60q is not an object name: 40 hexadecimal digits are", s)
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Zero, fmt.Errorf("%.60q is not an object name: %w", s, err)
	}
	return h, nil
}

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Short is the first 10 digits, for people.
func (h Hash) Short() string { return h.String()[:10] }

// IsZero reports whether h names nothing.
func (h Hash) IsZero() bool { return h == Zero }

// MarshalText and UnmarshalText write 40 digits, or nothing for Zero.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return []byte(h.String()), nil
}

func (h *Hash) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*h = Zero
		return nil
	}
	*h, err = ParseHash(string(text))
	return err
}

// Mode is a tree entry's mode as git writes it, in octal.
type Mode uint32

const (
	ModeDir        Mode = 0o040000
	ModeFile       Mode = 0o100644
	ModeExecutable Mode = 0o100755
	ModeSymlink    Mode = 0o120000
	ModeSubmodule  Mode = 0o160000
)

// IsFile reports whether m is a regular file, executable or not.
func (m Mode) IsFile() bool { return m == ModeFile || m == ModeExecutable }

// Type is git's word for the kind of an object.
type Type string

const (
	TypeBlob   Type = "blob"
	TypeTree   Type = "tree"
	TypeCommit Type = "commit"
)

// TreeEntry is one line of a tree: a single name, never a path.
type TreeEntry struct {
	Name string // bytes as git has them, not necessarily UTF-8
	Mode Mode
	Hash Hash
}

// Signature says who and when.
type Signature struct {
	Name, Email string
	When        time.Time // to the second, with its zone
}

// Commit is a commit without its signature and other headers.
type Commit struct {
	Hash      Hash
	Tree      Hash
	Parents   []Hash
	Cut       bool // a shallow clone ends here: what the parents are is not told, and none are named
	Author    Signature
	Committer Signature
	Message   string
}

// Object is an object to be written.
type Object struct {
	Type Type
	Hash Hash
	Data []byte // without git's header
}

// ErrNotFound is what a Reader's errors wrap when an object is missing: a
// shallow or broken repository, or a remote that lied.
var ErrNotFound = errors.New("object not found")

// Reader reads a repository's objects. Slices it returns are not changed by
// their holder.
type Reader interface {
	Commit(Hash) (Commit, error)
	Tree(Hash) ([]TreeEntry, error) // in git's order
	Blob(Hash) ([]byte, error)
	BlobSize(Hash) (int64, error) // bytes
}
