package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
)

// TestStats: shown as text and as JSON, begun anew only by who says so, and that
// taken back.
func TestStats(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	if dir := stateDir(); !strings.HasPrefix(dir, cache) {
		t.Skip("the cache folder is not named by the environment here")
	}
	if err := os.Mkdir(filepath.Join(cache, "airside"), 0o700); err != nil {
		t.Fatal(err)
	}
	uses := []completion.Use{{Day: time.Now().Format(time.DateOnly), Language: "go", Backend: "ollama", Model: "codellama:7b", Shown: 4, Taken: 1, Characters: 1234}}
	text, err := json.Marshal(uses)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cache, "airside", "usage.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args string
		code int
		want string // a part of what is printed
	}{
		{"stats", 0, "4 shown, 1 taken (25 %), 1,234 characters saved"},
		{"stats reset", exitUsage, "--yes"},
		{"stats --json", 0, `"shown":4`},
		{"stats reset --yes", 0, "can be taken back"},
		{"stats", 0, "Nothing was shown yet since the last reset."},
		{"stats undo", 0, "is back"},
		{"stats undo", exitFailed, "nothing was put aside"},
		{"stats", 0, "codellama:7b"},
		{"stats all", exitUsage, "unknown command"},
	} {
		code, out, errOut := airside(t, "", nil, strings.Fields(step.args)...)
		if code != step.code || !strings.Contains(out+errOut, step.want) {
			t.Errorf("airside %s: %d, %s%s", step.args, code, out, errOut)
		}
		if step.args == "stats --json" {
			var told ext.Stats
			if err := json.Unmarshal([]byte(out), &told); err != nil || len(told.Days) != 30 || told.Languages[0].Name != "go" || told.Models[0].Characters != 1234 {
				t.Errorf("%+v, %v", told, err)
			}
		}
	}
}
