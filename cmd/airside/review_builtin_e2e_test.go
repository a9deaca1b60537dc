//go:build e2e

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/airside-ls/airside/completion/model/realtest"
)

// TestE2EReviewBuiltin reviews a planted bug with one GGUF file and no other
// program: each answer is valid JSON.
func TestE2EReviewBuiltin(t *testing.T) {
	team := newTeam(t, map[string]string{"a.go": "package a\n"})
	dir := filepath.Join(team.dir, "first")
	const planted = `package a

// last returns the last element of list, which must not be empty.
func last(list []int) int {
	return list[len(list)]
}
`
	if err := os.WriteFile(filepath.Join(dir, "last.go"), []byte(planted), 0o644); err != nil {
		t.Fatal(err)
	}
	environ := append(os.Environ(), "AIRSIDE_BACKEND=builtin", "AIRSIDE_BUILTIN_MODEL="+realtest.Path(t, realtest.Qwen05, ""))
	code, out, errOut := airside(t, "", environ, "review", "-C", dir, "--json")
	var got reviewJSON
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %s %s", err, out, errOut)
	}
	if code != 0 && code != exitFindings || got.NoModel != "" || got.Answers == 0 || got.Malformed > 0 || errOut != "" {
		t.Errorf("exit %d, %+v, %s", code, got, errOut)
	}
	t.Logf("%+v", got.Findings)
}
