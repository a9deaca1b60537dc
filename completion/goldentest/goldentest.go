// Package goldentest runs tests that are data: txtar archives with what goes in and
// what is to come out of it.
package goldentest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what comes out into the archives")

// Run runs a subtest for each archive of pattern, of which there has to be one: what
// comes of its sections is compared with the section "want", which is not among them,
// or written there with -update.
func Run(t *testing.T, pattern string, of func(*testing.T, *txtar.Archive) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in %s (%v)", pattern, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := split(archive)
			got := of(t, archive)
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("got\n%s\nwant\n%s\n(-update writes it)", got, want)
			}
			archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// split takes the section "want" out of an archive; "" if it has none.
func split(a *txtar.Archive) (want string) {
	var kept []txtar.File
	for _, f := range a.Files {
		if f.Name == "want" {
			want = string(f.Data)
		} else {
			kept = append(kept, f)
		}
	}
	a.Files = kept
	return want
}
