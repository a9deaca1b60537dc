package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const propsPath = "/props"

// props are what GET /props tells. Two servers, or two runs of one, with equal
// props have the same model.
type props struct {
	Settings struct {
		ContextTokens int `json:"n_ctx"` // of one slot
	} `json:"default_generation_settings"`
	ModelPath   string `json:"model_path"`
	ModelAlias  string `json:"model_alias"`
	ModelType   string `json:"model_ftype"`
	BuildInfo   string `json:"build_info"`
	MediaMarker string `json:"media_marker"` // random, new at every start
	TotalSlots  int    `json:"total_slots"`
	Role        string `json:"role"` // "router": a server of servers
}

// readProps asks the server for its props and makes sure that it is a
// llama-server with a model.
func readProps(ctx context.Context, client *httpapi.Client) (props, error) {
	var p props
	if err := client.Get(ctx, propsPath, &p); err != nil {
		return props{}, err
	}
	fail := func(err error) (props, error) {
		return props{}, client.Failure(ctx, http.MethodGet+" "+propsPath, err)
	}
	switch {
	case p.Role == "router":
		return fail(&model.Error{
			Kind: model.NoModel, Backend: llamaCppName, Op: http.MethodGet + " " + propsPath,
			Err:    errors.New("it is a router without a model of its own"),
			Advice: "start a llama-server with -m MODEL.gguf",
		})
	case p.Settings.ContextTokens <= 0 || p.TotalSlots <= 0:
		return fail(httpapi.BadReply(errors.New("these are not a llama-server's properties")))
	}
	return p, nil
}

// served is what the props say of the model.
func (p props) served() servedModel {
	return servedModel{id: p.name(), name: p.name(), contextTokens: p.Settings.ContextTokens, slots: p.TotalSlots, rest: fmt.Sprint(p)}
}

// servesFile asks a server which model file it has.
func servesFile(ctx context.Context, client *httpapi.Client) (file string, err error) {
	p, err := readProps(ctx, client)
	return p.ModelPath, err
}

// readParameters asks how many parameters the model has; 0 from a server that does
// not tell.
func readParameters(ctx context.Context, client *httpapi.Client) int64 {
	var list struct {
		Data []struct {
			Meta struct {
				Parameters int64 `json:"n_params"`
			} `json:"meta"`
		} `json:"data"`
	}
	if err := client.Get(ctx, modelsPath, &list); err != nil || len(list.Data) == 0 {
		return 0
	}
	return list.Data[0].Meta.Parameters
}

// name is the alias that the server was given, or the file's name.
func (p props) name() string {
	name := p.ModelAlias
	if name == "" {
		name = p.ModelPath
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	return strings.TrimSuffix(name, ".gguf")
}
