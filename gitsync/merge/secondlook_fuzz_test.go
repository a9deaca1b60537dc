package merge

import (
	"bytes"
	"context"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/airside-ls/airside/completion/syntax"
)

// FuzzSecondLook: whatever three people wrote, the second look ends, says the same
// again, and says the same where the sides are swapped; what it proposes has markers
// where it says that something is left, and nowhere else.
func FuzzSecondLook(f *testing.F) {
	names := []string{"a.go", "a.py", "a.ts", "go.mod", "go.sum", "a.md", "a.yaml", "Dockerfile", ".gitignore", "requirements.txt", "a.json", "a.txt"}
	scripts, err := filepath.Glob("testdata/secondlook/*.txtar")
	if err != nil || len(scripts) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, script := range scripts {
		archive, err := txtar.ParseFile(script)
		if err != nil {
			f.Fatal(err)
		}
		for i := 0; i+3 < len(archive.Files); i += 4 {
			kind := 0
			for k, name := range names {
				if filepath.Ext(name) == filepath.Ext(archive.Files[i].Name) {
					kind = k
				}
			}
			f.Add(uint8(kind), archive.Files[i].Data, archive.Files[i+1].Data, archive.Files[i+2].Data)
		}
	}
	trees := syntax.NewCache(syntax.Limits{ParseTime: time.Minute})
	f.Cleanup(trees.CloseAll)
	f.Fuzz(func(t *testing.T, kind uint8, base, ours, theirs []byte) {
		if len(base)+len(ours)+len(theirs) > 1<<14 {
			return
		}
		name := names[int(kind)%len(names)]
		look := func(ours, theirs []byte) (Proposal, bool) {
			return SecondLook(context.Background(), name, base, ours, theirs, trees, lookOptions, nil)
		}
		got, ok := look(ours, theirs)
		if again, also := look(ours, theirs); ok != also || !reflect.DeepEqual(got, again) {
			t.Errorf("%v, %+v\nand once more\n%v, %+v", ok, got, also, again)
		}
		if swapped, also := look(theirs, ours); ok != also || len(got.Resolved) != len(swapped.Resolved) || len(got.Left) != len(swapped.Left) {
			t.Errorf("%v, %+v\nand with the sides swapped\n%v, %+v", ok, got, also, swapped)
		}
		if ok && hasMarkers(got.Text) != (len(got.Left) > 0) {
			t.Errorf("%d left in\n%s", len(got.Left), got.Text)
		}
		if ok && len(got.Resolved) == 0 {
			t.Errorf("a proposal that settles nothing:\n%s", got.Text)
		}
		for _, s := range got.Left {
			if s.StartLine < 1 || s.EndLine < s.StartLine || s.EndLine > bytes.Count(got.Text, []byte{'\n'})+1 {
				t.Errorf("%+v of %d lines", s, bytes.Count(got.Text, []byte{'\n'})+1)
			}
		}
	})
}
