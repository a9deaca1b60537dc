package wire

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// bringPatience bounds what is fetched of a partial clone's promised objects.
const bringPatience = 10 * time.Minute

// Partial tells whether this is a partial clone, in which folders and files may have
// stayed at a remote.
func (w *Wire) Partial() bool {
	cfg, err := w.config.All()
	return err == nil && len(cfg.Promisors()) > 0
}

// Bring fetches those of a list of folders and files that a partial clone has left at
// its remote, over one connection; a folder comes with all folders in it. In a whole
// clone, and where nothing is missing, it asks nobody. It is git that fetches, by the
// command that it runs itself when it misses an object: only by protocol version 2,
// which go-git does not speak, can a server be asked for any object.
func (w *Wire) Bring(ctx context.Context, want []object.Hash) error {
	cfg, err := w.config.All()
	if err != nil {
		return err
	}
	promisors := cfg.Promisors()
	if len(promisors) == 0 {
		return nil
	}
	missing := w.objects.Missing(want)
	if len(missing) == 0 {
		return nil
	}
	if !w.program.Has() {
		return fault.New(fault.Unsupported, "%s of this partial clone stayed at %s: getting what it lacks needs the git binary, and none may be started here", objectsInWords(len(missing)), promisors[0])
	}
	for _, remote := range promisors {
		// A file that is in a folder of the same list comes the second time: the server
		// takes it for one that the folder leaves out.
		for before := len(missing) + 1; len(missing) < before; {
			before = len(missing)
			if err = w.bringFrom(ctx, remote, missing); ctx.Err() != nil {
				return err
			}
			if missing = w.objects.Missing(missing); len(missing) == 0 {
				return nil
			}
		}
	}
	return w.notBrought(promisors[0], len(missing), err)
}

// Promisors are the remotes that a partial clone is asked for what it lacks, as places
// to fetch from; none in a whole clone. What cannot be asked is not among them.
func (w *Wire) Promisors() []refs.Upstream {
	cfg, err := w.config.All()
	if err != nil {
		return nil
	}
	var list []refs.Upstream
	for _, remote := range cfg.Promisors() {
		if up, err := w.promisor(remote); err == nil {
			list = append(list, up)
		}
	}
	return list
}

func objectsInWords(n int) string {
	if n == 1 {
		return "a file or folder"
	}
	return fmt.Sprintf("%d files and folders", n)
}

func (w *Wire) bringFrom(ctx context.Context, remote string, missing []object.Hash) error {
	up, err := w.promisor(remote)
	if err != nil {
		return err
	}
	d, err := w.dialer(up, up.URL, usual)
	if err != nil { // an address that names a program, say
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bringPatience)
	defer cancel()
	var names bytes.Buffer
	for _, h := range missing {
		fmt.Fprintln(&names, h)
	}
	_, err = w.program.Run(ctx, program.Call{
		Args: []string{
			"-c", "fetch.negotiationAlgorithm=noop", "-c", "http.lowSpeedLimit=1", "-c", fmt.Sprintf("http.lowSpeedTime=%d", int(usual.idle.Seconds())),
			"fetch", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none",
			"--upload-pack=git-upload-pack", "--stdin", remote,
		},
		Env: d.sshPatience(), Stdin: names.Bytes(), Write: true, Fetches: true,
	})
	return err
}

// promisor is a remote by its name alone.
func (w *Wire) promisor(remote string) (refs.Upstream, error) {
	cfg, err := w.config.All()
	if err != nil {
		return refs.Upstream{}, err
	}
	url := cfg.Last("remote." + remote + ".url")
	if url == "" || strings.HasPrefix(remote, "-") {
		return refs.Upstream{}, fault.New(fault.Unsupported, "this partial clone names %.60q for what it lacks, which is no remote here: git remote -v lists them", remote)
	}
	return refs.Upstream{Remote: remote, URL: cfg.Rewrite(url, "insteadof")}, nil
}

// sshPatience has git's ssh ask nobody and not wait for ever, unless the user has an
// ssh command of their own; and git speak no protocol that names a program.
func (d *dialer) sshPatience() []string {
	env := []string{"GIT_ALLOW_PROTOCOL=file:git:http:https:ssh"}
	if command, shell := d.sshCommand(); !shell && command != "" && command == d.wire.program.SSH {
		env = append(env, "GIT_SSH_COMMAND="+program.Quote(command)+fmt.Sprintf(" -o BatchMode=yes -o ConnectTimeout=%d", int(d.limits.connect.Seconds())), "GIT_SSH_VARIANT=ssh")
	}
	return env
}

// notBrought sorts why promised objects did not come.
func (w *Wire) notBrought(remote string, n int, err error) error {
	if err == nil {
		return fault.New(fault.Protocol, "%s that this partial clone left at %s did not come: git fetch --refetch %s completes it", objectsInWords(n), remote, remote)
	}
	kind := kindOfWords(err.Error())
	return &fault.Error{Kind: kind, Message: fmt.Sprintf("%s that this partial clone left at %s could not be fetched: %s", objectsInWords(n), remote, fault.Plain(err.Error())), Err: err}
}
