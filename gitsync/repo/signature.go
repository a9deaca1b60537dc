package repo

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Signature is what git makes of a commit's signature.
type Signature struct {
	Signed bool
	Good   bool   // by a key that this user trusts to be Signer's
	Signer string // as the key names its owner: an address, or a name with one
	Why    string // it is not good
}

// Signatures has git check the signatures of commits, with the user's keyring or
// gpg.ssh.allowedSignersFile. Commits without one cost no process.
func (r *Repo) Signatures(ctx context.Context, commits []object.Hash) (map[object.Hash]Signature, error) {
	found := map[object.Hash]Signature{}
	var signed []plumbing.Hash
	o := &objects{repo: r, storage: r.storage()}
	for _, h := range commits {
		data, err := o.read(plumbing.CommitObject, h)
		if err != nil {
			return nil, fault.Wrap(err, "%v", err)
		}
		header, _, _ := bytes.Cut(data, []byte("\n\n"))
		if has := bytes.Contains(header, []byte("\ngpgsig ")); !has {
			found[h] = Signature{}
			continue
		}
		signed = append(signed, gitHash(h))
		found[h] = Signature{Signed: true, Why: r.unchecked()}
	}
	if len(signed) == 0 || r.program.Git == "" {
		return found, nil
	}
	out, err := r.program.Run(ctx, program.Call{
		Args:  []string{"-c", "log.showSignature=false", "-c", "log.mailmap=false", "log", "--no-walk=unsorted", "--stdin", "--format=%H%x00%G?%x00%GS%x00%GK%x00"},
		Stdin: lines(signed),
	})
	if err != nil {
		return nil, err
	}
	fields := strings.Split(string(out), "\x00")
	for ; len(fields) >= 4; fields = fields[4:] {
		h, err := object.ParseHash(strings.TrimSpace(fields[0]))
		if err != nil {
			return nil, fault.Wrap(err, "git log: %v", err)
		}
		found[h] = judgeSignature(fields[1], fields[2], fields[3])
	}
	return found, nil
}

// unchecked is why a signature was not looked at.
func (r *Repo) unchecked() string {
	if r.opts.Quiet {
		return "it is not checked before you opt in to sync here, as the repository itself may name the program for that"
	}
	return "there is no git here to check it with"
}

// judgeSignature reads git's %G?, %GS and %GK.
func judgeSignature(verdict, signer, key string) Signature {
	s := Signature{Signed: true, Signer: fault.Plain(signer)}
	if key = fault.Plain(key); key == "" {
		key = "that is not named"
	}
	switch verdict {
	case "G":
		s.Good = true
	case "U":
		s.Why = fmt.Sprintf("it is by a key (%s) that you have not said to trust", key)
	case "B":
		s.Why = "it is not that of this content"
	case "X", "Y":
		s.Why = fmt.Sprintf("it or its key (%s) has expired", key)
	case "R":
		s.Why = fmt.Sprintf("its key (%s) was revoked", key)
	default:
		s.Why = fmt.Sprintf("it cannot be checked here: its key (%s) is not known", key)
	}
	return s
}
