package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const modelsPath = "/v1/models"

// listedModel is one model of GET /v1/models.
type listedModel struct {
	ID          string   `json:"id"`
	Aliases     []string `json:"aliases"` // llama.cpp
	OwnedBy     string   `json:"owned_by"`
	Root        string   `json:"root"`          // vLLM: the weights behind the name
	MaxModelLen int      `json:"max_model_len"` // vLLM
	Meta        struct {
		ContextTokens int `json:"n_ctx"` // llama.cpp
	} `json:"meta"`
}

// served is what the list says of the model.
func (m listedModel) served() servedModel {
	return servedModel{id: m.ID, name: m.name(), contextTokens: max(m.MaxModelLen, m.Meta.ContextTokens), rest: m.OwnedBy + " " + m.Root}
}

// name is the model's name for people: llama.cpp's may be a file's path.
func (m listedModel) name() string {
	if file, ok := strings.CutSuffix(m.ID, ".gguf"); ok {
		return path.Base(strings.ReplaceAll(file, `\`, "/"))
	}
	return m.ID
}

// is says that a person who writes name means this model.
func (m listedModel) is(name string) bool {
	return m.ID == name || m.name() == name || slices.Contains(m.Aliases, name) || m.ID == name+":latest"
}

// list asks for the models that are served.
func (b *OpenAI) list(ctx context.Context) ([]listedModel, error) {
	var list struct {
		Data *[]listedModel `json:"data"`
	}
	if err := b.client.Get(ctx, modelsPath, &list); err != nil {
		return nil, err
	}
	if list.Data == nil {
		return nil, b.client.Failure(ctx, http.MethodGet+" "+modelsPath,
			httpapi.BadReply(errors.New("the answer has no list of models; other software listens there")))
	}
	return slices.DeleteFunc(*list.Data, func(m listedModel) bool { return m.ID == "" }), nil
}

// List implements [model.Lister].
func (b *OpenAI) List(ctx context.Context) ([]model.InstalledModel, error) {
	all, err := b.list(ctx)
	if err != nil {
		return nil, err
	}
	var list []model.InstalledModel
	for _, m := range all {
		list = append(list, model.InstalledModel{Name: m.name(), Code: looksLikeCode(m.ID)})
	}
	slices.SortStableFunc(list, func(a, b model.InstalledModel) int {
		switch {
		case a.Code && !b.Code:
			return -1
		case b.Code && !a.Code:
			return 1
		}
		return 0
	})
	return list, nil
}

// choose asks for the models and takes one.
func (b *OpenAI) choose(ctx context.Context) (m listedModel, why string, err error) {
	all, err := b.list(ctx)
	if err != nil {
		return m, "", err
	}
	if want := b.options.Model; want != "" {
		i := slices.IndexFunc(all, func(m listedModel) bool { return m.is(want) })
		if i < 0 {
			return m, "", noModel(fmt.Errorf("%s is not served at %s, but %s", want, b.client.URL(), names(all)))
		}
		return all[i], want + " is configured", nil
	}
	if len(all) == 0 {
		return m, "", noModel(fmt.Errorf("nothing is served at %s", b.client.URL()))
	}
	first := max(0, slices.IndexFunc(all, func(m listedModel) bool { return looksLikeCode(m.ID) }))
	if len(all) == 1 {
		return all[0], all[0].name() + " is served at " + b.client.URL(), nil
	}
	return all[first], fmt.Sprintf("%s is the first of %d models served at %s", all[first].name(), len(all), b.client.URL()), nil
}

func noModel(why error) error {
	return &model.Error{
		Kind: model.NoModel, Backend: openAIName, Op: http.MethodGet + " " + modelsPath, Err: why, Advice: "see openai.model",
	}
}

// names lists a few of the models.
func names(all []listedModel) string {
	const most = 5
	var list []string
	for _, m := range all[:min(len(all), most)] {
		list = append(list, m.name())
	}
	if len(all) > most {
		list = append(list, "…")
	}
	if len(list) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%.300s", strings.Join(list, ", "))
}

// looksLikeCode knows the names of models made for code.
func looksLikeCode(name string) bool {
	return saysAny(name, "code", "codestral", "devstral") && !saysAny(name, "embed")
}
