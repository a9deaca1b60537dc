// Quality measures what airside suggests at places in repositories on this disk: the
// server itself, by LSP, with the files as they were before what is wanted was written,
// and beside it, on the same model and places, the recipes of other programs. See make
// bench-quality.
//
// A place is a cursor in a file of a repository. What is wanted there is taken out of a
// scratch copy of the repository, which has no history: it is nowhere on the disk that
// the server sees, and lines that stand elsewhere, too, are no places. Places are drawn
// by seed, the same for all ways.
//
// Figures: exact, answers equal to what was wanted (as many lines, the space at their
// ends aside), whatever is shown of them; similarity, 1 minus the edit distance by the
// longer length; shown, places at which a user who has not asked sees something; right,
// of those; parses, of those, after which the file has no syntax error (it had none
// before something was cut out); saved, of the characters wanted, those of the beginning
// of what is shown, whole words; milliseconds until something is shown or it is known
// that nothing is; tokens of the prompt; recall, of the places whose answer uses a name that
// another file declares, those at which its definition is in the prompt. Recall needs no
// model: -backend none.
//
// With -wait 0 a prompt shows all that fits -context, and nothing depends on how fast
// the machine is: two runs give equal figures, but for the times. With another one a
// user's waiting is measured, too.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/airside-ls/airside/cmd/bench/backend"
	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/model/realtest"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax"
	"github.com/airside-ls/airside/lsp/settings"
)

// ownWay is a way to ask airside: with parts of it switched on by the environment.
type ownWay struct {
	name    string
	environ []string
	keeps   []string // endings of the files in which what is learned is kept
}

// ablations are airside's own ways.
var ablations = ablationsOf(slices.ContainsFunc(settings.Fields(), func(f settings.Field) bool { return f.Name == "completion.definitions" }))

// ablationsOf are airside's own ways, with what other files define or, where there is no
// such setting, without.
func ablationsOf(definitions bool) []ownWay {
	const memory, defined = "AIRSIDE_BUILTIN_MEMORY=", "AIRSIDE_COMPLETION_DEFINITIONS="
	if !definitions {
		return []ownWay{{"file only", []string{memory + "false"}, nil}, {"+ memory", []string{memory + "true"}, []string{"memory"}}}
	}
	return []ownWay{
		{"file only", []string{memory + "false", defined + "false"}, nil},
		{"+ definitions", []string{memory + "false", defined + "true"}, []string{"symbols"}},
		{"+ memory", []string{memory + "true", defined + "false"}, []string{"memory"}},
		{"all", []string{memory + "true", defined + "true"}, []string{"memory", "symbols"}},
	}
}

// noModel is the backend that answers nothing of use: it is for what a prompt shows.
const noModel = "none"

// options are what the flags say.
type options struct {
	placeFilter
	airside string
	backend string
	model   string
	ways    []string
	since   time.Time
	anyAge  bool
	context int
	threads int
	wait    time.Duration
	asJSON  bool
	picture string
	show    bool
	record  string
	within  time.Duration
}

func main() {
	o, dirs, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/quality:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	m, err := run(ctx, o, dirs)
	if err == nil {
		err = m.tell()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/quality:", err)
		os.Exit(1)
	}
}

// parse reads the flags, behind which the repositories stand.
func parse(args []string) (o options, dirs []string, err error) {
	flags := flag.NewFlagSet("bench/quality", flag.ContinueOnError)
	flags.StringVar(&o.airside, "airside", "./airside", "the airside to ask")
	flags.StringVar(&o.backend, "backend", "builtin", "who runs the model: builtin, llamacpp, ollama, openai, or none, which tells what prompts show; where that is, is said by AIRSIDE_LLAMACPP_URL and the like")
	flags.StringVar(&o.model, "model", "", "a GGUF file, or 0.5B or 1.5B for one of those that .ci/parts brings, for builtin, or for a llama-server that is started for it (AIRSIDE_LLAMA_SERVER names the program); or the name of a model of the server")
	flags.IntVar(&o.N, "n", 50, "places of each language")
	flags.Uint64Var(&o.Seed, "seed", 1, "draws the places")
	languages := flags.String("languages", "", "languages, separated by commas; empty is all of which there are files enough")
	chosen := flags.String("kinds", "", "kinds of places, separated by commas; empty is all: "+join(kinds))
	ways := flags.String("ways", "", "ways to ask, separated by commas; empty is all: "+strings.Join(allWays(), ","))
	since := flags.String("since", "2025-01-01", "places in files that were first committed on that day or later: younger than the model")
	flags.BoolVar(&o.anyAge, "any-age", false, "places in all files, and in folders without a history: a model may know them by heart")
	flags.BoolVar(&o.Copied, "copies", false, "also places whose lines stand elsewhere in the repository, too")
	flags.IntVar(&o.context, "context", 2048, "the model's context, in tokens, for all ways")
	flags.IntVar(&o.threads, "threads", 2, "threads of a llama-server that is started")
	flags.DurationVar(&o.wait, "wait", 0, "how long a user waits (completion.waitMs); 0 shows the model all that fits, so that figures do not depend on the machine")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON: the figures, and every answer")
	flags.StringVar(&o.picture, "picture", "", "write a picture of the figures into this file (SVG)")
	flags.BoolVar(&o.show, "show", false, "print every answer")
	flags.StringVar(&o.record, "record", "", "keep every answer in this file, and ask only for those that are not in it: a run that was broken off goes on")
	flags.DurationVar(&o.within, "for", 0, "with -record: break off after this time and tell of the places at which all ways have answered; 0 is to the end")
	if err := flags.Parse(args); err != nil {
		return o, nil, err
	}
	if o.since, err = time.Parse(time.DateOnly, *since); err != nil {
		return o, nil, err
	}
	for _, l := range split(*languages) {
		i := slices.IndexFunc(heldout.Languages, func(x heldout.Language) bool { return strings.EqualFold(x.Name, l) })
		if i < 0 {
			return o, nil, fmt.Errorf("there is no language %q here", l)
		}
		o.Languages = append(o.Languages, heldout.Languages[i].Name)
	}
	for _, k := range split(*chosen) {
		if !slices.Contains(kinds, kind(k)) {
			return o, nil, fmt.Errorf("there is no kind %q: %s", k, join(kinds))
		}
		o.Kinds = append(o.Kinds, kind(k))
	}
	if o.Kinds == nil {
		o.Kinds = kinds
	}
	for _, w := range split(*ways) {
		if !slices.Contains(allWays(), w) {
			return o, nil, fmt.Errorf("there is no way %q: %s", w, strings.Join(allWays(), ", "))
		}
		o.ways = append(o.ways, w)
	}
	if o.ways == nil {
		o.ways = allWays()
		if o.backend == noModel {
			o.ways = o.ways[:len(ablations)]
		}
	}
	if flags.NArg() == 0 {
		return o, nil, fmt.Errorf("name repositories, as in: make bench-quality REPOS=~/code/one")
	}
	return o, flags.Args(), nil
}

func split(list string) (items []string) {
	for _, s := range strings.Split(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			items = append(items, s)
		}
	}
	return items
}

func join(list []kind) string {
	var names []string
	for _, k := range list {
		names = append(names, string(k))
	}
	return strings.Join(names, ",")
}

func allWays() (names []string) {
	for _, a := range ablations {
		names = append(names, a.name)
	}
	for _, r := range recipes {
		names = append(names, r.name)
	}
	return names
}

// leastFiles is how many files a language has in all repositories to be measured
// without being named.
const leastFiles = 5

// run asks in all ways at all places.
func run(ctx context.Context, o options, dirs []string) (*measurement, error) {
	work, err := os.MkdirTemp("", "airside-quality-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	if o.airside, err = filepath.Abs(o.airside); err != nil {
		return nil, err
	}
	environ, ended, err := o.serve()
	if err != nil {
		return nil, err
	}
	defer ended()
	repositories, err := o.open(ctx, dirs, work)
	if err != nil {
		return nil, err
	}
	places := choose(repositories, o.placeFilter)
	if len(places) == 0 {
		return nil, fmt.Errorf("no places: of no language are there files that were first committed since %s; with -any-age all will do", o.since.Format(time.DateOnly))
	}
	for _, s := range short(places, o.placeFilter) {
		fmt.Fprintln(os.Stderr, "bench/quality:", s)
	}
	for _, r := range repositories {
		if err := r.cutOut(places); err != nil {
			return nil, err
		}
		if err := r.track(ctx); err != nil {
			return nil, err
		}
	}
	m := &measurement{options: o, repositories: repositories, places: places, environ: environ, work: work, trees: syntax.NewCache(syntax.DefaultLimits)}
	defer m.trees.CloseAll()
	if o.within > 0 {
		m.until = time.Now().Add(o.within)
	}
	if m.known, err = readRecord(o.record); err != nil {
		return nil, err
	}
	for i := range m.places {
		places[i].number = i
	}
	for _, part := range parts(places) {
		for _, way := range o.ways {
			if err := m.measure(ctx, way, part); err != nil {
				return nil, fmt.Errorf("%s: %w", way, err)
			}
		}
	}
	m.keepWhole()
	return m, nil
}

// open copies the repositories and says which languages they have.
func (o *options) open(ctx context.Context, dirs []string, work string) (repositories []*repository, err error) {
	languages := o.Languages
	if languages == nil {
		for _, l := range heldout.Languages {
			languages = append(languages, l.Name)
		}
	}
	files := map[string]int{}
	for i, dir := range dirs {
		r, err := openRepository(ctx, dir, filepath.Join(work, strconv.Itoa(i), nameOf(dir)), languages, o.since, o.anyAge)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(repositories, func(x *repository) bool { return x.name == r.name }) {
			r.name += "-" + strconv.Itoa(i)
		}
		for l, list := range r.young {
			files[l] += len(list)
		}
		repositories = append(repositories, r)
	}
	if o.Languages == nil {
		o.Languages = slices.DeleteFunc(languages, func(l string) bool { return files[l] < leastFiles })
	}
	return repositories, nil
}

// qwenPieces are the control tokens of a model that is shown other files.
var qwenPieces = prompt.Choose(model.Info{Model: "qwen2.5-coder"}).Controls

// serve has a llama-server run where one is to be started, and returns the environment
// in which airside asks this backend.
func (o *options) serve() (environ []string, end func(), err error) {
	set := map[string]string{
		"AIRSIDE_BACKEND": o.backend, "AIRSIDE_COMPLETION_WAITMS": strconv.FormatInt(o.wait.Milliseconds(), 10),
		"AIRSIDE_COMPLETION_CONTEXTTOKENS": strconv.Itoa(o.context),
		"AIRSIDE_COMPLETION_DEBOUNCEMS":    "1", // nobody types
	}
	end = func() {}
	if i := slices.IndexFunc(realtest.Models, func(m realtest.Model) bool { return m.Short() == o.model }); i >= 0 {
		if o.model, err = realtest.File(realtest.Models[i], ""); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case o.backend == noModel:
		s := httptest.NewServer(&modeltest.Server{Models: []string{"qwen2.5-coder"}, Pieces: qwenPieces, Context: 1 << 15})
		end, set["AIRSIDE_BACKEND"], set["AIRSIDE_LLAMACPP_URL"] = s.Close, "llamacpp", s.URL
	case o.model == "":
	case o.backend == "builtin":
		set["AIRSIDE_BUILTIN_MODEL"], err = filepath.Abs(o.model)
	case o.backend == "llamacpp":
		s, err := realtest.StartServer(o.model, "-c", strconv.Itoa(o.context), "-t", strconv.Itoa(o.threads), "--cache-ram", "0")
		if err != nil {
			return nil, nil, err
		}
		end, set["AIRSIDE_LLAMACPP_URL"] = s.Close, s.URL
	case o.backend == "ollama":
		set["AIRSIDE_OLLAMA_MODEL"] = o.model
	default:
		set["AIRSIDE_OPENAI_MODEL"] = o.model
	}
	if err != nil {
		return nil, nil, err
	}
	known := []string{settings.KeyEnv}
	for _, f := range settings.Fields() {
		known = append(known, f.Env)
	}
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); slices.Contains(known, name) && set[name] == "" {
			environ = append(environ, entry)
		}
	}
	for name, value := range set {
		environ = append(environ, name+"="+value)
	}
	slices.Sort(environ)
	return environ, end, nil
}

// measurement is one run.
type measurement struct {
	options
	repositories []*repository
	places       []place
	environ      []string
	work         string
	trees        *syntax.Cache

	until time.Time         // when no further place is begun; zero is never
	known map[string]answer // by key, from the record
	asked string            // which model, as its server names it
	all   []judgement
	homes int // made so far
}

// asker answers for a place.
type asker interface {
	ask(context.Context, place) (answer, error)
}

// measure asks in one way at places.
func (m *measurement) measure(ctx context.Context, way string, places []place) error {
	var left []place
	for _, p := range places {
		if got, known := m.known[m.key(way, p)]; known {
			m.all = append(m.all, judge(m.trees, way, p, got))
		} else {
			left = append(left, p)
		}
	}
	if len(left) == 0 || m.late() {
		return nil
	}
	ask := func(a asker, of string) error {
		for _, p := range left {
			if of != "" && p.Repository != of || m.late() {
				continue
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			got, err := a.ask(ctx, p)
			if err == nil {
				err = keep(m.record, m.key(way, p), got)
			}
			if err != nil {
				return err
			}
			j := judge(m.trees, way, p, got)
			m.all = append(m.all, j)
			if m.show {
				fmt.Fprintf(os.Stderr, "%-10s %5v %5v %s:%d %s, %.1fs\n  wanted %q\n  best   %q\n  shown  %q %s\n", way, j.Exact, j.Right, p.Path, strings.Count(p.Text[:p.At], "\n")+1, p.Kind, got.Took.Seconds(), p.Want, got.Text, got.Shown, got.Why)
			}
		}
		return nil
	}
	for _, r := range recipes {
		if r.name != way {
			continue
		}
		b, info, err := m.backend(ctx)
		if err != nil {
			return err
		}
		defer b.Close()
		return ask(peer{recipe: r, backend: b, info: info, repositories: m.repositories, seed: m.Seed, context: m.context}, "")
	}
	i := slices.IndexFunc(ablations, func(a ownWay) bool { return a.name == way })
	for _, r := range m.repositories {
		if !slices.ContainsFunc(left, func(p place) bool { return p.Repository == r.name }) {
			continue
		}
		m.homes++
		home := filepath.Join(m.work, "homes", strconv.Itoa(m.homes))
		p, err := startPair(m.airside, r.scratch, home, append(slices.Clone(m.environ), ablations[i].environ...), ablations[i].keeps)
		if err != nil {
			return err
		}
		err = ask(p, r.name)
		p.end()
		if err != nil {
			return err
		}
	}
	return nil
}

// backend is whom the recipes ask: the same that airside asks.
func (m *measurement) backend(ctx context.Context) (model.Backend, model.Info, error) {
	o := settings.Default()
	for _, err := range o.ApplyEnv(m.environ) {
		return nil, model.Info{}, err
	}
	b, err := backend.New(m.options.backend, o, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, model.Info{}, err
	}
	completion.AwaitLoading(ctx, []model.Backend{b})
	info, err := b.Probe(ctx)
	if err == nil {
		m.asked = info.Model
		// It is in memory before its first answer is timed.
		_, err = model.Generate(ctx, b, model.Request{Prompt: model.Prompt{model.Text("func sum(a, b int) int {\n\treturn ")}, MaxTokens: 1})
	}
	if err != nil {
		b.Close()
		return nil, model.Info{}, err
	}
	return b, info, nil
}

// tell prints what came of it.
func (m *measurement) tell() error {
	isOwn := func(way string) bool {
		return slices.ContainsFunc(ablations, func(a ownWay) bool { return a.name == way })
	}
	name := "the model in the binary"
	switch {
	case m.options.backend == noModel:
		name = "no model"
	case m.asked != "":
		name = m.asked
	case m.model != "":
		name = filepath.Base(m.model)
	}
	title := fmt.Sprintf("%s by %s, context %d, seed %d", name, m.options.backend, m.context, m.Seed)
	if m.picture != "" {
		if err := os.WriteFile(m.picture, []byte(picture(m.all, m.ways, m.Languages, isOwn, title)), 0o644); err != nil {
			return err
		}
	}
	if m.asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", " ")
		return e.Encode(struct {
			Title   string      `json:"title"`
			Figures []figures   `json:"figures"`
			Answers []judgement `json:"answers"`
		}{title, everything(m.all, m.ways, m.Languages, m.Kinds), m.all})
	}
	var names []string
	for _, r := range m.repositories {
		names = append(names, r.name)
	}
	fmt.Printf("%s; %d of %d places in %s\n", title, len(m.all)/max(1, len(m.ways)), len(m.places), strings.Join(names, ", "))
	fmt.Print(table(m.all, m.ways, m.Languages, m.Kinds))
	return nil
}
