package ollama

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const pullPath = "/api/pull"

// List implements [model.Lister].
func (b *Backend) List(ctx context.Context) ([]model.InstalledModel, error) {
	installed, err := b.tags(ctx)
	if err != nil {
		return nil, err
	}
	code := codeModels(installed)
	var list []model.InstalledModel
	for _, t := range code {
		list = append(list, model.InstalledModel{Name: t.Name, Bytes: t.Size, Code: true})
	}
	for _, t := range installed {
		if t.local() && !slices.Contains(code, t) {
			list = append(list, model.InstalledModel{Name: t.Name, Bytes: t.Size})
		}
	}
	return list, nil
}

// Pull implements [model.Puller]: it is Ollama that fetches, from its own
// registry or the one that name begins with.
func (b *Backend) Pull(ctx context.Context, name string, progress func(model.Transfer)) error {
	lines, err := b.client.PostStream(ctx, pullPath, map[string]any{"model": name, "stream": true})
	if err != nil {
		return b.pullFailed(name, err)
	}
	defer lines.Close()
	for {
		line, err := lines.Next()
		if err == io.EOF {
			err = lines.Failure(httpapi.BadReply(errors.New("the answer ended before the model was there")))
		}
		if err != nil {
			return err
		}
		var event struct {
			Status    string `json:"status"`
			Total     int64  `json:"total"`
			Completed int64  `json:"completed"`
			Error     string `json:"error"`
		}
		if err := lines.Decode(line, &event); err != nil {
			return err
		}
		switch {
		case event.Error != "":
			return b.pullFailed(name, errors.New(event.Error))
		case event.Status == "success":
			lines.Finish()
			b.forget()
			return nil
		}
		progress(model.Transfer{What: event.Status, Done: event.Completed, Total: event.Total})
	}
}

// pullFailed gives what Ollama says of its registry an advice. A failure to
// reach Ollama itself has its own.
func (b *Backend) pullFailed(name string, err error) error {
	if model.IsKind(err, model.Unreachable) || errors.Is(err, context.Canceled) {
		return err
	}
	return &model.Error{
		Kind: model.NoModel, Backend: backendName, Op: http.MethodPost + " " + pullPath, Err: err,
		Advice: "check the name " + name + " and that Ollama can reach its registry; what was fetched is kept",
	}
}
