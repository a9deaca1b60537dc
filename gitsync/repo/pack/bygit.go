package pack

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// gitHands is the git binary's work.
type gitHands struct{ program *program.Runner }

// tolerated are faults that stand in the histories of many old projects and do
// no harm. What git would take for an attack (.git in a tree, a path upward) is
// not among them. All of them are known to git since 2.17.
const tolerated = "zeroPaddedFilemode=ignore,missingEmail=ignore,missingNameBeforeEmail=ignore,missingSpaceBeforeEmail=ignore," +
	"missingSpaceBeforeDate=ignore,badName=ignore,badEmail=ignore,badDate=ignore,badDateOverflow=ignore,badTimezone=ignore," +
	"zeroPaddedDate=ignore,multipleAuthors=ignore,nulInCommit=ignore"

func (g gitHands) index(ctx context.Context, q *Quarantine) error {
	run := func(okay int, checks ...string) error {
		args := append(append([]string{"index-pack"}, checks...), "-o", q.idx, q.pack)
		_, err := g.program.Run(ctx, program.Call{Args: args, Env: q.environ(), Okay: okay})
		return err
	}
	var err error
	if q.Promised { // --strict would miss what stayed at the remote
		err = run(usage, "--promisor", "--fsck-objects="+tolerated)
		if err == nil && !layout.Exists(q.idx) { // before git 2.45, which tolerates nothing here
			err = run(0, "--promisor", "--fsck-objects")
		}
	} else {
		err = run(0, "--strict="+tolerated)
	}
	if err == nil || ctx.Err() != nil || fault.KindOf(err) == fault.Disk || program.Killed(err) {
		return err
	}
	if OfThisMachine(err) {
		return uncheckable(err)
	}
	return fmt.Errorf("%w: %s", packfile.ErrMalformedPackFile, err)
}

// usage is git's exit status where it does not know an option.
const usage = 129

// environ makes git see the quarantine as the place of new objects, with the
// repository's behind it.
func (q *Quarantine) environ() []string {
	env := []string{"GIT_OBJECT_DIRECTORY=" + q.dir,
		"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + filepath.Join(q.in.at.Common, "objects"), "GIT_QUARANTINE_PATH=" + q.dir}
	if q.bounds != nil {
		env = append(env, "GIT_SHALLOW_FILE="+q.bounds.file(q))
	}
	return env
}

func (g gitHands) complete(ctx context.Context, q *Quarantine, wants []plumbing.Hash, _ func() ([]plumbing.Hash, error)) error {
	args := []string{"rev-list", "--objects", "--stdin", "--not", "--all", "--quiet", "--alternate-refs"}
	if q != nil && q.bounds != nil { // what our refs reach reaches further back now
		args = []string{"rev-list", "--objects", "--stdin", "--quiet"}
	}
	c := program.Call{Args: args, Stdin: lines(wants)}
	if q != nil {
		c.Env = q.environ()
	}
	_, err := g.program.Run(ctx, c)
	return err
}

func (g gitHands) packer(ctx context.Context, tips, have []plumbing.Hash) func(io.Writer) error {
	return func(w io.Writer) error { return g.pack(ctx, w, tips, have) }
}

// pack writes a thin pack, which every git server completes.
func (g gitHands) pack(ctx context.Context, w io.Writer, tips, have []plumbing.Hash) error {
	revs := bytes.NewBuffer(lines(tips))
	for _, h := range have {
		fmt.Fprintf(revs, "^%s\n", h)
	}
	cmd := g.program.Command(ctx, program.Call{}, g.program.Git, "pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "-q")
	complaints := &program.Complaints{}
	out := &faultWriter{to: w}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = revs, out, complaints
	err := cmd.Run()
	if out.err != nil { // the remote stopped listening, which git need not say better
		return out.err
	}
	if err == nil {
		return nil
	}
	return program.GitError(cmd.Args[1:], complaints.String(), err)
}

func (g gitHands) resolve(ctx context.Context, revision string) (object.Hash, error) {
	out, err := g.program.Read(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil && ctx.Err() == nil {
		err = unknown(revision, err)
	}
	if err != nil {
		return object.Zero, err
	}
	h, err := object.ParseHash(strings.TrimSpace(string(out)))
	return h, fault.As(err)
}

func (g gitHands) judge(ctx context.Context, signed []plumbing.Hash, found map[object.Hash]Signature) error {
	out, err := g.program.Run(ctx, program.Call{
		Args:  []string{"-c", "log.showSignature=false", "-c", "log.mailmap=false", "log", "--no-walk=unsorted", "--stdin", "--format=%H%x00%G?%x00%GS%x00%GK%x00"},
		Stdin: lines(signed),
	})
	if err != nil {
		return err
	}
	fields := strings.Split(string(out), "\x00")
	for ; len(fields) >= 4; fields = fields[4:] {
		h, err := object.ParseHash(strings.TrimSpace(fields[0]))
		if err != nil {
			return fault.Wrap(err, "git log: %v", err)
		}
		found[h] = judgeSignature(fields[1], fields[2], fields[3])
	}
	return nil
}

func lines(hashes []plumbing.Hash) []byte {
	var b bytes.Buffer
	for _, h := range hashes {
		b.WriteString(h.String())
		b.WriteByte('\n')
	}
	return b.Bytes()
}
