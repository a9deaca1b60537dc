package wire

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/storage/memory"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/pack"
	"github.com/airside-ls/airside/gitsync/repo/program"
	"github.com/airside-ls/airside/gitsync/repo/refs"
	"github.com/airside-ls/airside/gitsync/repo/repotest"
)

func TestFetch(t *testing.T) {
	r := newTestRepo(t)
	_, remote, up := honest(t, r)
	ctx := context.Background()
	files := map[string]string{"a.txt": "one\n", "dir/deep/b.txt": "changed\n", "dir/c.txt": "three\n"}
	first := remote.Commit(files, r.Base)
	files["new/d.txt"] = "four\n"
	second := remote.Commit(files, first)
	for _, url := range []string{up.URL, "file://" + remoteDir(remote)} {
		up := up
		up.URL = url
		setRef(remote, second)
		refs, err := r.Advertise(ctx, up)
		wantKind(t, err, "")
		if got := refs["refs/heads/main"]; plumbing.Hash(got) != second {
			t.Fatalf("%s: main is %v", url, got)
		}
		wantKind(t, r.Fetch(ctx, up, ours(second), nil), "")
		repotest.NoLeftovers(t, filepath.Join(r.at.Common, "objects"))
		for _, h := range remote.Made {
			if pack.Folder(r.at.Git).HasEncodedObject(h) != nil {
				t.Errorf("%s: %v is missing", url, h)
			}
		}
		packs, _ := filepath.Glob(filepath.Join(r.at.Common, "objects", "pack", "*"))
		for _, p := range packs {
			if info, err := os.Stat(p); err != nil || info.Mode().Perm()&0o222 != 0 {
				t.Errorf("%s: mode %v %v", p, info.Mode(), err)
			}
		}
		if len(packs) != 2 {
			t.Errorf("packs: %v", packs)
		}
		for _, p := range packs {
			os.Remove(p)
		}
	}
}

// TestFetchBesideAnUnfinishedPack: a pack without its index, as a fetch leaves it
// that was killed, is in nobody's way: here, at the remote, and in a repository
// that objects are borrowed from.
func TestFetchBesideAnUnfinishedPack(t *testing.T) {
	ctx := context.Background()
	unfinished := func(gitDir string) {
		t.Helper()
		for sum, index := range map[string]string{"1": "none", "2": ""} {
			base := filepath.Join(gitDir, "objects", "pack", "pack-"+strings.Repeat(sum, 40))
			files := map[string]string{base + ".pack": "PACK\x00\x00\x00\x02"}
			if index != "none" {
				files[base+".idx"] = index
			}
			for path, text := range files {
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o444); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	r, lender := newTestRepo(t), newTestRepo(t)
	_, remote, up := honest(t, r)
	borrowed := lender.Commit(map[string]string{"a.txt": "lent\n"}, lender.Base)
	alternates := filepath.Join(r.at.Common, "objects", "info", "alternates")
	if err := os.MkdirAll(filepath.Dir(alternates), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(alternates, []byte(filepath.Join(lender.at.Common, "objects")+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{r.at.Common, lender.at.Common, remoteDir(remote)} {
		unfinished(dir)
	}
	var old object.Hash
	next := r.Base
	for i, url := range []string{up.URL, "file://" + remoteDir(remote)} {
		up := up
		up.URL = url
		next = remote.Commit(map[string]string{"a.txt": fmt.Sprintln("moved", i)}, next)
		setRef(remote, next)
		wantKind(t, r.Fetch(ctx, up, ours(next), nil), "")
		wantKind(t, r.refs.UpdateRef(refs.Update{Name: "refs/airside/remotes/origin/main", Old: old, New: ours(next)[0]}), "")
		old = ours(next)[0]
	}
	objects, err := r.objects.Objects()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := objects.Commit(ours(borrowed)[0]); err != nil {
		t.Errorf("what is borrowed: %v", err)
	}
}

// TestFetchNothing: what is here needs no remote at all.
func TestFetchNothing(t *testing.T) {
	r := newTestRepo(t)
	up := refs.Upstream{Remote: "origin", URL: "http://127.0.0.1:1/x", Ref: "refs/heads/main"}
	wantKind(t, r.Fetch(context.Background(), up, ours(r.Base, plumbing.ZeroHash), nil), "")
	wantKind(t, r.Fetch(context.Background(), up, nil, nil), "")
}

// TestFetchLies: whatever a remote sends, it ends soon with the right kind of
// error, and the repository is what it was.
func TestFetchLies(t *testing.T) { fetchLies(t, "") }

func fetchLies(t *testing.T, git string) {
	r := newTestRepo(t)
	mem := memory.NewStorage()
	m := &repotest.Maker{T: t, To: mem, Tick: 5000}
	tip := m.Commit(map[string]string{"a.txt": "lies\n", "dir/x.txt": strings.Repeat("x", 5000)}, r.Base)
	whole := packOf(t, mem, m.Made...)
	stranger := m.Commit(map[string]string{"z": "z"})
	evil := &repotest.Maker{T: t, To: mem, Tick: 6000}
	blob := evil.Write(plumbing.BlobObject, "[core]")
	below := evil.Write(plumbing.TreeObject, "100644 config\x00"+string(blob[:]))
	evilTree := evil.Write(plumbing.TreeObject, "40000 .GIT\x00"+string(below[:]))
	evilTip := evil.Write(plumbing.CommitObject, "tree "+evilTree.String()+"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nm\n")
	oldTree := evil.Write(plumbing.TreeObject, "0100644 config\x00"+string(blob[:]))
	oldTip := evil.Write(plumbing.CommitObject, "tree "+oldTree.String()+"\nauthor A<a@b> 1 +0000\ncommitter A<a@b> 1 +0000\n\nm\n")
	var withoutBlob []plumbing.Hash
	for h := range mem.Objects {
		if slices.Contains(m.Made, h) && mem.Objects[h].Type() != plumbing.BlobObject {
			withoutBlob = append(withoutBlob, h)
		}
	}
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 1
	wants := map[string]plumbing.Hash{"a way into .git": evilTip, "faults of old tools": oldTip}
	sends := func(pack []byte) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			pkt(w, "NAK\n")
			band(w, 1, pack)
			pkt(w, "")
		}
	}
	cases := map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		kind   fault.Kind
	}{
		"the truth":             {sends(whole), ""},
		"cut short":             {sends(whole[:len(whole)-30]), fault.Protocol},
		"damaged":               {sends(damaged), fault.Protocol},
		"no pack":               {sends([]byte("<html>this is no pack, and it is long enough</html>")), fault.Protocol},
		"nothing":               {sends(nil), fault.Protocol},
		"an empty pack":         {sends(packOf(t, mem)), fault.Content},
		"another commit":        {sends(packOf(t, mem, stranger)), fault.Content},
		"the commit alone":      {sends(packOf(t, mem, tip)), fault.Content},
		"without the blobs":     {sends(packOf(t, mem, withoutBlob...)), fault.Content},
		"more than was asked":   {sends(packOf(t, mem, m.Made...)), ""},
		"counts more than come": {sends(append(append([]byte("PACK\x00\x00\x00\x02\x7f\xff\xff\xff"), whole[12:len(whole)-20]...), checksumOf("PACK\x00\x00\x00\x02\x7f\xff\xff\xff", whole[12:len(whole)-20])...)), fault.Content},
		"a way into .git":       {sends(packOf(t, mem, evilTip, evilTree, below, blob)), fault.Content},
		"faults of old tools":   {sends(packOf(t, mem, oldTip, oldTree, blob)), ""},
		"the connection drops": {func(w http.ResponseWriter, _ *http.Request) {
			pkt(w, "NAK\n")
			band(w, 1, whole[:len(whole)/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, fault.Network},
		"it ends without a word": {func(w http.ResponseWriter, _ *http.Request) {
			pkt(w, "NAK\n")
			band(w, 1, whole[:len(whole)/2])
		}, fault.Network},
		"it hangs": {func(w http.ResponseWriter, req *http.Request) {
			pkt(w, "NAK\n")
			band(w, 1, whole[:len(whole)/2])
			w.(http.Flusher).Flush()
			<-req.Context().Done()
		}, fault.Network},
		"it says why not": {func(w http.ResponseWriter, _ *http.Request) {
			pkt(w, "NAK\n", "\x03fatal: \x1b[2Jno such luck\n")
		}, fault.Failed},
		"our want is gone": {func(w http.ResponseWriter, _ *http.Request) {
			pkt(w, "ERR upload-pack: not our ref "+tip.String()+"\n")
		}, fault.Moved},
		"an unknown channel": {func(w http.ResponseWriter, _ *http.Request) { pkt(w, "NAK\n", "\x07hello") }, fault.Protocol},
		"a huge line":        {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fffe"+strings.Repeat("x", 70000)) }, fault.Protocol},
		"endless talk": {func(w http.ResponseWriter, req *http.Request) {
			pkt(w, "NAK\n")
			for req.Context().Err() == nil {
				pkt(w, "\x02Counting objects\r")
			}
		}, fault.Content},
		"an endless pack": {func(w http.ResponseWriter, req *http.Request) {
			pkt(w, "NAK\n", "\x01PACK\x00\x00\x00\x02\x00\xff\xff\xff")
			for req.Context().Err() == nil {
				band(w, 1, make([]byte, 1000))
			}
		}, fault.Content},
		"no answer": {func(http.ResponseWriter, *http.Request) {}, fault.Protocol},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>log in")
		}, fault.Protocol},
		"it is ill": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "try later", http.StatusServiceUnavailable)
		}, fault.Network},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) }, fault.Auth},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newTestRepo(t)
			r.Wire = over(t, r.Dir, nil, &program.Runner{Git: git, Environ: r.Environ()})
			want, ok := wants[name]
			if !ok {
				want = tip
			}
			up := liar{lists(want.String() + " refs/heads/main"), c.answer}.start(t)
			before := r.Files()
			lim := tight
			if name == "it hangs" {
				lim = impatient()
			}
			err := r.fetch(context.Background(), up, ours(want), func(string) {}, lim)
			wantKind(t, err, c.kind)
			if err != nil && r.Files() != before {
				t.Errorf("the repository changed:\n%s\nwas\n%s", r.Files(), before)
			}
			repotest.NoLeftovers(t, filepath.Join(r.at.Common, "objects"))
		})
	}
}

// TestFetchMoved: the remote no longer has what was asked for.
func TestFetchMoved(t *testing.T) {
	r := newTestRepo(t)
	up := liar{lists(r.Base.String() + " refs/heads/main"), nil}.start(t)
	err := r.fetch(context.Background(), up, ours(plumbing.NewHash(strings.Repeat("12", 20))), nil, tight)
	wantKind(t, err, fault.Moved)
}

func TestFetchFull(t *testing.T) {
	r := newTestRepo(t)
	mem := memory.NewStorage()
	m := &repotest.Maker{T: t, To: mem, Tick: 5000}
	tip := m.Commit(map[string]string{"a.txt": "more\n"}, r.Base)
	up := liar{lists(tip.String() + " refs/heads/main"), func(w http.ResponseWriter, _ *http.Request) {
		pkt(w, "NAK\n")
		band(w, 1, packOf(t, mem, m.Made...))
		pkt(w, "")
	}}.start(t)
	before := r.Files()
	full := &fullFS{FS: durable.Beneath(r.at.Git, r.at.Work)}
	r.Wire = over(t, r.Dir, full, &program.Runner{Environ: r.Environ()})
	for full.left = 0; ; full.left++ { // every single call fails once
		full.calls = 0
		err := r.Fetch(context.Background(), up, ours(tip), nil)
		if err == nil {
			break
		}
		wantKind(t, err, fault.Disk)
		if full.left > 50 {
			t.Fatal("it never gets through")
		}
		if got := r.Files(); got != before && !strings.Contains(got, ".idx") { // the index comes last: all else is there
			t.Errorf("after call %d: %s", full.left, strings.ReplaceAll(got, before, ""))
		}
		repotest.NoLeftovers(t, filepath.Join(r.at.Common, "objects"))
	}
	if full.left < 8 {
		t.Errorf("only %d calls", full.left)
	}
}
