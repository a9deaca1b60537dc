package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/review/surprise"
	"github.com/airside-ls/airside/completion/syntax"
)

// placed is a line of what -fit writes: all that a model says of one place. With one of
// the others in the place of what stands there it would be asked the same, so a line
// has the odds of each bug that could be planted there, too.
type placed struct {
	Class    surprise.Class `json:"class"`
	Language string         `json:"language"`
	From     string         `json:"from"`
	Line     string         `json:"line"`
	Changed  bool           `json:"changed"`
	Texts    []string       `json:"texts"` // what stands there first
	Glance   []float64      `json:"glance"`
	Text     []float64      `json:"text"`
	End      []float64      `json:"end"`
	MsGlance float64        `json:"ms_glance"`
	Ms       float64        `json:"ms"`
}

// fit writes what the thresholds are made of.
func fit(ctx context.Context, o options, changes []change) error {
	engine, closing, err := newEngine(ctx)
	if err != nil {
		return err
	}
	defer closing()
	backend, info, err := engine.Chosen(ctx)
	if err != nil {
		return err
	}
	asker := surprise.Asker{Backend: backend, Info: info}
	if !info.Scores {
		return fmt.Errorf("%s (%s) does not tell how likely a given text is", info.Model, info.Backend)
	}
	out, err := os.Create(o.fit)
	if err != nil {
		return err
	}
	defer out.Close()
	trees := syntax.NewCache(syntax.Limits{ParseTime: 5 * time.Second})
	defer trees.CloseAll()
	dice := rand.New(rand.NewPCG(o.seed, 0))
	done := map[string]int{}
	for _, b := range bases(changes, trees, dice, 20*o.functions) {
		if ctx.Err() != nil {
			return nil
		}
		if o.languages != "" && !strings.Contains(","+o.languages+",", ","+b.language+",") || done[b.language] >= o.functions || strings.Contains(strings.ToLower(b.Path), "test") {
			continue
		}
		if err := fitFunction(ctx, asker, o, b, dice, json.NewEncoder(out)); err != nil {
			return err
		}
		done[b.language]++
	}
	return nil
}

func fitFunction(ctx context.Context, asker surprise.Asker, o options, b base, dice *rand.Rand, out *json.Encoder) error {
	text := string(b.New)
	changed := touching(b.New, b.Hunks)
	list := surprise.Places(&b.root, &b.function, text, b.language, func(int, int) bool { return true })
	dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	perClass := map[surprise.Class]int{}
	var drawn []surprise.Place
	for _, p := range list {
		if o.classes != "" && !slices.Contains(strings.Split(o.classes, ","), string(p.Class)) {
			continue
		}
		if perClass[p.Class]++; perClass[p.Class] <= max(1, o.places/4) && len(drawn) < o.places {
			drawn = append(drawn, p)
		}
	}
	slices.SortFunc(drawn, func(p, q surprise.Place) int { return p.Start - q.Start }) // what is read is shared
	for _, p := range drawn {
		line := text[strings.LastIndexByte(text[:p.Start], '\n')+1:]
		line, _, _ = strings.Cut(line, "\n")
		l := placed{Class: p.Class, Language: b.language, From: b.From + " " + b.Path + " " + b.name, Line: strings.TrimSpace(line), Changed: changed(p.Start, p.End)}
		l.Texts = append([]string{text[p.Start:p.End]}, p.Others...)
		all := -1000.0
		if p.Class == surprise.Variable {
			all = -4 // of many names most are nothing
		}
		begin := time.Now()
		glance, err := asker.Scores(ctx, text, b.function.Start, p, all, false)
		if err != nil {
			return err
		}
		l.MsGlance = float64(time.Since(begin).Milliseconds())
		begin = time.Now()
		scores, err := asker.Scores(ctx, text, b.function.Start, p, all, true)
		if err != nil {
			return err
		}
		l.Ms = float64(time.Since(begin).Milliseconds())
		for i := range scores {
			l.Glance = append(l.Glance, glance[i].Text)
			l.Text, l.End = append(l.Text, scores[i].Text), append(l.End, scores[i].End)
		}
		if err := out.Encode(l); err != nil {
			return err
		}
	}
	return nil
}
