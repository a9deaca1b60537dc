//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// committed is the small repository of testdata as git has it, its files committed on a
// day.
func committed(t *testing.T, day string) string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "shop")
	for _, f := range archive.Files {
		if err := write(filepath.Join(dir, f.Name), f.Data); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "shop"}} {
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE="+day+"T12:00:00Z", "GIT_COMMITTER_DATE="+day+"T12:00:00Z")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// TestE2EQuality asks the real server and the recipes twice, with the model in the
// binary: nothing but the times is otherwise the second time, and the answers' texts
// are on no disk that was seen.
func TestE2EQuality(t *testing.T) {
	binary := os.Getenv("AIRSIDE_BINARY")
	if binary == "" {
		t.Fatal("AIRSIDE_BINARY does not name an airside")
	}
	dir := committed(t, "2026-03-01")
	ask := func(arguments string) (*measurement, error) {
		o, dirs, err := parse(append(strings.Fields(arguments), dir))
		if err != nil {
			t.Fatal(err)
		}
		o.airside = binary
		return run(t.Context(), o, dirs)
	}
	var runs [2][]judgement
	for i := range runs {
		m, err := ask("-n 5 -seed 2 -languages go,python,typescript")
		if err != nil {
			t.Fatal(err)
		}
		runs[i] = m.all
		for k := range runs[i] {
			runs[i][k].Took = 0
		}
		if n := len(m.places) * len(allWays()); len(m.all) != n || n == 0 {
			t.Errorf("%d answers, want %d", len(m.all), n)
		}
		for _, w := range m.ways {
			t.Logf("%s: %+v", w, add(m.all, w, "", ""))
		}
	}
	for k := range runs[0] {
		if a, b := runs[0][k], runs[1][k]; !reflect.DeepEqual(a, b) {
			t.Errorf("the second time it is otherwise:\n%+v\n%+v", a, b)
		}
	}
	if _, err := ask("-since 2026-03-02"); err == nil || !strings.Contains(err.Error(), "-any-age") {
		t.Errorf("places in files that are older: %v", err)
	}
	if m, err := ask("-backend none -languages go,python,typescript -n 5 -kinds call"); err != nil || len(m.all) == 0 || add(m.all, m.ways[0], "", "").Needed != len(m.places) {
		t.Errorf("without a model: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	if _, err := ask("-languages go"); err == nil || !strings.Contains(err.Error(), "-any-age") {
		t.Errorf("places in a folder without a history: %v", err)
	}
	if m, err := ask("-languages go -any-age -n 1 -kinds line -ways Tabby"); err != nil || len(m.all) != 1 {
		t.Errorf("a folder without a history, of any age: %v", err)
	}
}
