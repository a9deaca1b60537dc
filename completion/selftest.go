package completion

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/filter"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
)

// Check is what a backend's self-test found.
type Check struct {
	Backend string
	Info    model.Info
	Form    string // prompt form used
	Answer  string // what the model inserted into the sample
	Local   bool   // works with the network gone
	Chats   bool   // it converses, and so can be asked for reviews
	Took    time.Duration
	Err     error // why it does not work; nil when it does
}

// sample is a place where any code model has something to say.
const samplePrefix = "package sample\n\n// Add returns the sum of a and b.\nfunc Add(a, b int) int {\n\treturn"
const sampleSuffix = "\n}\n"

// CheckBackend probes b and has it do one real insert. It may load the model,
// so it can take as long as ctx allows.
func CheckBackend(ctx context.Context, b model.Backend) Check {
	c := Check{Backend: b.Name()}
	start := time.Now()
	c.Info, c.Err = probeLoaded(ctx, b)
	if c.Err != nil {
		return c
	}
	c.Local, c.Chats = c.Info.Here(), b.Converses()
	form := prompt.Choose(c.Info)
	c.Form = form.Name
	c.Answer, c.Err = insertSample(ctx, b, form, model.Background)
	c.Took = time.Since(start)
	return c
}

// insertSample has the model do one insert in a form, and says what is wrong
// with the answer.
func insertSample(ctx context.Context, b model.Backend, form prompt.Form, p model.Priority) (answer string, err error) {
	resp, err := model.Generate(ctx, b, model.Request{
		Prompt:    form.Build(prompt.Window{Prefix: samplePrefix, Suffix: sampleSuffix, Path: "sample.go", Language: "go"}).Prompt,
		MaxTokens: 16, Stop: []string{"\n"}, Priority: p,
	})
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(resp.Text) == "" {
		return "", errors.New("the model inserted nothing into a plain sample; is it a code model that can insert?")
	}
	text, reason := filter.Markers(filter.Input{Text: resp.Text, Stop: form.Stop})
	if answer = strings.TrimSpace(text); answer == "" {
		return "", fmt.Errorf("into a plain sample %s; is it a code model that can insert?", reason)
	}
	return answer, nil
}

// AwaitLoading waits until the best backend that answers has its model in
// memory, as far as ctx allows. An editor takes the next best meanwhile; who
// asks once wants the one that was configured.
func AwaitLoading(ctx context.Context, backends []model.Backend) {
	for _, b := range backends {
		if _, err := probeLoaded(ctx, b); err == nil || ctx.Err() != nil {
			return
		}
	}
}

// probeLoaded probes until the backend no longer says that it is loading.
func probeLoaded(ctx context.Context, b model.Backend) (model.Info, error) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		info, err := b.Probe(ctx)
		if !model.IsKind(err, model.Loading) {
			return info, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return info, err
		}
	}
}

// CheckReview has a backend that converses answer one short question, and tells how
// long that took, its model in memory already.
func CheckReview(ctx context.Context, b model.Backend) (time.Duration, error) {
	start := time.Now()
	resp, err := model.Generate(ctx, b, model.Request{
		Chat: model.Say("Does `if a = b` compare in Go? Answer yes or no."), MaxTokens: 4, Priority: model.Background,
	})
	if err == nil && strings.TrimSpace(resp.Text) == "" {
		err = errors.New("it answered nothing to a plain question")
	}
	return time.Since(start), err
}
