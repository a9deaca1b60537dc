package wire

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	gitstorer "github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/plumbing/transport"
	"github.com/go-git/go-git/v5/plumbing/transport/server"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/config"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/lock"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

// tight are the limits of tests with remotes that lie or hang.
var tight = limits{
	connect: 5 * time.Second, idle: 20 * time.Second, advertisement: 64 << 10,
	pack: 256 << 10, chatter: 32 << 10, report: 64 << 10,
}

// impatient are those of tests with remotes that fall silent.
func impatient() limits {
	lim := tight
	lim.idle = 200 * time.Millisecond
	return lim
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	var e *fault.Error
	if kind == "" {
		if err != nil {
			t.Fatalf("error: %v", err)
		}
		return
	}
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("error %v (%T), want kind %q", err, err, kind)
	}
	if strings.ContainsAny(e.Message, "\n\r\x1b") || len(e.Message) > 1200 {
		t.Errorf("not one plain line: %q", e.Message)
	}
}

// testRepo is a wire on a repository, with the rooms below it and without git.
type testRepo struct {
	*Wire
	*repotest.Repo
}

func newTestRepo(t *testing.T) *testRepo {
	t.Helper()
	r := repotest.New(t)
	return &testRepo{over(t, r.Dir, nil, &program.Runner{Environ: r.Environ()}), r}
}

// over is a wire on the repository in dir; nil is the usual file system.
func over(t testing.TB, dir string, fsys durable.FS, run *program.Runner) *Wire {
	t.Helper()
	at, err := layout.Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	if fsys == nil {
		fsys = durable.Beneath(at.Git, at.Common, at.Work)
	}
	run.Dir = at.Work
	log := slog.New(slog.DiscardHandler)
	locks := &lock.Locks{FS: fsys, Log: log, Dir: filepath.Join(at.Common, "airside")}
	c, objects := config.New(at, run, nil), pack.New(at, fsys, log, run, "")
	return New(at, log, c, objects, refs.New(at, fsys, c, objects, locks), run)
}

// honest is go-git's server behind smart http, on a bare repository that
// begins as a copy of ours.
func honest(t *testing.T, ours *testRepo) (*gogit.Repository, *repotest.Maker, refs.Upstream) {
	t.Helper()
	dir := t.TempDir()
	git, err := gogit.PlainInit(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	m := &repotest.Maker{T: t, To: git.Storer, Tick: 1000}
	for _, h := range ours.Made {
		o, err := ours.Git.Storer.EncodedObject(plumbing.AnyObject, h)
		if err != nil {
			t.Fatal(err)
		}
		git.Storer.SetEncodedObject(o)
	}
	git.Storer.SetReference(plumbing.NewHashReference("refs/heads/main", ours.Base))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { serveHonestly(w, req, git) }))
	t.Cleanup(s.Close)
	return git, m, refs.Upstream{Remote: "origin", URL: s.URL + "/x.git", Ref: "refs/heads/main"}
}

type fixedLoader struct{ *gogit.Repository }

func (l fixedLoader) Load(*transport.Endpoint) (gitstorer.Storer, error) {
	return l.Storer.(*filesystem.Storage), nil
}

func serveHonestly(w http.ResponseWriter, req *http.Request, git *gogit.Repository) {
	service := req.URL.Query().Get("service")
	if req.Method == http.MethodPost {
		service = req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]
	}
	remote := server.NewServer(fixedLoader{git})
	up, _ := remote.NewUploadPackSession(nil, nil)
	receive, _ := remote.NewReceivePackSession(nil, nil)
	session := transport.Session(up)
	if service == transport.ReceivePackServiceName {
		session = receive
	}
	adv, err := session.AdvertisedReferences()
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	if req.Method == http.MethodGet {
		w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
		adv.Prefix = [][]byte{[]byte("# service=" + service), pktline.Flush}
		adv.Encode(w)
		return
	}
	w.Header().Set("Content-Type", "application/x-"+service+"-result")
	if service == transport.ReceivePackServiceName {
		update := packp.NewReferenceUpdateRequest()
		if err := update.Decode(req.Body); err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		if report, err := receive.ReceivePack(req.Context(), update); report != nil {
			report.Encode(w)
		} else {
			http.Error(w, err.Error(), 500)
		}
		return
	}
	ask := packp.NewUploadPackRequest()
	if err := ask.UploadRequest.Decode(req.Body); err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	for lines := pktline.NewScanner(req.Body); lines.Scan(); {
		if hex, ok := strings.CutPrefix(strings.TrimSpace(string(lines.Bytes())), "have "); ok {
			ask.Haves = append(ask.Haves, plumbing.NewHash(hex))
		}
	}
	answer, err := up.UploadPack(req.Context(), ask)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	answer.Encode(w)
}

// liar is a server of two scripted answers.
type liar struct {
	list   func(w http.ResponseWriter, service string)
	answer func(w http.ResponseWriter, req *http.Request)
}

func (l liar) start(t *testing.T) refs.Upstream {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodGet {
			service := req.URL.Query().Get("service")
			w.Header().Set("Content-Type", "application/x-"+service+"-advertisement")
			l.list(w, service)
			return
		}
		w.Header().Set("Content-Type", "application/x-"+req.URL.Path[strings.LastIndexByte(req.URL.Path, '/')+1:]+"-result")
		l.answer(w, req)
	}))
	t.Cleanup(s.Close)
	return refs.Upstream{Remote: "origin", URL: s.URL + "/x.git", Ref: "refs/heads/main"}
}

// pkt writes pkt-lines; "" is a flush.
func pkt(w io.Writer, lines ...string) {
	e := pktline.NewEncoder(w)
	for _, l := range lines {
		if l == "" {
			e.Flush()
		} else {
			e.EncodeString(l)
		}
	}
}

// lists answers with refs, "hash name" each.
func lists(refs ...string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, service string) {
		pkt(w, "# service="+service+"\n", "")
		for i, ref := range refs {
			if i == 0 {
				ref += "\x00report-status side-band-64k ofs-delta atomic agent=liar"
			}
			pkt(w, ref+"\n")
		}
		pkt(w, "")
	}
}

// band sends data on a channel of the side band.
func band(w io.Writer, channel byte, data []byte) {
	for len(data) > 0 {
		n := min(len(data), 1000)
		pkt(w, string(channel)+string(data[:n]))
		data = data[n:]
	}
}

// packOf encodes objects of a memory storage.
func packOf(t *testing.T, s *memory.Storage, hashes ...plumbing.Hash) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := packfile.NewEncoder(&b, s, false).Encode(hashes, 0); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ours(hashes ...plumbing.Hash) []object.Hash {
	var list []object.Hash
	for _, h := range hashes {
		list = append(list, object.Hash(h))
	}
	return list
}
