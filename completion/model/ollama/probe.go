package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const (
	tagsPath = "/api/tags"
	showPath = "/api/show"

	// maxInspected bounds how many models without a telling name are asked
	// whether they can insert.
	maxInspected = 16
)

// choice is the model that answers.
type choice struct {
	tag     tag
	details details
	why     string
}

// details are what /api/show tells, as far as it matters here. They do not
// change as long as the model's digest is the same.
type details struct {
	trained    int   // context in tokens; 0 when unknown
	parameters int64 // 0 when unknown
	insert     bool
	vocabulary vocabulary
	full       bool // the vocabulary has been asked for
}

// Probe implements [model.Backend]: one request, and a few more when the
// installed models have changed.
func (b *Backend) Probe(ctx context.Context) (model.Info, error) {
	c, err := b.choose(ctx)
	if err != nil {
		return model.Info{}, err
	}
	return model.Info{
		Backend: backendName, Model: c.tag.Name, Endpoint: b.client.URL(),
		ContextTokens: b.contextTokens(c),
		Controls:      c.details.vocabulary.controls(), VocabularyKnown: c.details.vocabulary.known,
		Code: c.code(), Parameters: c.details.parameters, Likely: true,
		Why: c.why,
	}, nil
}

// code says that the model is made for code. Of the control tokens only
// CodeLlama's tell: chat models of other families have theirs too.
func (c *choice) code() bool {
	_, known := c.tag.family()
	name, _ := c.tag.split()
	return known || c.details.insert || name == "codellama" || slices.Contains(c.details.vocabulary.controls(), "▁<PRE>")
}

// contextTokens is the context that is asked of Ollama.
func (b *Backend) contextTokens(c *choice) int {
	if c.details.trained > 0 {
		return min(b.options.ContextTokens, c.details.trained)
	}
	return b.options.ContextTokens
}

// chosen is the latest choice, or a new one if there is none.
func (b *Backend) chosen(ctx context.Context) (*choice, error) {
	b.mu.Lock()
	c := b.current
	b.mu.Unlock()
	if c != nil {
		return c, nil
	}
	return b.choose(ctx)
}

// forget makes the next request choose anew.
func (b *Backend) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.current = nil
}

// tags are the installed models.
func (b *Backend) tags(ctx context.Context) ([]tag, error) {
	var list struct {
		Models *[]tag `json:"models"`
	}
	if err := b.client.Get(ctx, tagsPath, &list); err != nil {
		return nil, err
	}
	if list.Models == nil {
		return nil, b.client.Failure(ctx, http.MethodGet+" "+tagsPath,
			httpapi.BadReply(errors.New("the answer has no list of models; other software listens there")))
	}
	return *list.Models, nil
}

func (b *Backend) choose(ctx context.Context) (*choice, error) {
	installed, err := b.tags(ctx)
	if err != nil {
		b.forget()
		return nil, err
	}
	c, err := b.pick(ctx, installed)
	if err != nil {
		b.forget()
		return nil, err
	}
	if !c.details.full {
		if c.details, err = b.show(ctx, c.tag, true); err != nil {
			b.forget()
			return nil, err
		}
	}
	b.remember(installed, c)
	return c, nil
}

// pick chooses among the installed models.
func (b *Backend) pick(ctx context.Context, installed []tag) (*choice, error) {
	if want := b.options.Model; want != "" {
		i := slices.IndexFunc(installed, func(t tag) bool { return sameName(t.Name, want) })
		if i < 0 {
			return nil, b.noModel(fmt.Errorf("%s is not installed", want), "install it with: ollama pull "+want)
		}
		return &choice{tag: installed[i], details: b.known(installed[i]), why: want + " is configured"}, nil
	}
	if code := codeModels(installed); len(code) > 0 {
		why := code[0].Name + " is the only installed code model"
		if len(code) > 1 {
			why = fmt.Sprintf("%s is the best of %d installed code models", code[0].Name, len(code))
		}
		return &choice{tag: code[0], details: b.known(code[0]), why: why}, nil
	}
	// No name tells. A template with a place for the suffix does.
	inspected := 0
	for _, t := range installed {
		if !t.local() || inspected == maxInspected {
			continue
		}
		inspected++
		d, err := b.show(ctx, t, false)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && d.insert {
			return &choice{tag: t, details: d, why: t.Name + " is the first installed model that can insert"}, nil
		}
	}
	switch len(installed) {
	case 0:
		return nil, b.noModel(errors.New("no model is installed"), "install one with: ollama pull "+suggestedModel)
	default:
		return nil, b.noModel(fmt.Errorf("none of %d installed models is made for code", len(installed)),
			"install one with: ollama pull "+suggestedModel+", or name one in ollama.model")
	}
}

func (b *Backend) noModel(why error, advice string) error {
	return &model.Error{Kind: model.NoModel, Backend: backendName, Op: http.MethodGet + " " + tagsPath, Err: why, Advice: advice}
}

// sameName knows that Ollama's default tag is latest.
func sameName(installed, want string) bool {
	if !strings.Contains(want[strings.LastIndexByte(want, '/')+1:], ":") {
		want += ":latest"
	}
	return strings.EqualFold(installed, want)
}

// known returns what earlier calls of show have found.
func (b *Backend) known(t tag) details {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.details[t.Digest]
}

// show asks about a model, once for every digest. The vocabulary is large (some
// megabytes) and asked for only when full.
func (b *Backend) show(ctx context.Context, t tag, full bool) (details, error) {
	b.mu.Lock()
	d, ok := b.details[t.Digest]
	b.mu.Unlock()
	if ok && (d.full || !full) {
		return d, nil
	}
	request := struct {
		Model   string `json:"model"`
		Verbose bool   `json:"verbose,omitempty"`
	}{t.Name, full}
	var reply struct {
		Template     string                     `json:"template"`
		Capabilities []string                   `json:"capabilities"`
		ModelInfo    map[string]json.RawMessage `json:"model_info"`
	}
	if err := b.client.Post(ctx, showPath, request, &reply); err != nil {
		return details{}, err
	}
	d = details{insert: slices.Contains(reply.Capabilities, "insert"), full: full}
	var architecture string
	_ = json.Unmarshal(reply.ModelInfo["general.architecture"], &architecture)
	_ = json.Unmarshal(reply.ModelInfo[architecture+".context_length"], &d.trained)
	_ = json.Unmarshal(reply.ModelInfo["general.parameter_count"], &d.parameters)
	if full {
		d.vocabulary = readVocabulary(reply.ModelInfo, reply.Template, t)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.details[t.Digest] = d
	return d, nil
}
