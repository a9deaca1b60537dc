package completion

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

func TestPercentile(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, tt := range []struct {
		d    []time.Duration
		p    int
		want time.Duration
	}{
		{nil, 50, 0}, {[]time.Duration{7}, 50, 7}, {[]time.Duration{7}, 95, 7},
		{[]time.Duration{3, 1, 2}, 50, 2}, {[]time.Duration{1, 2}, 95, 2}, {hundred, 50, 50}, {hundred, 95, 95},
	} {
		if got := percentile(tt.d, tt.p); got != tt.want {
			t.Errorf("p%d of %v: %d, want %d", tt.p, tt.d, got, tt.want)
		}
	}
}

// TestStatistics: what engines see, one after the other, is in the folder.
func TestStatistics(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "airside")
	for round := range 2 {
		e := New(Options{Backends: []model.Backend{modeltest.NewFake("a + b")}, StateDir: dir})
		first, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
		if err != nil || len(first.Suggestions) != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		through, ok := recalled(t, e, docAt(t, "a.go", strings.Replace(goFunc, "¦", "a¦", 1)))
		if !ok {
			t.Fatal("not typed through")
		}
		// The suggestion and its rest are the same: each event counts once.
		for _, id := range []string{first.Trace.ID, through.Trace.ID, "none"} {
			e.Feedback(id, Shown, 0)
			e.Feedback(id, PartlyAccepted, 2)
			e.Feedback(id, Event(17), 2)
		}
		if round == 1 {
			e.Feedback(through.Trace.ID, Accepted, 0)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := LoadStatistics(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	want := Counts{Requests: 4, Cached: 2, Suggested: 2, Shown: 2, Accepted: 1, PartlyAccepted: 2}
	if s := list[0]; s.Backend != "fake" || s.Model != "fake:7b-code" || s.Counts != want || s.P95 < s.P50 {
		t.Errorf("%+v, want %+v", s, want)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 4 { // how models serve, what became of suggestions, and a lock for each
		t.Errorf("%d files in the folder", len(files))
	}
}

func TestStatisticsAreBounded(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		var s statistics
		s.keepIn(dir)
		for i := range 100 {
			name := fmt.Sprintf("model %d", i)
			for range maxSamples {
				s.answered("fake", name, 123456*time.Microsecond, 0)
			}
		}
		if err := s.saves.close(s.save); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, statisticsFile))
	if err != nil || info.Size() > maxStatisticsFile/4 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
	list, err := LoadStatistics(dir)
	if err != nil || len(list) != maxModels || list[0].Model != "model 99" || list[0].P50 != 123456*time.Microsecond {
		t.Errorf("%d models, first %+v, %v", len(list), list[0], err)
	}
}

// TestStatisticsSurvive what may be in the file's place.
func TestStatisticsSurvive(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "cut off": `[{"backend":"fa`, "another shape": `{"a":1}`, "huge": strings.Repeat("[", maxStatisticsFile+10)} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, statisticsFile), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadStatistics(dir); err == nil {
				t.Error("read without an error")
			}
			var s statistics
			s.keepIn(dir)
			s.answered("fake", "m", time.Second, 0)
			if err := s.saves.close(s.save); err != nil {
				t.Fatal(err)
			}
			if list, err := LoadStatistics(dir); err != nil || len(list) != 1 || list[0].P50 != time.Second {
				t.Errorf("%+v, %v", list, err)
			}
		})
	}
	if list, err := LoadStatistics(filepath.Join(t.TempDir(), "none")); err != nil || list != nil {
		t.Errorf("no folder: %+v, %v", list, err)
	}
	// A folder that cannot be made is an error of Close, and of nothing else.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var s statistics
	s.keepIn(file)
	s.answered("fake", "m", time.Second, 0)
	if err := s.saves.close(s.save); err == nil {
		t.Error("saved in a file's place")
	}
}
