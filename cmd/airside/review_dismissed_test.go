package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/review/dismissed"
	"github.com/airside-ls/airside/completion/review/finding"
)

// TestReviewDismissed: what was dismissed in an editor does not fail a hook.
func TestReviewDismissed(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	dir := t.TempDir()
	newRepository(t, dir, "a.go", "package a\n")
	if err := os.WriteFile(dir+"/a.go", []byte("package a\n\n<<<<<<< HEAD\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, _ := airside(t, "", nil, "review", "-C", dir, "--rules-only", "--json")
	var report reviewJSON
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitFindings || report.Dismissed != 0 {
		t.Fatalf("code %d, %v: %s", code, err, out)
	}
	for _, f := range report.Findings {
		known := finding.Finding{Path: f.Path, Source: finding.Source(f.Source), Category: f.Category, Unit: f.Unit, Quote: f.Quote}
		if known.ID() != f.ID {
			t.Errorf("%+v has another ID", f)
		}
		if err := dismissed.Open(stateDir(), dir).Dismiss(known); err != nil {
			t.Fatal(err)
		}
	}
	code, out, _ = airside(t, "", nil, "review", "-C", dir, "--rules-only")
	if code != 0 || !strings.Contains(out, "that you dismissed") {
		t.Errorf("code %d: %s", code, out)
	}
}
