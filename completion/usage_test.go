package completion

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
)

// TestUsage: what is shown and taken is counted once each, and characters as they
// are taken.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	e := New(Options{Backends: []model.Backend{modeltest.NewFake("a + b")}, StateDir: dir})
	defer e.Close()
	res, err := e.Complete(t.Context(), docAt(t, "a.go", goFunc))
	if err != nil || len(res.Suggestions) != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	through, ok := recalled(t, e, docAt(t, "a.go", strings.Replace(goFunc, "¦", "a¦", 1)))
	if !ok {
		t.Fatal("not typed through")
	}
	id := res.Trace.ID
	for _, step := range []struct {
		id                       string
		event                    Event
		bytes                    int
		shown, taken, characters int // by then
	}{
		{id, Shown, 0, 1, 0, 0},
		{id, Shown, 0, 1, 0, 0},
		{id, PartlyAccepted, 1, 1, 1, 1},
		{id, PartlyAccepted, 3, 1, 1, 3},
		{id, PartlyAccepted, 3, 1, 1, 3},
		{through.Trace.ID, Shown, 0, 1, 1, 3},
		{id, Accepted, 0, 1, 1, 5},
		{id, Accepted, 0, 1, 1, 5},
		{"none", Accepted, 0, 1, 1, 5},
	} {
		e.Feedback(step.id, step.event, step.bytes)
		u, err := e.Usage()
		if err != nil || len(u.Uses) != 1 {
			t.Fatalf("%+v, %v", u, err)
		}
		want := Use{time.Now().Format(time.DateOnly), "go", "fake", "fake:7b-code", step.shown, step.taken, step.characters}
		if u.Uses[0] != want {
			t.Errorf("after %+v: %+v", step, u.Uses[0])
		}
	}
	if u, _ := e.Usage(); len(u.Models) != 1 || u.Models[0].Model != "fake:7b-code" || u.Models[0].FirstP50 <= 0 {
		t.Errorf("%+v", u.Models)
	}
}

// TestForgetUsage: what was counted before comes back, with what came since.
func TestForgetUsage(t *testing.T) {
	dir := t.TempDir()
	e := New(Options{Backends: []model.Backend{modeltest.NewFake("a + b")}, StateDir: dir})
	defer e.Close()
	shown := func() int {
		u, err := e.Usage()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, use := range u.Uses {
			n += use.Shown
		}
		return n
	}
	show := func() { e.uses.add(Trace{Backend: "fake", Language: "go"}, Use{Shown: 1}) }
	if err := e.RestoreUsage(); err == nil {
		t.Error("nothing was restored without an error")
	}
	if err := e.ForgetUsage(); err != nil {
		t.Error(err)
	}
	show()
	show()
	if err := e.ForgetUsage(); err != nil || shown() != 0 {
		t.Errorf("%d left, %v", shown(), err)
	}
	show()
	if u, _ := e.Usage(); !u.Undo {
		t.Error("it cannot be taken back")
	}
	if err := e.RestoreUsage(); err != nil || shown() != 3 {
		t.Errorf("%d, %v", shown(), err)
	}
	if u, _ := e.Usage(); u.Undo {
		t.Error("it can be taken back twice")
	}
	if info, err := os.Stat(filepath.Join(dir, usageFile)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestUsageIsBounded(t *testing.T) {
	now := time.Now()
	var list []Use
	for day := range 200 {
		for n := range 30 {
			list = append(list, Use{now.AddDate(0, 0, -day).Format(time.DateOnly), fmt.Sprint("language ", n), "fake", "m", 2, 1, 10})
		}
	}
	bounded := boundUses(list, now)
	shown := 0
	for _, u := range bounded {
		shown += u.Shown
	}
	if len(bounded) > maxUses || shown != 2*len(list) || bounded[0].Day != "" || bounded[len(bounded)-1].Day != now.Format(time.DateOnly) {
		t.Errorf("%d uses, %d shown, from %+v", len(bounded), shown, bounded[0])
	}
	for n := range 3 * maxUses {
		list = append(list, Use{"", fmt.Sprint("other ", n), "fake", "m", 1, 0, 0})
	}
	dir := t.TempDir()
	if err := writeKept(filepath.Join(dir, usageFile), boundUses(list, now)); err != nil {
		t.Fatal(err)
	}
	if kept, err := readUses(dir, usageFile); err != nil || len(kept) != maxUses {
		t.Errorf("%d kept, %v", len(kept), err)
	}
}

// TestUsageSurvives what may be in the file's place.
func TestUsageSurvives(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, usageFile), []byte(`[{"day":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadUsage(dir); err == nil {
		t.Error("read without an error")
	}
	var us uses
	us.keepIn(dir)
	us.add(Trace{Backend: "fake"}, Use{Shown: 1})
	if err := us.saves.close(us.save); err != nil {
		t.Fatal(err)
	}
	if u, err := LoadUsage(dir); err != nil || len(u.Uses) != 1 {
		t.Errorf("%+v, %v", u, err)
	}
}

// TestUsageOfSeveralProcesses: of processes that save in the same moment each counts.
// Two descriptors of one process exclude each other as two processes do.
func TestUsageOfSeveralProcesses(t *testing.T) {
	const processes, times = 8, 25
	dir := t.TempDir()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			for range times {
				var us uses
				us.keepIn(dir)
				us.add(Trace{Backend: "fake", Model: "m", Language: "go"}, Use{Shown: 1, Characters: 3})
				var s statistics
				s.keepIn(dir)
				s.change("fake", "m", func(m *modelStats) { m.unsaved.Requests++ })
				if err := errors.Join(us.saves.close(us.save), s.saves.close(s.save)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	u, err := LoadUsage(dir)
	shown := 0
	for _, use := range u.Uses { // midnight may pass
		shown += use.Shown
	}
	if err != nil || shown != processes*times || u.Models[0].Requests != processes*times {
		t.Errorf("%d shown and %d requests counted of %d, %v", shown, u.Models[0].Requests, processes*times, err)
	}
}

// TestDayBefore: each day once, also where clocks are set and where a day has no
// midnight.
func TestDayBefore(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"} {
		in, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip(err)
		}
		for hour := range 24 * 366 {
			now := time.Date(2017, 6, 1, 0, 30, 0, 0, in).Add(time.Duration(hour) * time.Hour)
			if got := DayBefore(now, 0); got != now.Format(time.DateOnly) {
				t.Fatalf("%v is %s", now, got)
			}
			day, err := time.Parse(time.DateOnly, DayBefore(now, 29))
			if want := now.Format(time.DateOnly); err != nil || day.AddDate(0, 0, 29).Format(time.DateOnly) != want {
				t.Fatalf("29 days before %v: %v", now, day)
			}
		}
	}
}
