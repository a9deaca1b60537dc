package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
)

// listTimeout bounds the question to one backend which models it has.
const listTimeout = 5 * time.Second

// listModels asks every backend, in their order, for the models it could answer
// with. current is who answers now.
func listModels(ctx context.Context, backends []model.Backend, current model.Info) []ext.Model {
	lists := make([][]ext.Model, len(backends))
	done := make(chan struct{})
	for i, b := range backends {
		go func() {
			limited, cancel := context.WithTimeout(ctx, listTimeout)
			defer cancel()
			lists[i] = modelsOf(limited, b)
			done <- struct{}{}
		}()
	}
	for range backends {
		<-done
	}
	all := slices.Concat(lists...)
	for i := range all {
		m := &all[i]
		if m.Current = m.Error == "" && m.Backend == current.Backend && m.Model == current.Model; m.Current {
			m.Why = current.Why
		}
		m.Settings = choosing(m.Backend, m.Model)
	}
	return all
}

// modelsOf are the models of one backend, or why it has none.
func modelsOf(ctx context.Context, b model.Backend) []ext.Model {
	lister, several := b.(model.Lister)
	if !several {
		info, err := b.Probe(ctx)
		if err != nil {
			return []ext.Model{{Backend: b.Name(), Error: err.Error()}}
		}
		m := ext.Model{Backend: b.Name(), Model: info.Model, Code: info.Code}
		if filepath.IsAbs(info.Endpoint) {
			m.File = info.Endpoint
		}
		return []ext.Model{m}
	}
	installed, err := lister.List(ctx)
	if err == nil && len(installed) == 0 {
		err = errors.New("no model is installed")
	}
	if err != nil {
		return []ext.Model{{Backend: b.Name(), Error: err.Error()}}
	}
	list := make([]ext.Model, 0, len(installed))
	for _, m := range installed {
		list = append(list, ext.Model{Backend: b.Name(), Model: m.Name, Bytes: m.Bytes, Code: m.Code})
	}
	return list
}

// choosing are the settings by which a backend answers with a model.
func choosing(backend, name string) map[string]string {
	chosen := map[string]string{"backend": backend}
	if backend == "ollama" || backend == "openai" {
		chosen[backend+".model"] = name
	}
	return chosen
}

// found is the model that arguments name among those that there are.
func found(list []ext.Model, a ext.ModelArguments) (ext.Model, error) {
	var named []ext.Model
	for _, m := range list {
		if (a.Backend == "" || m.Backend == a.Backend) && (a.Model == "" || m.Model == a.Model || m.Model == a.Model+":latest") {
			named = append(named, m)
		}
	}
	switch {
	case len(named) == 0 && a.Model == "":
		return ext.Model{}, fmt.Errorf("there is no backend %.50q; there are ollama, llamacpp, builtin and openai", a.Backend)
	case len(named) == 0:
		return ext.Model{}, fmt.Errorf("no backend has %.100q; there are %s", a.Model, namesOf(list))
	case named[0].Error != "":
		return ext.Model{}, errors.New(named[0].Error)
	case a.Backend == "" && slices.ContainsFunc(named, func(m ext.Model) bool { return m.Backend != named[0].Backend }):
		return ext.Model{}, fmt.Errorf("several backends have %.100q; name one of them as well", a.Model)
	}
	if a.Model == "" { // the backend chooses
		named[0].Model = ""
	}
	return named[0], nil
}

func namesOf(list []ext.Model) string {
	var names []string
	for _, m := range list {
		if m.Model != "" {
			names = append(names, m.Model)
		}
	}
	return strings.Join(names, ", ")
}

// selectModel is airside.model.select for a running server.
func (c *configurator) selectModel(ctx context.Context, a ext.ModelArguments) ([]ext.Model, error) {
	var chosen func(*settings.Options)
	switch {
	case a == ext.ModelArguments{}:
		return c.models(ctx)
	case a.Backend == "auto" && a.Model == "":
	default:
		list, err := c.models(ctx)
		if err != nil {
			return nil, err
		}
		m, err := found(list, a)
		if err != nil {
			return nil, err
		}
		chosen = func(o *settings.Options) {
			o.Backend = m.Backend
			switch m.Backend {
			case "ollama":
				o.OllamaModel = m.Model
			case "openai":
				o.OpenAIModel = m.Model
			}
		}
	}
	c.mu.Lock()
	c.chosen = chosen
	c.refresh()
	c.mu.Unlock()
	return c.models(ctx)
}

func (c *configurator) models(ctx context.Context) ([]ext.Model, error) {
	_, current, err := c.engine.Chosen(ctx)
	if ctx.Err() != nil {
		return nil, err
	}
	c.mu.Lock()
	o := c.current
	c.mu.Unlock()
	asked := c.engine.Backends()
	others := othersThan(asked, o, c.log)
	defer closeAll(others, c.log)
	return listModels(ctx, append(asked, others...), current), nil // without a current one there are still others
}
