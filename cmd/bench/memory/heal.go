package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
)

// measureHealing asks the network alone, through the engine, at cursors that stand
// inside a token: behind a line's indentation, where no suggestion may begin with a
// blank, and inside words, where as many as possible are to be exact, with healing
// and without it.
func measureHealing(list []set, seed uint64, starts, words int, network string) {
	if starts > 0 {
		asked, suggestions, blank := 0, 0, 0
		eachPlace(list, seed, starts, cutStart, newEngineFor(network, false), func(_ place, text string) {
			if text != "" {
				suggestions++
			}
			if strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t") {
				blank++
				fmt.Printf("  begins with a blank: %q\n", text)
			}
			if asked++; asked%50 == 0 && asked < starts { // it takes long, and may be ended
				fmt.Printf("  after %d places: %d of %d suggestions begin with a blank\n", asked, blank, suggestions)
			}
		})
		fmt.Printf("%s, line starts: %d of %d suggestions at %d places begin with a blank\n", engineName(), blank, suggestions, starts)
	}
	if words == 0 {
		return
	}
	var exact [2][]bool
	for i, unhealed := range []bool{false, true} {
		eachPlace(list, seed, words, cutWord, newEngineFor(network, unhealed), func(p place, text string) {
			exact[i] = append(exact[i], strings.TrimSpace(heldout.FirstLine(text)) == strings.TrimSpace(p.want))
		})
	}
	only := [2]int{}
	for i := range exact[0] {
		if exact[0][i] != exact[1][i] {
			if exact[0][i] {
				only[0]++
			} else {
				only[1]++
			}
		}
	}
	fmt.Printf("%s, within words: exact %s healed, %s not; %d places only healed, %d only not, n = %d\n",
		engineName(), share(exact[0]), share(exact[1]), only[0], only[1], len(exact[0]))
}

func engineName() string {
	if server != nil {
		return "llama-server"
	}
	return "built-in engine"
}

// newEngineFor makes engines whose suggestions are all shown.
func newEngineFor(network string, unhealed bool) *completion.Engine {
	backend := newBackend(network, engineOptions)
	if unhealed {
		backend = smallBackend{backend}
	}
	return completion.New(completion.Options{Backends: []model.Backend{backend}, Forgetful: true, Confidence: everything, Timeout: patience})
}

// smallBackend is a backend that says that its model is too small to be healed.
type smallBackend struct{ model.Backend }

// Probe implements [model.Backend].
func (s smallBackend) Probe(ctx context.Context) (model.Info, error) {
	info, err := s.Backend.Probe(ctx)
	info.Parameters = 1
	return info, err
}

// eachPlace asks at so many places, and closes the engine.
func eachPlace(list []set, seed uint64, n int, cut func(*rand.Rand, string, string) (place, bool), engine *completion.Engine, answered func(place, string)) {
	defer engine.Close()
	var repositories []repository
	for _, s := range list[1:] { // without Go's standard library, which models know
		repositories = append(repositories, s.repositories...)
	}
	if len(repositories) == 0 {
		fmt.Fprintln(os.Stderr, "bench/memory: -sources has no folder with five sources of one language; it wants a folder of repositories")
		os.Exit(1)
	}
	for _, p := range drawBy(repositories, seed, n, cut) {
		document := completion.Document{Path: p.path, Language: completion.LanguageOf(p.path), Text: p.text}
		res, err := engine.Complete(context.Background(), completion.Request{Document: document, Offset: p.at, MaxTokens: 24})
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench/memory:", p.path, err)
		}
		engine.DidClose(p.path)
		text := ""
		if len(res.Suggestions) > 0 {
			text = res.Suggestions[0].Text
		}
		answered(p, text)
	}
}

func drawBy(repositories []repository, seed uint64, n int, cut func(*rand.Rand, string, string) (place, bool)) (list []place) {
	random := rand.New(rand.NewPCG(seed, 7))
	for tries := 0; len(list) < n && tries < 100*n; tries++ {
		r := repositories[random.IntN(len(repositories))]
		path := r.files[random.IntN(len(r.files))]
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if p, ok := cut(random, path, strings.ReplaceAll(string(raw), "\r\n", "\n")); ok {
			list = append(list, p)
		}
	}
	return list
}

// cutStart is a place behind the indentation of a line, which was cut out.
func cutStart(random *rand.Rand, path, text string) (place, bool) {
	return cutAt(random, path, text, func(line string) []int {
		if n := len(line) - len(strings.TrimLeft(line, " \t")); n > 0 {
			return []int{n}
		}
		return nil
	})
}

// cutWord is a place inside a word, the rest of whose line was cut out.
func cutWord(random *rand.Rand, path, text string) (place, bool) {
	return cutAt(random, path, text, func(line string) (list []int) {
		for at := 2; at+2 < len(line); at++ {
			if letter(line[at-2]) && letter(line[at-1]) && letter(line[at]) && letter(line[at+1]) {
				list = append(list, at)
			}
		}
		return list
	})
}

func letter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }

func cutAt(random *rand.Rand, path, text string, places func(line string) []int) (place, bool) {
	lines := strings.SplitAfter(text, "\n")
	n := random.IntN(len(lines))
	line := strings.TrimRight(lines[n], " \t\n")
	code := strings.TrimLeft(line, " \t")
	if len(code) < 8 || slices.ContainsFunc([]string{"//", "#", "*", "/*", `"""`}, func(s string) bool { return strings.HasPrefix(code, s) }) {
		return place{}, false
	}
	list := places(line)
	if len(list) == 0 {
		return place{}, false
	}
	at := list[random.IntN(len(list))]
	before := len(strings.Join(lines[:n], ""))
	return place{path: path, text: text[:before+at] + text[before+len(line):], at: before + at, want: line[at:]}, true
}
