package threads

import (
	"context"
	"fmt"
	"strings"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Trust says how far the author of a comment is known.
type Trust struct {
	Verified bool
	Signer   string // of a good signature
	Why      string // it is only a claim
}

// Unsigned is what there is without a signature.
var Unsigned = Trust{Why: "it is not signed"}

// signedWithin is how many commits back from an actor's tip a signature is
// looked for: a signature covers all that was there at its time.
const signedWithin = 32

// tipTrust is what the newest signature at or below a tip is worth.
type tipTrust struct {
	commit    object.Hash // that is signed; Zero for none
	signature repo.Signature
}

// Trust says how far a comment's author is known. All operations that its text
// rests on have to be signed by whom the comment names.
func (s *Snapshot) Trust(c Comment) Trust {
	var all Trust
	for _, op := range c.ops {
		t, ok := s.trust[op]
		switch {
		case !ok:
			return Unsigned
		case t.Signer == "":
			return t
		case !isAddressOf(t.Signer, c.Author.Email):
			return Trust{Why: fmt.Sprintf("it is signed by %s, not by %s", t.Signer, c.Author.Email)}
		}
		all = t
	}
	if len(c.ops) == 0 {
		return Unsigned
	}
	all.Verified = true
	return all
}

// isAddressOf tells whether a signer, an address or a name with one in angle
// brackets, is who has an address.
func isAddressOf(signer, email string) bool {
	if i := strings.LastIndexByte(signer, '<'); i >= 0 && strings.HasSuffix(signer, ">") {
		signer = signer[i+1 : len(signer)-1]
	}
	return email != "" && strings.EqualFold(signer, email)
}

// judge finds what each operation's signature is worth. A verdict is kept for
// as long as the process lives.
func (s *Store) judge(ctx context.Context, tips []tip) (map[string]Trust, error) {
	objects, err := s.repo.Objects()
	if err != nil {
		return nil, err
	}
	if err := s.judgeTips(ctx, objects, tips); err != nil {
		return nil, err
	}
	trust := map[string]Trust{}
	used := map[object.Hash]segment{}
	for _, t := range tips {
		found := s.trust[t.commit]
		if found.commit.IsZero() {
			continue
		}
		verdict := Trust{Signer: found.signature.Signer}
		if !found.signature.Good {
			verdict = Trust{Why: "its signature is not good: " + found.signature.Why}
		}
		segments, err := s.segmentsOf(objects, tip{t.name, t.actor, found.commit}, used)
		if err != nil {
			continue // what cannot be read is not shown either
		}
		for _, seg := range segments {
			for _, o := range seg.ops {
				if trust[o.ID].Signer == "" {
					trust[o.ID] = verdict
				}
			}
		}
	}
	return trust, nil
}

// signatures asks about all commits at once, and where that fails about each: a
// commit that git cannot read is nobody else's trouble.
func (s *Store) signatures(ctx context.Context, commits []object.Hash) (map[object.Hash]repo.Signature, error) {
	found, err := s.repo.Signatures(ctx, commits)
	if err == nil {
		return found, nil
	}
	found = map[object.Hash]repo.Signature{}
	for _, c := range commits {
		one, err := s.repo.Signatures(ctx, []object.Hash{c})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			found[c] = repo.Signature{Signed: true, Why: "it cannot be checked: " + shown.Line(err.Error(), 200)}
			continue
		}
		found[c] = one[c]
	}
	return found, nil
}

// judgeTips finds the newest signature of each tip: the tips first, all in one
// question to git, then what is below those without.
func (s *Store) judgeTips(ctx context.Context, objects object.Reader, tips []tip) error {
	at := map[object.Hash]object.Hash{} // a tip -> the commit looked at
	for _, t := range tips {
		if _, known := s.trust[t.commit]; !known {
			at[t.commit] = t.commit
		}
	}
	for depth := 0; len(at) > 0; depth++ {
		var commits []object.Hash
		for _, c := range at {
			commits = append(commits, c)
		}
		signatures, err := s.signatures(ctx, commits)
		if err != nil {
			return err
		}
		for t, c := range at {
			if signature := signatures[c]; signature.Signed {
				s.trust[t] = tipTrust{c, signature}
				delete(at, t)
				continue
			}
			commit, err := objects.Commit(c)
			if err != nil || len(commit.Parents) == 0 || depth == signedWithin {
				s.trust[t] = tipTrust{}
				delete(at, t)
				continue
			}
			at[t] = commit.Parents[0]
		}
	}
	return nil
}
