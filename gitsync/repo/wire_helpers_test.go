package repo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
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

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
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

func wantKind(t *testing.T, err error, kind Kind) {
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

func noLeftovers(t *testing.T, objects string) {
	t.Helper()
	for _, pattern := range []string{"tmp_*", "pack/tmp_*", "pack/*.keep"} {
		if left, _ := filepath.Glob(filepath.Join(objects, pattern)); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// maker writes objects into a storage, each commit a second after the last.
type maker struct {
	t  *testing.T
	to interface {
		SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error)
	}
	made []plumbing.Hash
	tick int
}

func (m *maker) write(kind plumbing.ObjectType, data string) plumbing.Hash {
	m.t.Helper()
	o := &plumbing.MemoryObject{}
	o.SetType(kind)
	o.Write([]byte(data))
	h, err := m.to.SetEncodedObject(o)
	if err != nil {
		m.t.Fatal(err)
	}
	m.made = append(m.made, h)
	return h
}

// tree writes the files (path to content) with the folders they are in.
func (m *maker) tree(files map[string]string) plumbing.Hash {
	m.t.Helper()
	lines := map[string]string{} // sort key to entry
	below := map[string]map[string]string{}
	for path, content := range files {
		dir, rest, ok := strings.Cut(path, "/")
		if !ok {
			h := m.write(plumbing.BlobObject, content)
			lines[path] = "100644 " + path + "\x00" + string(h[:])
			continue
		}
		if below[dir] == nil {
			below[dir] = map[string]string{}
		}
		below[dir][rest] = content
	}
	for dir, files := range below {
		h := m.tree(files)
		lines[dir+"/"] = "40000 " + dir + "\x00" + string(h[:])
	}
	keys := make([]string, 0, len(lines))
	for k := range lines {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var data strings.Builder
	for _, k := range keys {
		data.WriteString(lines[k])
	}
	return m.write(plumbing.TreeObject, data.String())
}

func (m *maker) commit(files map[string]string, parents ...plumbing.Hash) plumbing.Hash {
	m.t.Helper()
	var text strings.Builder
	fmt.Fprintf(&text, "tree %s\n", m.tree(files))
	for _, p := range parents {
		fmt.Fprintf(&text, "parent %s\n", p)
	}
	m.tick++
	fmt.Fprintf(&text, "author A <a@b> %[1]d +0000\ncommitter A <a@b> %[1]d +0000\n\nm\n", 1700000000+m.tick)
	return m.write(plumbing.CommitObject, text.String())
}

// testRepo is a repository without the git binary, with one commit on main.
type testRepo struct {
	*Repo
	maker
	git  *gogit.Repository
	base plumbing.Hash
}

func newTestRepo(t *testing.T) *testRepo {
	t.Helper()
	dir := t.TempDir()
	git, err := gogit.PlainInit(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	r := &testRepo{maker: maker{t: t, to: git.Storer}, git: git}
	r.base = r.commit(map[string]string{"a.txt": "one\n", "dir/deep/b.txt": "two\n", "dir/c.txt": "three\n"})
	r.set("refs/heads/main", r.base)
	if r.Repo, err = Open(dir, Options{Environ: []string{"HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}}); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *testRepo) set(name string, h plumbing.Hash) {
	r.t.Helper()
	if err := r.git.Storer.SetReference(plumbing.NewHashReference(plumbing.ReferenceName(name), h)); err != nil {
		r.t.Fatal(err)
	}
}

// files lists everything under .git.
func (r *testRepo) files() string {
	var list []string
	filepath.Walk(r.Git, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			list = append(list, fmt.Sprint(path, info.Size()))
		}
		return err
	})
	return strings.Join(list, "\n")
}

// honest is go-git's server behind smart http, on a bare repository that
// begins as a copy of ours.
func honest(t *testing.T, ours *testRepo) (*gogit.Repository, *maker, Upstream) {
	t.Helper()
	dir := t.TempDir()
	git, err := gogit.PlainInit(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	m := &maker{t: t, to: git.Storer, tick: 1000}
	for _, h := range ours.made {
		o, err := ours.git.Storer.EncodedObject(plumbing.AnyObject, h)
		if err != nil {
			t.Fatal(err)
		}
		git.Storer.SetEncodedObject(o)
	}
	git.Storer.SetReference(plumbing.NewHashReference("refs/heads/main", ours.base))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { serveHonestly(w, req, git) }))
	t.Cleanup(s.Close)
	return git, m, Upstream{Remote: "origin", URL: s.URL + "/x.git", Ref: "refs/heads/main"}
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

func (l liar) start(t *testing.T) Upstream {
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
	return Upstream{Remote: "origin", URL: s.URL + "/x.git", Ref: "refs/heads/main"}
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
