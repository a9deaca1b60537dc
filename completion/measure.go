package completion

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/selector"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/rhythm"
)

const (
	// measuredBytes and measuredTokens are how much a model reads and writes when it
	// is measured: some 150 and 32 tokens, a few seconds for 1.5 billion parameters
	// on two cores.
	measuredBytes, measuredTokens = 450, 32
	// compareAfter is how long nobody asks before two ways to run a model are
	// measured.
	compareAfter = 2 * time.Second
)

// errUnmeasured says that a model wrote too little.
var errUnmeasured = errors.New("it wrote too little to be measured")

// Measure has a backend read and write a little that it cannot have seen before,
// its model in memory. It takes some seconds, more where a model has to be loaded
// first, and ends with ctx.
func Measure(ctx context.Context, b model.Backend) (Speed, error) {
	info, err := probeLoaded(ctx, b)
	if err != nil {
		return Speed{}, err
	}
	form := prompt.Choose(info)
	ask := func(text string, tokens int) (model.Usage, model.Prompt, error) {
		p := form.Build(prompt.Window{Prefix: text, Suffix: "\n}\n", Path: "sample.go", Language: "go"}).Prompt
		resp, err := model.Generate(ctx, b, model.Request{Prompt: p, MaxTokens: tokens})
		return resp.Usage, p, err
	}
	if _, _, err := ask("package sample\n\nfunc a() {\n\t", 1); err != nil { // loads it
		return Speed{}, err
	}
	var s Speed
	for range 3 { // an answer may end early
		usage, p, err := ask(unseen(), measuredTokens)
		if err != nil {
			return Speed{}, err
		}
		read := usage.PromptTokens - usage.CachedTokens
		if usage.PromptTokens == 0 {
			read = estimate(p, 0)
		}
		if s = (Speed{}).learn(usage, read); s.Read > 0 && s.Write > 0 {
			return s, nil
		}
	}
	return s, errUnmeasured
}

// unseen is code that is different each time, from its first line on.
func unseen() string {
	names := strings.Fields("count total index buffer width offset limit weight score depth")
	rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	var b strings.Builder
	fmt.Fprintf(&b, "package sample%d\n", rand.IntN(1e6))
	for i := 0; b.Len() < measuredBytes; i++ {
		x, y := names[i%len(names)], names[(i+3)%len(names)]
		fmt.Fprintf(&b, "\nfunc %s%d(%s, %s int) int {\n\tif %s > %d {\n\t\treturn %s * %d\n\t}\n\treturn %s\n}\n",
			x, rand.IntN(1000), x, y, y, rand.IntN(1000), x, rand.IntN(1000), y)
	}
	b.WriteString("\n// sum adds up the squares of all that are not negative.\nfunc sum(list []int) int {\n\t")
	return b.String()
}

// SaveSpeed keeps a speed with the statistics in dir, where engines find it.
func SaveSpeed(dir string, info model.Info, s Speed) error {
	records, err := readStatistics(dir)
	if err != nil {
		records = nil // unreadable: begin anew
	}
	return writeStatistics(dir, merge(records, []modelRecord{{Backend: info.Backend, Model: info.Model, Speed: s, Used: time.Now()}}))
}

// compare has the backend that answers find out, in a moment of rest, whether it
// would better run its model in another way. ctx ends with whatever is typed or
// asked.
func (e *Engine) compare(ctx context.Context, sel *selector.Selector) {
	choice, err := sel.Current(ctx)
	if err != nil || choice.Backend == nil {
		return
	}
	for _, b := range e.Backends() {
		c, ok := b.(model.Comparer)
		if !ok || b.Name() != choice.Backend.Name() || !rhythm.Pause(ctx, compareAfter) {
			continue
		}
		changed, err := c.Compare(ctx, func(ctx context.Context, b model.Backend) (model.Speed, error) {
			s, err := Measure(ctx, b)
			return model.Speed(s), err
		})
		if err != nil && ctx.Err() == nil {
			e.log.Info("two ways to run a model could not be compared", "backend", b.Name(), "error", err)
		}
		if changed {
			sel.Refresh()
		}
	}
}
