package gitsync

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/shown"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// courier exchanges comments with one remote.
type courier struct {
	*Syncer
	upstream repo.Upstream
	remotes  *remotes
	at       *commentsAt
	user     bool

	listed map[string]object.Hash
	op     *journal.Operation // begun by the first step
	result CommentsResult
}

func (c *courier) run(ctx context.Context) CommentsResult {
	err := c.exchange(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case kindOf(err) == repo.Network, kindOf(err) == repo.NonFastForward, kindOf(err) == repo.Moved:
		c.log.Debug("comments wait for the next round", "remote", c.upstream.Remote, "error", err)
	default:
		c.problem(message(err))
	}
	if c.op != nil {
		if err := c.op.End(string(Idle), c.outcome()); err != nil {
			c.log.Warn("closing an operation failed; the next round recovers it", "operation", c.op.ID, "error", err)
		}
	}
	return c.result
}

func (c *courier) problem(why string) {
	if c.result.Problem == "" {
		c.result.Problem = why
	}
}

func (c *courier) outcome() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{c.result.Received, "received"}, {c.result.Sent, "sent"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if c.result.Problem != "" {
		parts = append(parts, c.result.Problem)
	}
	return strings.Join(parts, ", ")
}

func (c *courier) exchange(ctx context.Context) (err error) {
	if c.listed, err = c.remotes.advertised(ctx, c.upstream, false); err != nil {
		return err
	}
	if err := c.receive(ctx); err != nil {
		return err
	}
	return c.send(ctx)
}

// receive takes in what others have said.
func (c *courier) receive(ctx context.Context) error {
	offers, skipped := threads.Offers(c.listed)
	var news []threads.Offer
	var want []object.Hash
	for _, o := range offers {
		known, err := c.repo.Ref(c.trackingRef(o.Name))
		if err != nil {
			return err
		}
		o.Tips = slices.DeleteFunc(o.Tips, func(h object.Hash) bool { return h == known })
		if was, unread := c.at.Unread[o.Name]; unread && slices.Contains(o.Tips, was.Tip) && !c.user {
			skipped = append(skipped, c.refuses(o.Name, was.Why))
			continue
		}
		if len(o.Tips) > 0 {
			news, want = append(news, o), append(want, o.Tips...)
		}
	}
	if len(news) > 0 {
		unreadable := c.fetchAll(ctx, news, want)
		for _, o := range news {
			err := unreadable[o.Name]
			if err == nil {
				err = c.accept(ctx, o)
			}
			switch kind := kindOf(err); {
			case err == nil:
			case ctx.Err() != nil, kind == repo.Network, kind == repo.Disk:
				return err
			default:
				skipped = append(skipped, c.refuses(o.Name, err.Error()))
			}
			c.noteUnread(o, err)
		}
	}
	if c.at.Skipped = skipped; len(skipped) > 0 {
		c.problem(fmt.Sprintf("of %s: %s", skipped[0].Where, skipped[0].Reason))
	}
	return nil
}

func (c *courier) refuses(name, why string) threads.SkippedOperation {
	return threads.SkippedOperation{Where: name, Reason: "its comments at " + c.upstream.Remote + " were refused: " + shown.Line(why, 300), Count: 1}
}

// noteUnread remembers what would be the same if it were fetched once more.
func (c *courier) noteUnread(o threads.Offer, err error) {
	if kindOf(err) != repo.Content {
		delete(c.at.Unread, o.Name)
		return
	}
	if c.at.Unread == nil {
		c.at.Unread = map[string]refusedTip{}
	}
	c.at.Unread[o.Name] = refusedTip{o.Tips[0], err.Error()}
}

// mostComments bounds what one fetch of comments may bring, in bytes.
const mostComments = 64 << 20

// fetchAll fetches what is new, at once if that can be done, else one by one, so
// that one bad ref keeps nobody else's from arriving.
func (c *courier) fetchAll(ctx context.Context, news []threads.Offer, want []object.Hash) map[string]error {
	err := c.repo.FetchBounded(ctx, c.upstream, want, mostComments, c.opts.Progress)
	if err == nil {
		return nil
	}
	failed := map[string]error{}
	for _, o := range news {
		if len(news) > 1 && ctx.Err() == nil && kindOf(err) != repo.Network {
			failed[o.Name] = c.repo.FetchBounded(ctx, c.upstream, o.Tips, mostComments, c.opts.Progress)
		} else {
			failed[o.Name] = err
		}
	}
	return failed
}

// accept moves our note of an actor's ref to what the remote offers, if that
// has all that was seen before. Of two refs of one actor either may be ahead.
func (c *courier) accept(ctx context.Context, o threads.Offer) error {
	name := c.trackingRef(o.Name)
	objects, err := c.repo.Objects()
	if err != nil {
		return err
	}
	var refused error
	for _, tip := range o.Tips {
		known, err := c.repo.Ref(name)
		if err != nil {
			return err
		}
		if err := threads.Follows(ctx, objects, c.isAncestor, known, tip); err != nil {
			if refused == nil {
				refused = err
			}
			continue
		}
		had, has := threads.Count(objects, known), threads.Count(objects, tip)
		if err := c.setRef(name, known, tip, "airside comments: fetched"); err != nil {
			return err
		}
		if c.isOwn(o.Name) {
			return nil // said here, and sent before
		}
		c.result.Received += max(0, has-had)
		refused = nil
		break
	}
	return refused
}

func (c *courier) isOwn(name string) bool {
	tip, err := c.repo.Ref(threads.OwnRefs + name)
	return err == nil && !tip.IsZero()
}

// trackingRef is where an actor's ref at the remote is noted.
func (c *courier) trackingRef(name string) string {
	return threads.FetchedRefs + remoteName(c.upstream.Remote) + "/" + name
}

// send hands over what was said here.
func (c *courier) send(ctx context.Context) error {
	refs, err := c.repo.Refs(threads.OwnRefs)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := c.sendOne(ctx, path.Base(ref.Name), ref.Hash); err != nil {
			return err
		}
	}
	return nil
}

func (c *courier) sendOne(ctx context.Context, name string, tip object.Hash) error {
	target := threads.OwnRefs + name
	if c.at.Branches {
		target = threads.BranchRefs + name
	}
	there := c.listed[target]
	if there == tip {
		return nil
	}
	if r, refused := c.at.Refused[name]; refused && r.Tip == tip && !c.user {
		c.problem(r.Why)
		return nil
	}
	if !there.IsZero() {
		objects, err := c.repo.Objects()
		if err != nil {
			return err
		}
		if behind, err := c.isAncestor(ctx, objects, there, tip); err != nil || !behind {
			return c.sendForked(ctx, name, there, tip)
		}
	}
	err := c.push(ctx, name, target, there, tip)
	if kind := kindOf(err); err != nil && !c.at.Branches && (kind == repo.Rejected || kind == repo.Protocol) {
		// A host that has no room for refs of our own has some for branches.
		branch := threads.BranchRefs + name
		if c.push(ctx, name, branch, c.listed[branch], tip) == nil {
			c.at.Branches, err = true, nil
			c.log.Info("comments travel as branches: the remote refuses other refs", "remote", c.upstream.Remote)
		}
	}
	switch kindOf(err) {
	case repo.Rejected, repo.Hook, repo.Auth, repo.Protocol:
		if c.at.Refused == nil {
			c.at.Refused = map[string]refusedTip{}
		}
		c.at.Refused[name] = refusedTip{tip, "your comments were not sent: " + message(err)}
		c.problem(c.at.Refused[name].Why)
		return nil
	}
	if err == nil {
		delete(c.at.Refused, name)
	}
	return err
}

// sendForked goes on in a ref of another name where the remote has something in
// ours that was not said in this clone: a copy of it has, or somebody in our
// name.
func (c *courier) sendForked(ctx context.Context, name string, there, tip object.Hash) error {
	objects, err := c.repo.Objects()
	if err != nil {
		return err
	}
	if ahead, err := c.isAncestor(ctx, objects, tip, there); err == nil && ahead {
		return nil // nothing of ours is missing there
	}
	forked, err := c.comments.Fork(name)
	if err != nil || forked == "" {
		return err
	}
	return c.sendOne(ctx, forked, tip)
}

// push moves an actor's ref at the remote, and notes it.
func (c *courier) push(ctx context.Context, name, target string, there, tip object.Hash) error {
	update := repo.PushUpdate{Ref: target, Old: there, New: tip}
	err := c.step(journal.Step{Do: doPush, Ref: target, Old: there, New: tip}, func() error {
		return c.repo.Push(ctx, c.upstream, []repo.PushUpdate{update}, c.opts.Progress)
	})
	if err != nil {
		return err
	}
	objects, err := c.repo.Objects()
	if err != nil {
		return err
	}
	note := c.trackingRef(name)
	known, err := c.repo.Ref(note)
	if err != nil {
		return err
	}
	c.result.Sent += max(0, threads.Count(objects, tip)-threads.Count(objects, known))
	return c.setRef(note, known, tip, "airside comments: sent")
}

// step writes down what is about to be done, does it, and marks it.
func (c *courier) step(s journal.Step, do func() error) (err error) {
	if c.op == nil {
		if c.op, err = c.journal.Begin(kindComments, "", c.upstream.Remote); err != nil {
			return errors.Join(errors.New("writing the journal failed, so no comments travelled"), err)
		}
	}
	return step(c.op, c.log, s, do)
}

func (c *courier) setRef(name string, old, new object.Hash, reason string) error {
	if old == new {
		return nil
	}
	return c.step(journal.Step{Do: doRef, Ref: name, Old: old, New: new}, func() error {
		return c.repo.UpdateRef(refUpdate(name, old, new, reason))
	})
}
