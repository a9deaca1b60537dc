package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync"
	"github.com/airside-ls/airside/gitsync/journal"
	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/lsp/workspace"
)

// fakeSyncer answers as it is told and notes what it was asked.
type fakeSyncer struct {
	enabled  bool
	results  []gitsync.Result // of Round, Status, Undo, Resolve and Watch
	log      []journal.Operation
	arrivals []gitsync.Arrival
	err      error
	asked    []string
	stop     func() // called by Watch once it has told the results
}

func (f *fakeSyncer) ask(format string, args ...any) {
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fakeSyncer) WorkDir() string { return "/src/thing" }
func (f *fakeSyncer) Enabled() bool   { return f.enabled }
func (f *fakeSyncer) Poke()           {}
func (f *fakeSyncer) WhyNot() string  { return "`airside sync enable` opts it in" }

func (f *fakeSyncer) Enable(patterns []string) error {
	f.ask("enable %q", patterns)
	f.enabled = f.err == nil
	return f.err
}

func (f *fakeSyncer) Disable() error {
	f.ask("disable")
	f.enabled = false
	return f.err
}

func (f *fakeSyncer) Round(_ context.Context, r gitsync.Request) []gitsync.Result {
	f.ask("round %q", r.Branches)
	return f.results
}

func (f *fakeSyncer) Status(context.Context) []gitsync.Result { return f.results }

func (f *fakeSyncer) one() (r gitsync.Result) {
	if len(f.results) > 0 {
		r = f.results[0]
	}
	return r
}

func (f *fakeSyncer) Undo(_ context.Context, operation string) (gitsync.Result, error) {
	f.ask("undo %q", operation)
	return f.one(), f.err
}

func (f *fakeSyncer) Resolve(_ context.Context, branch string) (gitsync.Result, error) {
	f.ask("resolve %q", branch)
	return f.one(), f.err
}

func (f *fakeSyncer) TakeProposal(_ context.Context, branch string) (gitsync.Result, error) {
	f.ask("take the proposal for %q", branch)
	return f.one(), f.err
}

func (f *fakeSyncer) Watch(ctx context.Context, changed func([]gitsync.Result)) error {
	f.ask("watch")
	changed(f.results)
	f.stop()
	<-ctx.Done()
	return ctx.Err()
}

func (f *fakeSyncer) Arrivals(_ context.Context, all bool) ([]gitsync.Arrival, error) {
	if all {
		return f.arrivals, f.err
	}
	return slices.DeleteFunc(slices.Clone(f.arrivals), func(a gitsync.Arrival) bool { return a.Seen }), f.err
}
func (f *fakeSyncer) ArrivalsStamp() string { return "" }
func (f *fakeSyncer) ArrivedIn(context.Context, gitsync.Hash, gitsync.Hash, string) (gitsync.ArrivedFile, bool, error) {
	return gitsync.ArrivedFile{}, false, nil
}

func (f *fakeSyncer) Saw(operation string) error {
	f.ask("saw %q", operation)
	return nil
}

func (f *fakeSyncer) Log() ([]journal.Operation, error) { return f.log, f.err }

func (f *fakeSyncer) Undoable([]journal.Operation) map[string]bool { return nil }

// syncRun runs "airside sync" with a syncer.
func syncRun(t *testing.T, f *fakeSyncer, openErr error, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f.stop = cancel
	var out, errOut bytes.Buffer
	std := stdio{in: io.NopCloser(strings.NewReader("")), out: closer{&out}, err: &errOut}
	open := func(string, []string, workspace.SyncSettings, workspace.SyncHooks, *slog.Logger) (repositorySyncer, error) {
		return f, openErr
	}
	code = execute(ctx, rootCommand(std, environ, open), append([]string{"sync"}, args...), std)
	return code, out.String(), errOut.String()
}

var (
	inStep   = gitsync.Result{State: "IDLE", Branch: "main", Pulled: 3, Pushed: 1, Merged: true, Operation: "7"}
	offline  = gitsync.Result{State: "OFFLINE", Branch: "main", Ahead: 2, Message: "origin cannot be reached"}
	clash    = gitsync.Result{State: "CONFLICT", Branch: "side", Behind: 1, Conflicts: []gitsync.Conflict{{Path: "a\x1b[2Jb.go", Kind: "both changed"}}}
	rejected = gitsync.Result{State: "REJECTED", Branch: "x", Message: "protected branch"}
)

// arrived is one arrival that is new, and one that was seen.
func arrived() []gitsync.Arrival {
	commit := func(hash, author, subject string, mine bool) gitsync.ArrivedCommit {
		id, err := object.ParseHash(hash + strings.Repeat("0", 30))
		if err != nil {
			panic(err)
		}
		return gitsync.ArrivedCommit{Hash: id, Author: author, Subject: subject, Mine: mine}
	}
	return []gitsync.Arrival{
		{Operation: "9", Branch: "main", When: time.Now().Add(-2 * time.Hour), Commits: []gitsync.ArrivedCommit{
			commit("0123456789", "Ada", "x\x1b[2J", false), commit("abcdef0123", "A", "one", true)}},
		{Operation: "8", Branch: "side", When: time.Now().Add(-3 * time.Hour), Seen: true, Commits: []gitsync.ArrivedCommit{
			commit("fedcba9876", "Grace", "three", false)}},
	}
}

// TestSyncCommandLines: what each command asks, prints and ends with.
func TestSyncCommandLines(t *testing.T) {
	list := func(results ...gitsync.Result) []gitsync.Result { return results }
	tests := []struct {
		args    string
		results []gitsync.Result
		off     bool  // not opted in
		err     error // of the syncer
		environ string
		arrived bool

		code  int
		asked string
		out   string
		says  string // part of the one line on stderr
	}{
		{args: "", results: list(inStep), asked: `round []`, out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "", results: list(gitsync.Result{State: "IDLE", Branch: "main"}), asked: `round []`, out: "✓ main  in step\n"},
		{args: "", results: list(gitsync.Result{State: "IDLE", Branch: "main", Comments: &gitsync.CommentsResult{Received: 2, Sent: 1, Problem: "x\x1b[2J"}}), asked: `round []`, out: "✓ main  in step\n✓ comments: 2 received, 1 sent\n! comments: x\n"},
		{args: "", results: list(offline), asked: `round []`, out: "· main  OFFLINE; 2 to push; origin cannot be reached\n"},
		{args: "--branch a --branch b", results: list(inStep), asked: `round ["a" "b"]`, out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "", results: list(offline, clash, rejected), asked: `round []`, code: 3,
			out: "· main  OFFLINE; 2 to push; origin cannot be reached\n✗ side  CONFLICT; 1 to pull\n    a\\x1b[2Jb.go  both changed\n! x  REJECTED; protected branch\n"},
		{args: "", results: list(rejected), asked: `round []`, code: 1, out: "! x  REJECTED; protected branch\n"},
		{args: "", off: true, code: 1, says: "`airside sync enable` opts it in"},
		{args: "--json", results: list(inStep), asked: `round []`,
			out: `{"state":"IDLE","branch":"main","ahead":0,"behind":0,"pulled":3,"pushed":1,"merged":true,"conflicts":[],"operation":"7","message":"","last_sync":""}` + "\n"},
		{args: "--watch", results: list(inStep), asked: "watch", out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "--watch --branch a", results: list(inStep), code: 2, says: "--watch"},
		{args: "bogus", code: 2, says: "bogus"},
		{args: "--log-level loud", code: 2, says: "--log-level"},

		{args: "enable", off: true, asked: `enable []`, out: "✓ /src/thing takes part: its current branch, from the next sync on (`airside sync`, or an open editor)\n"},
		{args: "enable main feature/*", off: true, asked: `enable ["main" "feature/*"]`, out: "✓ /src/thing takes part: branches main, feature/*, from the next sync on (`airside sync`, or an open editor)\n"},
		{args: "enable --json", off: true, results: list(offline), environ: "AIRSIDE_SYNC_BRANCHES=a,b", asked: `enable ["a" "b"]`,
			out: `{"enabled":true,"work_dir":"/src/thing","state":"OFFLINE","branch":"main","ahead":2,"behind":0,"pulled":0,"pushed":0,"merged":false,"conflicts":[],"operation":"","message":"origin cannot be reached","last_sync":""}` + "\n"},
		{args: "enable [", off: true, err: errors.New(`"[" is no pattern for branches`), code: 1, asked: `enable ["["]`, says: "no pattern"},
		{args: "disable", asked: "disable", out: "/src/thing takes no part any more; branches and remotes stay as they are\n"},
		{args: "status", results: list(inStep, clash), code: 3, out: "✓ main  3 pulled; merged; 1 pushed\n✗ side  CONFLICT; 1 to pull\n    a\\x1b[2Jb.go  both changed\n"},
		{args: "status", results: list(rejected), out: "! x  REJECTED; protected branch\n"},
		{args: "status", off: true, out: "/src/thing takes no part in sync; `airside sync enable` opts it in\n"},
		{args: "undo", results: list(inStep), asked: `undo ""`, out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "undo 7", err: errors.New("there is no operation 7; see airside sync log"), code: 1, asked: `undo "7"`, says: "there is no operation 7"},
		{args: "undo 7 8", code: 2, says: "accepts at most 1"},
		{args: "resolve --proposal", results: list(inStep), asked: `take the proposal for ""`, out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "resolve side", results: list(clash), asked: `resolve "side"`, out: "✗ side  CONFLICT; 1 to pull\n    a\\x1b[2Jb.go  both changed\n"},
		{args: "news", out: "Nothing has come in from teammates in the last days.\n"},
		{args: "news", arrived: true, asked: `saw "9"`, out: "↓ 2 new from Ada and you\n" +
			"    0123456789  Ada      main  2 h ago  x\n    abcdef0123  A (you)  main  2 h ago  one\n" +
			"seen before\n    fedcba9876  Grace  side  3 h ago  three\n"},
		{args: "news --keep", arrived: true, out: "↓ 2 new from Ada and you\n" +
			"    0123456789  Ada      main  2 h ago  x\n    abcdef0123  A (you)  main  2 h ago  one\n" +
			"seen before\n    fedcba9876  Grace  side  3 h ago  three\n"},
		{args: "", arrived: true, results: list(inStep), asked: `round []`, out: "✓ main  3 pulled; merged; 1 pushed\n"},
		{args: "status", arrived: true, results: list(offline), out: "· main  OFFLINE; 2 to push; origin cannot be reached\n↓ 2 new from Ada and you  airside sync news\n"},
		{args: "log -n -1", code: 2, says: "--max-count"},
		{args: "log", out: "Nothing has been synced yet.\n"},
		{args: "log --json", out: "[]\n"},
	}
	for _, test := range tests {
		f := &fakeSyncer{enabled: !test.off, results: test.results, err: test.err}
		if test.arrived {
			f.arrivals = arrived()
		}
		code, out, errOut := syncRun(t, f, nil, []string{test.environ}, strings.Fields(test.args)...)
		if code != test.code || out != test.out || strings.Join(f.asked, " ") != test.asked {
			t.Errorf("sync %s: code %d, asked %v, out\n%s%s\nwant code %d, asked %v, out\n%s", test.args, code, f.asked, out, errOut, test.code, test.asked, test.out)
		}
		if test.says == "" && errOut != "" || !strings.Contains(errOut, test.says) || strings.Count(errOut, "\n") > 1 {
			t.Errorf("sync %s: stderr %q, want %q", test.args, errOut, test.says)
		}
	}
}

// TestSyncJSONBranches: the current branch's object holds the others.
func TestSyncJSONBranches(t *testing.T) {
	_, out, _ := syncRun(t, &fakeSyncer{enabled: true, results: []gitsync.Result{inStep, clash}}, nil, nil, "--json")
	var got struct {
		Branch   string
		Branches []struct {
			Branch    string
			Conflicts []map[string]string
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || strings.Count(out, "\n") != 1 {
		t.Fatal(err, out)
	}
	if got.Branch != "main" || len(got.Branches) != 1 || got.Branches[0].Branch != "side" || got.Branches[0].Conflicts[0]["kind"] != "both changed" {
		t.Errorf("%+v", got)
	}
}

func TestSyncOutsideOfARepository(t *testing.T) {
	for _, args := range []string{"", "status", "log", "undo", "resolve", "enable", "disable"} {
		code, out, errOut := syncRun(t, &fakeSyncer{}, errors.New("/tmp is in no git repository: git init makes one"), nil, strings.Fields(args)...)
		if code != 1 || out != "" || errOut != "airside: /tmp is in no git repository: git init makes one\n" {
			t.Errorf("sync %s: code %d, out %q, err %q", args, code, out, errOut)
		}
	}
}

func TestRenderLog(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	list := []operation{
		{ID: "20261124T115500-000003", Kind: "sync", Branch: "main", Began: now.Add(-5 * time.Minute)},
		{ID: "20261124T090000-000002", Kind: "undo", Branch: "feature/grüße", Began: now.Add(-3 * time.Hour), Ended: now, State: "IDLE", Message: "back to 1234567"},
		{ID: "20261101T090000-000001", Kind: "sync", Branch: "m\n", Began: now.Add(-500 * time.Hour), Ended: now, State: "CONFLICT"},
	}
	want := `OPERATION               WHEN        WHAT  BRANCH         STATE
20261124T115500-000003  5 min ago   sync  main           unfinished
20261124T090000-000002  3 h ago     undo  feature/grüße  IDLE        back to 1234567
20261101T090000-000001  2026-11-03  sync  m\n            CONFLICT
`
	if got := renderLog(false, nil, list, now); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := renderLog(true, nil, list, now); !strings.Contains(got, "\x1b[31mCONFLICT") {
		t.Errorf("no color: %q", got)
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local)
	for want, when := range map[string]time.Time{
		"never":            {},
		"just now":         now.Add(30 * time.Second),
		"59 min ago":       now.Add(-time.Hour + time.Second),
		"23 h ago":         now.Add(-24*time.Hour + time.Second),
		"yesterday":        now.Add(-47 * time.Hour),
		"13 days ago":      now.Add(-13*24*time.Hour - time.Hour),
		"2026-10-24":       now.AddDate(0, -1, 0),
		"2026-11-25 12:00": now.Add(24 * time.Hour), // the clock was set back
	} {
		if got := ago(when, now); got != want {
			t.Errorf("%v: %q, want %q", when, got, want)
		}
	}
}

// TestDoctorRepository: the lines about repository and remotes.
func TestDoctorRepository(t *testing.T) {
	open := func(f *fakeSyncer, err error) syncOpener {
		return func(string, []string, workspace.SyncSettings, workspace.SyncHooks, *slog.Logger) (repositorySyncer, error) {
			return f, err
		}
	}
	for _, test := range []struct {
		open syncOpener
		want string
	}{
		{open(nil, errors.New("no repository here")), "· repository no repository here\n"},
		{open(&fakeSyncer{}, nil), "· repository /src/thing takes no part in sync; `airside sync enable` opts it in\n"},
		{open(&fakeSyncer{enabled: true, results: []gitsync.Result{offline}}, nil),
			"✓ repository /src/thing takes part in sync\n             · main  OFFLINE; 2 to push; origin cannot be reached\n"},
	} {
		var b strings.Builder
		o, _ := loadSettings(nil)
		checkRepository(t.Context(), ".", nil, test.open, o, slog.New(slog.DiscardHandler)).print(&b, false, time.Now())
		if b.String() != test.want {
			t.Errorf("got %q, want %q", b.String(), test.want)
		}
	}
	var b strings.Builder
	programsCheck{Git: "/usr/bin/git"}.print(&b, false)
	if got := b.String(); !strings.HasPrefix(got, "! remotes    git at /usr/bin/git; no ssh program") {
		t.Errorf("got %q", got)
	}
}

// TestProgressLine: one line that is written over, and gone in the end; a file
// or a pipe gets none of it.
func TestProgressLine(t *testing.T) {
	var b bytes.Buffer
	line := &progressLine{w: &b}
	line.clear()
	line.show("receiving 5%\n")
	line.show(strings.Repeat("é", 100) + "\x1b[2J")
	line.clear()
	line.clear()
	if want := "\r\x1b[Kreceiving 5%\r\x1b[K" + strings.Repeat("é", maxProgress) + "\r\x1b[K"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	none := newProgressLine(&b, nil)
	none.show("receiving")
	none.clear()
	if b.Len() > 0 {
		t.Errorf("not a terminal, and got %q", b.String())
	}
}

func TestRenderSyncInColor(t *testing.T) {
	last := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	r := offline
	r.LastSync = last
	want := "\x1b[2m·\x1b[0m \x1b[1mmain\x1b[0m  \x1b[2mOFFLINE\x1b[0m; 2 to push; origin cannot be reached; \x1b[2mlast sync 2 h ago\x1b[0m\n"
	if got := renderSync(true, workspace.SyncResults(r), last.Add(2*time.Hour)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
