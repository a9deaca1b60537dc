package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/odds"
	"github.com/airside-ls/airside/completion/prompt"
)

var (
	engineOptions builtin.Options
	weighedTo     string // where record writes; "" for nowhere
	heard         []builtin.WeighedLine
	heardEnough   context.CancelFunc // ends the answer under way
)

// weighedPlace is what was said of one place: the lines that the network and the memory
// had for it.
type weighedPlace struct {
	Set, Repository string
	Path            string // in the repository
	At              int    // bytes before the cursor
	Before, Want    string
	Options         []odds.Option // the network's own line first; none if nobody was asked
	// Line is the network's own by token, Expected what the memory named, likeliest
	// first; both begin with the part of a token that stands before the cursor.
	Line     string               `json:",omitempty"`
	Tokens   []model.Token        `json:",omitempty"`
	Cut      bool                 `json:",omitempty"` // the network did not end Line itself
	Expected []model.Continuation `json:",omitempty"`
}

// key names a place.
func (w weighedPlace) key() string { return fmt.Sprint(w.Set, w.Repository, w.Path, w.At, w.Want) }

func weighedOf(set, root string, p place) weighedPlace {
	path, _ := filepath.Rel(root, p.path)
	return weighedPlace{Set: set, Repository: filepath.Base(root), Path: path, At: p.at, Before: p.text[max(0, p.at-40):p.at], Want: p.want}
}

// right tells whether an option is what was wanted. It begins with the part of a
// token that stands before the cursor already.
func (w weighedPlace) right(o odds.Option) bool {
	rest, ok := strings.CutPrefix(o.Text, prompt.Unfinished(w.Before))
	return ok && strings.TrimSpace(heldout.FirstLine(rest)) == strings.TrimSpace(w.Want)
}

// collect asks about places, in their order, and appends what was weighed at each to
// weighedTo, until a time. Those that stand there already are passed over.
func collect(s set, places []place, of []int, network string, until time.Time) error {
	known := map[string]bool{}
	old, err := readWeighed(weighedTo)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, w := range old {
		known[w.key()] = true
	}
	type asked struct {
		engine  *completion.Engine
		backend model.Backend
	}
	engines := map[int]asked{}
	defer func() {
		for _, a := range engines {
			a.engine.Close()
		}
	}()
	for i, p := range places {
		w := weighedOf(s.name, s.repositories[of[i]].root, p)
		if known[w.key()] {
			continue
		}
		if time.Now().After(until) {
			return nil
		}
		a, ok := engines[of[i]]
		if !ok {
			a.engine, a.backend = newEngine("both", network, everything)
			learn(a.engine, s.repositories[of[i]])
			engines[of[i]] = a
		}
		heard = nil
		ask(a.engine, a.backend, p)
		if len(heard) > 0 {
			first := heard[0] // of further lines nothing is recorded
			w.Options, w.Line, w.Tokens, w.Cut, w.Expected = first.Options, first.Line, first.Tokens, !first.Ended, first.Expected
		}
		if err := w.record(); err != nil {
			return err
		}
	}
	return nil
}

func (w weighedPlace) record() error {
	line, err := json.Marshal(w)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(weighedTo, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Close()
}

func readWeighed(path string) (places []weighedPlace, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var w weighedPlace
		if err := json.Unmarshal(in.Bytes(), &w); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		places = append(places, w)
	}
	return places, in.Err()
}
