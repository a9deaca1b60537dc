package wire

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"

	"github.com/airside-ls/airside/gitsync/repo/refs"
)

// FuzzAnswers: whatever a server says, go-git's decoders neither panic nor
// hang, and no name comes through that could not be a ref.
func FuzzAnswers(f *testing.F) {
	var list, pack, report bytes.Buffer
	pkt(&list, "1111111111111111111111111111111111111111 refs/heads/main\x00report-status side-band-64k object-format=sha1\n",
		"2222222222222222222222222222222222222222 refs/tags/v1^{}\n", "shallow 1111111111111111111111111111111111111111\n", "")
	pkt(&pack, "ACK 1111111111111111111111111111111111111111\n", "\x02talk\r", "\x01PACK", "\x03no\n", "")
	pkt(&report, "\x01000eunpack ok\n", "\x010016ok refs/heads/main\n0000", "")
	f.Add(list.Bytes(), pack.Bytes(), false)
	f.Add(list.Bytes(), report.Bytes(), true)
	f.Fuzz(func(t *testing.T, list, answer []byte, push bool) {
		w := newWatch(context.Background(), tight)
		defer w.end()
		w.allow(tight.pack)
		s := &streamSession{
			stream: &stream{closeOut: func() error { return nil }, end: func() string { return "" }}, watch: w, upload: !push,
			in: bufio.NewReader(w.reader(io.MultiReader(bytes.NewReader(list), bytes.NewReader(answer)))), out: io.Discard,
		}
		adv, err := s.AdvertisedReferencesContext(w.ctx)
		if err != nil {
			return
		}
		for name := range advertised(adv) {
			if name != "HEAD" && refs.CheckName(name) != nil {
				t.Errorf("%q came through", name)
			}
		}
		if push {
			req := packp.NewReferenceUpdateRequestFromCapabilities(adv.Capabilities)
			req.Commands = []*packp.Command{{Name: "refs/heads/main", New: plumbing.NewHash("12")}}
			req.Capabilities.Set(capability.Sideband64k)
			if report, err := s.ReceivePack(w.ctx, req); report != nil && err == nil {
				judge(report, req, nil)
			}
			return
		}
		req := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
		req.Wants = []plumbing.Hash{plumbing.NewHash("12")}
		if r, err := s.UploadPack(w.ctx, req); err == nil {
			io.Copy(io.Discard, r)
		}
	})
}
