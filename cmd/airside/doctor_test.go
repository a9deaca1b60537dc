package main

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestDoctorShowsStatistics: what an engine has kept is told, as text and JSON.
func TestDoctorShowsStatistics(t *testing.T) {
	dir := t.TempDir()
	e := completion.New(completion.Options{Backends: []model.Backend{modeltest.NewFake("a + b")}, StateDir: dir})
	at := strings.Index(sessionDoc, "return ") + len("return ")
	res, err := e.Complete(t.Context(), completion.Request{
		Document: completion.Document{Path: "a.go", Language: "go", Text: sessionDoc}, Offset: at,
	})
	if err != nil || len(res.Suggestions) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	e.Feedback(res.Suggestions[0].ID, completion.Accepted, 0)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	var d diagnosis
	if d.Statistics, err = statistics(dir); err != nil {
		t.Fatal(err)
	}
	for asJSON, want := range map[bool]string{
		false: "fake fake:7b-code: 1 requests, 0 without the model; 1 suggestions, 0 shown, 1 accepted, 0 in part; p50 ",
		true:  `"accepted": 1`,
	} {
		var out strings.Builder
		if err := d.print(&out, asJSON); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("JSON %v: %v\n%s", asJSON, err, out.String())
		}
	}
	if list, err := statistics(""); err != nil || list == nil || len(list) != 0 {
		t.Errorf("nowhere: %v, %v", list, err)
	}
}
