//go:build unix

package hostile

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/gitsync/threads"
)

// repository makes an ordinary one without git: a commit, an index with files
// that look changed, and a signed comment on a file that is gone.
func (f *Folder) repository() {
	f.t.Helper()
	f.write(".git/HEAD", "ref: refs/heads/main\n")
	f.write(".git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[user]\n\tname = A\n\temail = a@example.org\n")
	for _, dir := range []string{"objects/info", "objects/pack", "refs/heads", "refs/remotes", "info", "logs"} {
		f.must(os.MkdirAll(filepath.Join(f.Dir, ".git", filepath.FromSlash(dir)), 0o755))
	}
	r, err := repo.Open(f.Dir, repo.Options{Quiet: true})
	f.must(err)

	blob := made(object.TypeBlob, []byte("package a\n\nfunc gone() {}\n"))
	var tree bytes.Buffer
	for _, name := range []string{"a.go", "gone.go"} {
		fmt.Fprintf(&tree, "100644 %s\x00%s", name, blob.Hash[:])
	}
	// One that a partial clone has left at its remote, which the configuration names.
	lost := made(object.TypeBlob, []byte("package a\n\nfunc lost() {}\n"))
	fmt.Fprintf(&tree, "100644 lost.go\x00%s", lost.Hash[:])
	root := made(object.TypeTree, tree.Bytes())
	const person = "A <a@example.org> 1700000000 +0000"
	commit := made(object.TypeCommit, fmt.Appendf(nil, "tree %s\nauthor %s\ncommitter %s\n\nfirst\n", root.Hash, person, person))
	f.must(r.WriteObjects([]object.Object{blob, root, commit}))
	f.must(r.UpdateRef(repo.RefUpdate{Name: "refs/heads/main", New: commit.Hash, Reason: "made"}))
	f.must(os.WriteFile(filepath.Join(f.Dir, ".git", "index"), index(blob.Hash, "a.go", "gone.go", "pipe.go"), 0o644))

	store := threads.NewStore(r, nil, nil)
	_, err = store.Comment(f.t.Context(), threads.Draft{
		Path: "gone.go", Lines: threads.Lines{Start: 3, End: 3}, Text: blob.Data, Body: "where is it?",
	})
	f.must(err)
	refs, err := r.Refs(threads.OwnRefs)
	f.must(err)
	reader, err := r.Objects()
	f.must(err)
	said, err := reader.Commit(refs[0].Hash)
	f.must(err)
	header, message, _ := bytes.Cut(r.CommitObject(said).Data, []byte("\n\n"))
	signed := made(object.TypeCommit, append(append(header, "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\n"...), message...))
	f.must(r.WriteObjects([]object.Object{signed}))
	f.must(r.UpdateRef(repo.RefUpdate{Name: threads.FetchedRefs + "origin/" + path.Base(refs[0].Name), New: signed.Hash, Reason: "made"}))
	f.must(r.UpdateRef(repo.RefUpdate{Name: refs[0].Name, Old: refs[0].Hash, Reason: "made"}))
	f.must(os.RemoveAll(filepath.Join(f.Dir, ".git", "airside")))
	f.must(os.RemoveAll(filepath.Join(f.Dir, ".git", "logs")))
	f.must(os.RemoveAll(filepath.Join(f.Dir, ".git", "refs", "airside", "actors")))
}

func made(kind object.Type, data []byte) object.Object {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", kind, len(data))
	h.Write(data)
	return object.Object{Type: kind, Hash: object.Hash(h.Sum(nil)), Data: data}
}

// index is one of version 2 whose files have all changed since, by their times.
//
// Source: gitformat-index.
func index(blob object.Hash, names ...string) []byte {
	var b bytes.Buffer
	b.WriteString("DIRC")
	word := func(n int) { binary.Write(&b, binary.BigEndian, uint32(n)) }
	word(2)
	word(len(names))
	for _, name := range names {
		start := b.Len()
		for _, n := range []int{1, 0, 1, 0, 0, 0, 0o100644, 0, 0, 1} {
			word(n)
		}
		b.Write(blob[:])
		binary.Write(&b, binary.BigEndian, uint16(len(name)))
		b.WriteString(name)
		b.Write(make([]byte, 8-(b.Len()-start)%8))
	}
	sum := sha1.Sum(b.Bytes())
	b.Write(sum[:])
	return b.Bytes()
}
