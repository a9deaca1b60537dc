//go:build e2e

package e2e

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkE2EStands is whether ghost text stands when somebody has paused at a place
// where the model has an answer, in the real editors at their defaults, with a real model:
// "opened" behind the key that opens a line in a function, "typed" behind the half of the
// next line. Where nothing stands the model is asked by a command, with all the time that
// it takes: a place for which it has nothing even then is no try. It prints a table.
//
// AIRSIDE_STANDS_TRIES is how many tries there are (100), AIRSIDE_FIRST_MODEL the model
// ("1.5B"), AIRSIDE_FIRST_PAUSE the pause, and how long somebody looks at a place first (3s).
func BenchmarkE2EStands(b *testing.B) {
	tries, err := strconv.Atoi(cmp.Or(os.Getenv("AIRSIDE_STANDS_TRIES"), "100"))
	must(b, err)
	pause, err := time.ParseDuration(cmp.Or(os.Getenv("AIRSIDE_FIRST_PAUSE"), "3s"))
	must(b, err)
	for _, editor := range []string{"neovim", "vscode"} {
		for _, backend := range []string{"builtin", "llamacpp"} {
			b.Run(editor+"/"+backend, func(b *testing.B) {
				const each = 4                                                  // places in a file
				waits := writeWaits(b, (tries+tries/2+2*each-1)/(2*each), each) // some have no answer
				t := &stood{tries: tries}
				for b.Loop() {
					if editor == "neovim" {
						standInNeovim(b, t, waits, pause, realModel(b, backend))
					} else {
						standInVSCode(b, t, waits, pause, realModel(b, backend))
					}
				}
				t.report(b, editor+", "+backend, pause)
			})
		}
	}
}

// stood counts tries.
type stood struct {
	tries  int // wanted
	after  []time.Duration
	missed []string // where the model has an answer, and nothing stood
	none   int      // places for which the model has nothing
}

func (s *stood) enough() bool { return len(s.after)+len(s.missed) >= s.tries }

func (s *stood) report(b *testing.B, name string, pause time.Duration) {
	counted := len(s.after) + len(s.missed)
	b.Logf("%-20s %6s %6s %6s %9s %9s", "", "tries", "stood", "none", "p50 ms", "p95 ms")
	slices.Sort(s.after)
	at := func(share float64) int64 {
		if len(s.after) == 0 {
			return 0
		}
		return s.after[int(share*float64(len(s.after)-1)+0.5)].Milliseconds()
	}
	b.Logf("%-20s %6d %6d %6d %9d %9d   after a pause of %v", name, counted, len(s.after), s.none, at(0.5), at(0.95), pause)
	for _, m := range s.missed {
		b.Logf("nothing stood: %s", m)
	}
	b.ReportMetric(float64(counted), "tries")
	b.ReportMetric(float64(len(s.after)), "stood")
	b.ReportMetric(float64(at(0.5)), "p50-ms")
	b.ReportMetric(float64(at(0.95)), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

func standInNeovim(b *testing.B, s *stood, waits []wait, pause time.Duration, env []string) {
	w := startWaiting(b, waits[0].path, env)
	for _, at := range waits {
		if s.enough() {
			return
		}
		w.u.command("edit! " + at.path)
		w.u.finish(fmt.Sprintf("<Esc>%dG", at.Line))
		time.Sleep(pause)
		w.standAfter(s, "o", pause, fmt.Sprintf("opened %s:%d", at.File, at.Line+1))
		for _, key := range at.Half[:len(at.Half)-1] {
			<-w.rhythm.C
			w.u.keys(keyName(key))
		}
		<-w.rhythm.C
		w.standAfter(s, keyName(rune(at.Half[len(at.Half)-1])), pause, fmt.Sprintf("typed %s:%d", at.File, at.Line+1))
		w.u.finish("<Esc>")
		w.u.command("bdelete!")
	}
}

// standAfter presses a key, pauses, and looks.
func (w *waiting) standAfter(s *stood, key string, pause time.Duration, what string) {
	u := w.u
	u.mu.Lock()
	w.seen = time.Time{}
	u.mu.Unlock()
	began := time.Now()
	u.keys(key)
	time.Sleep(time.Until(began.Add(pause)))
	u.mu.Lock()
	ghost, seen := u.ghostLocked(), w.seen
	u.mu.Unlock()
	switch {
	case ghost != "":
		s.after = append(s.after, seen.Sub(began))
	case u.lua(`local c = vim.lsp.get_clients({ name = 'airside' })[1]
		local p = vim.lsp.util.make_position_params(0, c.offset_encoding)
		p.context = { triggerKind = 1 }
		local r = c:request_sync('textDocument/inlineCompletion', p, 20000, 0)
		return r ~= nil and type(r.result) == 'table' and #(r.result.items or r.result) > 0`) == true:
		s.missed = append(s.missed, what)
	default:
		s.none++
	}
}

var standing = regexp.MustCompile(`(?m)^stands: (.+) (?:after (\d+) ms|not, and the model has (an answer|none))$`)

func standInVSCode(b *testing.B, s *stood, waits []wait, pause time.Duration, env []string) {
	c := startCodeServer(b, untouched, env, allTrusted)
	c.world.Folders["code"] = filepath.Dir(waits[0].path)
	for len(waits) > 0 && !s.enough() {
		n := min(len(waits), 10)
		c.world.Waits, c.world.LookMS = waits[:n], pause.Milliseconds()
		waits = waits[n:]
		for _, line := range standing.FindAllStringSubmatch(strings.ReplaceAll(c.journeys("stands"), "\r", ""), -1) {
			switch {
			case s.enough():
			case line[2] != "":
				ms, err := strconv.Atoi(line[2])
				must(b, err)
				s.after = append(s.after, time.Duration(ms)*time.Millisecond)
			case line[3] == "an answer":
				s.missed = append(s.missed, line[1])
			default:
				s.none++
			}
		}
	}
}
