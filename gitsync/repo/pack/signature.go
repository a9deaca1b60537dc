package pack

import (
	"bytes"
	"context"
	"fmt"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Signature is what git makes of a commit's signature.
type Signature struct {
	Signed bool
	Good   bool   // signed by a key that this user trusts to be Signer's
	Signer string // as the key names its owner: an address, or a name with one
	Why    string // why it is not good
}

// Signatures has git check the signatures of commits, with the user's keyring or
// gpg.ssh.allowedSignersFile. Commits without one cost no process.
func (d *Database) Signatures(ctx context.Context, commits []object.Hash) (map[object.Hash]Signature, error) {
	found := map[object.Hash]Signature{}
	var signed []plumbing.Hash
	o := d.reader()
	for _, h := range commits {
		data, err := o.read(plumbing.CommitObject, h)
		if err != nil {
			return nil, fault.Wrap(err, "%v", err)
		}
		header, _, _ := bytes.Cut(data, []byte("\n\n"))
		found[h] = Signature{}
		if bytes.Contains(header, []byte("\ngpgsig ")) {
			signed = append(signed, plumbing.Hash(h))
			found[h] = Signature{Signed: true, Why: "git says nothing of it"}
		}
	}
	if len(signed) == 0 {
		return found, nil
	}
	return found, d.hands.judge(ctx, signed, found)
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
