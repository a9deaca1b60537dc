package gitsync

import (
	"context"
	"errors"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// PastCommit is what somebody wrote of a commit.
type PastCommit struct {
	Message string
	// Author and Email are whose change it was; not necessarily UTF-8.
	Author, Email string
}

// Past is what the latest commits were called, and who is about to make the next.
type Past struct {
	WorkDir string // absolute
	Branch  string // short name; "" when detached
	// Author and Email are the user's, as git would have them; "" where it is not said.
	Author, Email string
	Commits       []PastCommit // newest first; merges left out
}

// maxPastMerges is how many merges are passed over for each commit that is wanted.
const maxPastMerges = 8

// ReadPast reads the latest commits of the branch that is checked out in the repository
// that path lies in, most of them at most, following first parents. A history that ends
// early, being new or shallow, has fewer. Errors are *repo.Error, or ctx.Err().
func ReadPast(ctx context.Context, path string, o repo.Options, most int) (Past, error) {
	r, err := repo.Open(path, o)
	if err != nil {
		return Past{}, err
	}
	head, err := r.Head()
	if err != nil {
		return Past{}, err
	}
	past := Past{WorkDir: r.WorkDir(), Branch: head.Branch}
	if who, err := r.Identity(); err == nil {
		past.Author, past.Email = who.Name, who.Email
	}
	if head.Hash.IsZero() {
		return past, nil
	}
	reader, err := r.Objects()
	if err != nil {
		return Past{}, err
	}
	at := head.Hash
	for range most * maxPastMerges {
		if err := ctx.Err(); err != nil {
			return past, err
		}
		c, err := reader.Commit(at)
		if errors.Is(err, object.ErrNotFound) {
			break
		}
		if err != nil {
			return past, err
		}
		if len(c.Parents) < 2 {
			past.Commits = append(past.Commits, PastCommit{Message: c.Message, Author: c.Author.Name, Email: c.Author.Email})
		}
		if len(c.Parents) == 0 || len(past.Commits) >= most {
			break
		}
		at = c.Parents[0]
	}
	return past, nil
}
