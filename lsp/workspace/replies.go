package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"go.lsp.dev/protocol"
	"go.lsp.dev/uri"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/lsp/editor"
)

// replies are the files in which answers are being written, by path.
type replies struct {
	mu   sync.Mutex
	open map[string]*replyFile
}

type replyFile struct {
	repository *repository
	thread     string
	latest     string     // what was saved last; under replies.mu
	mu         sync.Mutex // one save at a time
	sent       string     // the reply's ID, once it was sent
	text       string     // as it was sent
}

// scissors is the line below which nothing counts, as git spells it.
const scissors = "# ------------------------ >8 ------------------------"

// openReply has the client show a file to write a reply in: it is sent when the
// file is saved, and changed with each save after that.
func (c *comments) openReply(ctx context.Context, r *repository, id string) error {
	if !c.client.Capabilities().ShowsDocuments {
		return errors.New("a reply needs a text, for which this editor has no way to ask: `airside comments reply " + id[:min(8, len(id))] + "` in a terminal takes one")
	}
	list, err := r.discussion.store.Threads(ctx, c.textsOf(r).text, nil)
	if err != nil {
		return err
	}
	for _, t := range list.Threads {
		if !strings.HasPrefix(t.ID, id) {
			continue
		}
		language := c.client.Capabilities().Language
		about := fmt.Sprintf("%s\n\n%s:%d\n%s", language.Say("Write above this line; saving sends it."), t.Path, t.Lines.Start, threadMessage(t, language))
		text := "\n" + scissors + "\n# " + strings.ReplaceAll(about, "\n", "\n# ") + "\n"
		path, err := r.discussion.store.WriteOwn("replies/"+t.ID[:16]+".md", []byte(text))
		if err != nil {
			return err
		}
		c.replies.mu.Lock()
		if c.replies.open == nil {
			c.replies.open = map[string]*replyFile{}
		}
		c.replies.open[path] = &replyFile{repository: r, thread: t.ID}
		c.replies.mu.Unlock()
		return c.showDocument(ctx, path)
	}
	return errNoThread
}

func (c *comments) showDocument(ctx context.Context, path string) error {
	focus := true
	var shown protocol.ShowDocumentResult
	err := c.client.Call(ctx, protocol.MethodWindowShowDocument, &protocol.ShowDocumentParams{URI: uri.File(path), TakeFocus: &focus}, &shown)
	if err == nil && !shown.Success {
		err = errors.New("the editor does not show the file for the reply: " + path)
	}
	return err
}

// replySaved sends what was written in a reply's file.
func (c *comments) replySaved(d *editor.Document) {
	written, _, _ := strings.Cut(d.Text.Text(), scissors)
	written = strings.TrimSpace(written)
	c.replies.mu.Lock()
	f := c.replies.open[d.Path]
	if f != nil {
		f.latest = written
	}
	c.replies.mu.Unlock()
	if f == nil || written == "" {
		return
	}
	c.client.Background(func(ctx context.Context) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		c.replies.mu.Lock()
		written := f.latest // whichever save this is of: they may come in any order
		c.replies.mu.Unlock()
		if written == "" || written == f.text {
			return nil
		}
		commenter := f.repository.discussion.store.Commenter()
		var receipt gitsync.CommentReceipt
		var err error
		if f.sent == "" {
			receipt, err = commenter.Reply(ctx, f.thread, written)
		} else {
			receipt, err = commenter.Edit(ctx, f.sent, written)
		}
		if err != nil {
			c.client.Show(protocol.MessageTypeError, "airside: the reply was not sent: "+err.Error())
			return nil
		}
		if f.sent == "" {
			f.sent = receipt.ID
		}
		f.text = written
		c.refresh(ctx, f.repository)
		f.repository.syncer.Poke()
		return nil
	})
}

// replyClosed forgets a reply's file. One that was not sent stays on the disk.
func (c *comments) replyClosed(path string) {
	c.replies.mu.Lock()
	defer c.replies.mu.Unlock()
	f := c.replies.open[path]
	if f == nil {
		return
	}
	delete(c.replies.open, path)
	go func() {
		f.mu.Lock() // after a save that is under way
		defer f.mu.Unlock()
		if f.sent != "" {
			os.Remove(path)
		}
	}()
}
