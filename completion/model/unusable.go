package model

import (
	"context"

	"github.com/tmc/langchaingo/llms"
)

// Unusable stands in for a backend that could not be made, such as one with
// an address that is none, so that status and doctor tell what is wrong with
// it in its place in the order.
type Unusable struct {
	BackendName string
	Err         error
}

func (u Unusable) Name() string { return u.BackendName }

func (u Unusable) Probe(context.Context) (Info, error) {
	return Info{}, &Error{Kind: Broken, Backend: u.BackendName, Op: "settings", Err: u.Err}
}

func (u Unusable) Insert() llms.Model { return unusableModel{u} }
func (u Unusable) Chat() llms.Model   { return nil }
func (u Unusable) Close() error       { return nil }

type unusableModel struct{ u Unusable }

func (m unusableModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

func (m unusableModel) GenerateContent(ctx context.Context, _ []llms.MessageContent, _ ...llms.CallOption) (*llms.ContentResponse, error) {
	_, err := m.u.Probe(ctx)
	return nil, err
}
