package lsp_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/lsptest"
)

var statsDay = time.Date(2026, 3, 31, 12, 0, 0, 0, time.Local)

func someUsage() completion.Usage {
	return completion.Usage{
		Uses: []completion.Use{
			{Day: "", Language: "go", Backend: "ollama", Model: "codellama:7b-code", Shown: 1000, Taken: 300, Characters: 9000},
			{Day: "2026-03-02", Language: "go", Backend: "ollama", Model: "codellama:7b-code", Shown: 10, Taken: 5, Characters: 100},
			{Day: "2026-03-31", Language: "python", Backend: "builtin", Model: "small", Shown: 20, Taken: 5, Characters: 800},
			{Day: "2026-03-31", Language: "", Backend: "builtin", Model: "small", Taken: 1, Characters: 1},
		},
		Models: []completion.ModelStatistics{
			{Backend: "ollama", Model: "codellama:7b-code", Speed: completion.Speed{Read: 130.4, Write: 12.6}, FirstP50: 420 * time.Millisecond, FirstP95: 1520 * time.Millisecond},
			{Backend: "llamacpp", Model: "/models/a-model-with-a-long-name-q4_k_m-v2.gguf"},
		},
	}
}

const statsWant = `How airside does on this machine, which these numbers never leave

1,030 shown, 311 taken (30 %), 9,901 characters saved

Characters saved by day, at most 801
  ▁····························█
  2 Mar                   31 Mar

Language                       shown   taken         characters saved
go                             1,010     305   30 %  ████████████████ 9,100
python                            20       5   25 %  █▌               800
without a name                     0       1      –  ▏                1

Model                          shown   taken         characters saved
codellama:7b-code              1,010     305   30 %  ████████████████ 9,100
small                             20       6   30 %  █▌               801
a-model-with-a-long-name-q4…       0       0      –                   0

                             tokens a second  tokens a second  first word
Model                                   read          written  half, 95 of 100
codellama:7b-code                        130               13  420 ms, 1.5 s
small                                      –                –  –
a-model-with-a-long-name-q4…               –                –  –`

func TestStatsText(t *testing.T) {
	told := lsp.EncodeUsage(someUsage(), statsDay, nil)
	if got := strings.Join(told.Text, "\n"); got != statsWant {
		t.Errorf("got\n%s\nwant\n%s", got, statsWant)
	}
	for _, line := range told.Text {
		if utf8.RuneCountInString(line) > 80 {
			t.Errorf("too wide: %q", line)
		}
	}
	if len(told.Days) != 30 || told.Days[0].Day != "2026-03-02" || told.Days[29].Characters != 801 {
		t.Errorf("%+v", told.Days)
	}
	empty := lsp.EncodeUsage(completion.Usage{Undo: true}, statsDay, nil)
	if len(empty.Text) != 3 || empty.Text[2] != "Nothing was shown yet since the last reset." {
		t.Errorf("%q", empty.Text)
	}
}

// TestStatsDays: thirty days, today last, on the night that clocks are set forward (half
// past two there is none) and just after midnight; what was counted on a day that is
// tomorrow here counts today.
func TestStatsDays(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, now := range []time.Time{
		time.Date(2026, 4, 27, 2, 30, 0, 0, berlin), // 29 days after the night without it
		time.Date(2026, 3, 29, 3, 0, 0, 0, berlin),
		time.Date(2026, 10, 25, 2, 30, 0, 0, berlin), // the hour that comes twice
		time.Date(2026, 4, 1, 0, 0, 0, 0, berlin),
		time.Date(2026, 4, 1, 23, 59, 59, 0, berlin),
	} {
		today, tomorrow := now.Format(time.DateOnly), completion.DayBefore(now, -1)
		uses := []completion.Use{{Day: today, Characters: 1}, {Day: tomorrow, Characters: 2}}
		days := lsp.EncodeUsage(completion.Usage{Uses: uses}, now, nil).Days
		if len(days) != 30 || days[0].Day != completion.DayBefore(now, 29) || days[29].Day != today || days[29].Characters != 3 {
			t.Errorf("at %v: %d days from %+v to %+v", now, len(days), days[0], days[len(days)-1])
		}
	}
}

func command(t *testing.T, e *lsptest.Editor, name string, argument, to any) string {
	t.Helper()
	result, failure := e.Request("workspace/executeCommand", map[string]any{"command": name, "arguments": []any{argument}}).Wait()
	if failure != nil {
		return failure.Message
	}
	if err := json.Unmarshal(result, to); err != nil {
		t.Fatal(err)
	}
	return ""
}

// TestStatsReset: a reset is told of, and taken back once.
func TestStatsReset(t *testing.T) {
	engine := lsptest.NewEngine(t)
	e := serveEngine(t, engine, lsp.Options{}, lsptest.Options{})
	engine.SetUsage(someUsage())
	for _, step := range []struct {
		argument map[string]bool
		taken    int
		undo     bool
		says     string
	}{
		{nil, 311, false, ""},
		{map[string]bool{"reset": true}, 0, true, "can be taken back"},
		{map[string]bool{"undo": true}, 311, false, "is back"},
	} {
		var told ext.Stats
		if failure := command(t, e, ext.CommandStats, step.argument, &told); failure != "" {
			t.Fatal(failure)
		}
		if told.Taken != step.taken || told.CanUndo != step.undo || !strings.Contains(told.Message, step.says) || told.Languages == nil || told.Models == nil {
			t.Errorf("%v: %+v", step.argument, told)
		}
	}
	if failure := command(t, e, ext.CommandStats, map[string]bool{"undo": true}, new(ext.Stats)); !strings.Contains(failure, "nothing was put aside") {
		t.Errorf("undone twice: %q", failure)
	}
	if failure := command(t, e, ext.CommandStats, map[string]bool{"undo": true, "reset": true}, new(ext.Stats)); !strings.Contains(failure, "not both") {
		t.Errorf("both: %q", failure)
	}
}

// TestSnooze: of so many minutes, and until a time.
func TestSnooze(t *testing.T) {
	engine := lsptest.NewEngine(t)
	e := serveEngine(t, engine, lsp.Options{}, lsptest.Options{})
	until := time.Now().Add(90 * time.Minute).Truncate(time.Second)
	for _, step := range []struct {
		argument any
		minutes  float64
	}{
		{map[string]any{"minutes": 30}, 30},
		{5, 5},
		{map[string]any{"until": until.Format(time.RFC3339)}, 90},
	} {
		var result ext.SnoozeResult
		if failure := command(t, e, ext.CommandSnooze, step.argument, &result); failure != "" {
			t.Fatal(failure)
		}
		ends, err := time.Parse(time.RFC3339, result.Until)
		if err != nil || !result.Paused || math.Abs(time.Until(ends).Minutes()-step.minutes) > 0.5 {
			t.Errorf("%v: %+v, %v", step.argument, result, err)
		}
		if p := engine.Paused(); !p.On || math.Abs(time.Until(p.Until).Minutes()-step.minutes) > 0.5 {
			t.Errorf("%v: %+v", step.argument, p)
		}
	}
}
