// Memory measures what the built-in backend suggests on held-out line ends:
// the network alone, the memory of the workspace alone, and both. See make
// bench-memory.
//
// A place is a cursor inside a line, behind a token; the rest of the line was cut
// out and is wanted. The memory has the rest of the open file as the editor would
// hold it, and the other files of its repository; of the file itself it has
// nothing else, so that what is wanted can only come from elsewhere. The network
// gets what the engine gives it. Places are drawn by seed, the same for all ways.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/realtest"
	"github.com/airside-ls/airside/completion/model/servers"
)

// set is places of one kind.
type set struct {
	name         string
	repositories []repository
}

var ways = []string{"longest match", "network", "memory", "both"}

func main() {
	n := flag.Int("n", 200, "places for each set")
	seed := flag.Uint64("seed", 1, "draws the places")
	sources := flag.String("sources", "", "a folder of repositories, for the sets beside Go's standard library")
	only := flag.String("only", "", "the sets to measure, by a part of the name; empty is all")
	way := flag.String("ways", strings.Join(ways, ","), "ways to answer")
	out := flag.String("out", "", "write figures.json and curve.svg into this folder")
	show := flag.Bool("show", false, "print every answer")
	flag.BoolVar(&cold, "cold", false, "ask about places of which nothing was read before, as right after a file was opened")
	again := flag.Bool("fit", false, "tell from which confidence on 60% of what is shown is right: for DefaultConfidence and doubted in package completion")
	network := flag.String("model", "", "a GGUF file instead of the built-in model")
	flag.StringVar(&weighedTo, "weighed", "", "with ways=both: append what was weighed at each place to this file, a line of JSON each")
	fitOn := flag.String("fit-on", "", "fit the odds of package odds on such a file")
	tryOn := flag.String("try-on", "", "and tell what they give on this one, which is of other repositories")
	parameters := flag.Int64("parameters", 3e8, "with -fit-on: of the network that both files are of")
	flag.IntVar(&engineOptions.Threads, "threads", 0, "threads of the built-in engine")
	flag.IntVar(&engineOptions.ContextTokens, "context", 0, "its context in tokens; its prompts are the shorter")
	starts := flag.Int("starts", 0, "ask the network alone at so many line starts, and count what begins with a blank")
	words := flag.Int("words", 0, "ask it at so many places inside words, with healing and without")
	serve := flag.Bool("server", false, "serve the model by a llama-server (AIRSIDE_LLAMA_SERVER) instead of the built-in engine")
	once := flag.Bool("once", false, "ask once, with every suggestion shown: no times as a user has them")
	flag.BoolVar(&definitions, "definitions", false, "show the network what other files define")
	flag.Float64Var(&whole, "whole", 0, "the share of places at which a whole line is wanted; at the others a cursor stands within it")
	within := flag.Duration("for", 0, "with -weighed: how long to go on; 0 is to the end")
	flag.Parse()
	until := time.Now().Add(*within)
	if *within == 0 {
		until = until.AddDate(1, 0, 0)
	}
	if *fitOn != "" {
		if err := judgeOdds(*fitOn, *tryOn, *parameters); err != nil {
			fail(err)
		}
		return
	}
	if *serve {
		s, err := realtest.StartServer(*network, "-t", strconv.Itoa(max(1, engineOptions.Threads)))
		if err != nil {
			fail(err)
		}
		server = s
		defer server.Close()
	}
	var all []figures
	list := sets(*sources)
	if *starts+*words > 0 {
		measureHealing(list, *seed, *starts, *words, *network)
		return
	}
	named := slices.ContainsFunc(list, func(s set) bool { return s.name == *only })
	for _, s := range list {
		if s.name != *only && (!strings.Contains(s.name, *only) || named) || len(s.repositories) == 0 {
			continue
		}
		places, of := draw(s.repositories, *seed, *n)
		if len(places) == 0 {
			continue
		}
		fmt.Printf("%s: %d places in %d repositories\n", s.name, len(places), len(s.repositories))
		if weighedTo != "" {
			if err := collect(s, places, of, *network, until); err != nil {
				fail(err)
			}
			continue
		}
		for _, w := range strings.Split(*way, ",") {
			answers := measure(w, s, places, of, *network, everything)
			tellOfOthers(s, places, of, answers)
			f := score(places, answers, completion.DefaultConfidence, *network != "" && (w == "both" || w == "network"))
			if *again {
				least, shown := fit(places, answers, 60)
				fmt.Printf("  %-14s 60%% right from confidence %.2f on, %.0f%% shown\n", w, least, shown)
			}
			if w != "longest match" && !*again && !*once { // as a user has it: what is not shown is given up early
				f.P50MS, f.P95MS = latency(measure(w, s, places, of, *network, completion.DefaultConfidence))
			}
			f.Set, f.Way = s.name, w
			all = append(all, f)
			fmt.Printf("  %-14s exact %5.1f%%  similarity %5.1f  shown %5.1f%%  right %5.1f%%  p50 %6.1f ms  p95 %6.1f ms\n",
				w, f.Exact, f.Similarity, f.Shown, f.Right, f.P50MS, f.P95MS)
			if *show {
				for i, a := range answers {
					fmt.Printf("    %5v %.2f %q | %q | %q\n", strings.TrimSpace(heldout.FirstLine(a.text)) == strings.TrimSpace(places[i].want), a.confidence,
						places[i].text[max(0, places[i].at-40):places[i].at], a.text, places[i].want)
				}
			}
		}
	}
	if *out != "" {
		if err := write(*out, all); err != nil {
			fail(err)
		}
	}
}

// sets are Go's standard library, and for each language the repositories below
// sources that have some of it.
func sets(sources string) []set {
	list := []set{{"Go, standard library", []repository{find(filepath.Join(goroot(), "src"), []string{".go"})}}}
	if sources == "" {
		return list
	}
	folders, err := os.ReadDir(sources)
	if err != nil {
		fail(err)
	}
	for _, language := range heldout.Languages[:5] {
		s := set{name: language.Name}
		for _, f := range folders {
			if !f.IsDir() {
				continue
			}
			if r := find(filepath.Join(sources, f.Name()), language.Endings); len(r.files) >= 5 {
				s.repositories = append(s.repositories, r)
			}
		}
		list = append(list, s)
	}
	return list
}

func goroot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/memory: go env GOROOT:", err)
		os.Exit(1)
	}
	return strings.TrimSpace(string(out))
}

// patience is how long an answer may take: what is right is measured, and a large
// model on a busy machine is slow.
const patience = 5 * time.Minute

// everything is the confidence at which every suggestion is shown.
const everything = 1e-9

// measure answers all places in one way, repository by repository.
func measure(way string, s set, places []place, of []int, network string, least float64) []answer {
	answers := make([]answer, len(places))
	if way == "longest match" {
		for i, p := range places {
			answers[i] = longest(p)
		}
		return answers
	}
	for k, r := range s.repositories {
		if !slices.Contains(of, k) {
			continue
		}
		engine, backend := newEngine(way, network, least)
		if way != "network" || definitions {
			learn(engine, r)
		}
		for i, p := range places {
			if of[i] == k {
				answers[i] = ask(engine, backend, p)
			}
		}
		engine.Close()
	}
	return answers
}

func newEngine(way, network string, least float64) (*completion.Engine, model.Backend) {
	o := engineOptions
	if weighedTo != "" && way == "both" {
		o.OnWeighed = func(w builtin.WeighedLine) {
			heard = append(heard, w)
			heardEnough() // of further lines nothing is recorded
		}
	}
	backend := newBackend(network, o)
	if way == "memory" {
		backend = builtin.MemoryOnly{}
	}
	return completion.New(completion.Options{
		Backends: []model.Backend{backend}, Forgetful: way == "network", Definitions: definitions, Confidence: least, Timeout: patience,
	}), backend
}

// server is the llama-server that has the model; nil without one.
var server *realtest.Server

// newBackend is the built-in engine with a model, or the server that has it.
func newBackend(network string, o builtin.Options) model.Backend {
	if server == nil {
		return builtin.NewBackend(network, o)
	}
	b, err := servers.NewLlamaCpp(servers.LlamaCppOptions{URL: server.URL})
	if err != nil {
		fail(err)
	}
	return shortBackend{b, o.ContextTokens}
}

// shortBackend is a backend with a context of so many tokens at most; 0 bounds nothing.
type shortBackend struct {
	model.Backend
	tokens int
}

// Probe implements [model.Backend].
func (s shortBackend) Probe(ctx context.Context) (model.Info, error) {
	info, err := s.Backend.Probe(ctx)
	if s.tokens > 0 {
		info.ContextTokens = min(info.ContextTokens, s.tokens)
	}
	return info, err
}

// learn waits until a repository is learned.
func learn(engine *completion.Engine, r repository) {
	engine.AddWorkspace(completion.Workspace{Root: r.root, List: func(context.Context) ([]string, bool, error) { return r.files, true, nil }})
	for {
		if l := engine.Learned(); len(l) > 0 && l[0].Done {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// definitions has prompts show what other files define.
var definitions bool

// cold asks about places that nobody has been near.
var cold bool

// ask opens the file as the editor has it and asks once. Unless cold, the line's
// beginning was asked about before that, under another name, as if the user had
// typed on from there: the network has read all but the line, ahead if it was not
// needed there.
func ask(engine *completion.Engine, backend model.Backend, p place) answer {
	document := completion.Document{Path: p.path, Language: completion.LanguageOf(p.path), Text: p.text}
	if !cold {
		askAtLineStart(engine, p, document)
		if b, ok := backend.(*builtin.Backend); ok {
			_ = b.Settle(context.Background())
		}
	}
	engine.DidOpen(document)
	ctx, enough := context.WithCancel(context.Background())
	defer enough()
	heardEnough = enough
	start := time.Now()
	res, err := engine.Complete(ctx, completion.Request{Document: document, Offset: p.at})
	a := answer{took: time.Since(start), confidence: res.Trace.Confidence, remembered: res.Trace.Remembered > 0, snippets: res.Trace.Snippets}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "bench/memory:", p.path, err)
	}
	if len(res.Suggestions) > 0 {
		a.text = res.Suggestions[0].Text
	}
	engine.DidClose(document.Path)
	return a
}

// askAtLineStart asks where the line of a place begins.
func askAtLineStart(engine *completion.Engine, p place, document completion.Document) {
	document.Path = filepath.Join(filepath.Dir(p.path), "warm-"+filepath.Base(p.path))
	begin := strings.LastIndexByte(p.text[:p.at], '\n') + 1
	engine.Complete(context.Background(), completion.Request{Document: document, Offset: begin, Trigger: completion.Invoked, MaxTokens: 1})
}

func write(folder string, all []figures) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "figures.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "curve.svg"), []byte(curve(all)), 0o644)
}
