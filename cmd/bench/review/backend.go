package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/airside-ls/airside/cmd/bench/backend"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/lsp/settings"
)

// newReviewer returns a reviewer that asks the model of airside's settings, or
// none.
func newReviewer(ctx context.Context, withModel bool) (*review.Reviewer, func(), error) {
	if !withModel {
		return review.New(review.Options{}), func() {}, nil
	}
	engine, closing, err := newEngine(ctx)
	if err != nil {
		return nil, nil, err
	}
	return review.New(review.Options{Chosen: engine.Chosen}), closing, nil
}

// newEngine returns an engine with the backends of airside's settings. The model in the
// binary neither chats nor inserts, and is not among them.
func newEngine(ctx context.Context) (*completion.Engine, func(), error) {
	o := settings.Default()
	if dir, err := os.UserConfigDir(); err == nil {
		if text, err := os.ReadFile(filepath.Join(dir, "airside", "config.toml")); err == nil {
			o.ApplyTOML(string(text))
		}
	}
	if errs := o.ApplyEnv(os.Environ()); len(errs) > 0 {
		return nil, nil, errs[0]
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var list []model.Backend
	for _, name := range []string{"openai", "llamacpp", "ollama", "builtin"} {
		if name == "builtin" && o.BuiltinModel == "" || o.Backend != "auto" && o.Backend != name || name == "openai" && o.OpenAIURL == "" {
			continue
		}
		b, err := backend.New(name, o, log)
		if err != nil {
			b = model.UnusableBackend{BackendName: name, Err: err}
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		return nil, nil, fmt.Errorf("no backend called %q reviews: ollama, llamacpp, openai and a file in builtin.model do", o.Backend)
	}
	completion.AwaitLoading(ctx, list)
	engine := completion.New(completion.Options{Backends: list, Log: log})
	if _, _, err := engine.Chosen(ctx); err != nil {
		engine.Close()
		return nil, nil, fmt.Errorf("no model answers: %w", err)
	}
	return engine, func() { engine.Close() }, nil
}
