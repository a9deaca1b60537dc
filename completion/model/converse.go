package model

import (
	"context"
	"encoding/json"
	"maps"

	"github.com/tmc/langchaingo/llms"
)

// Chat is one question to a model behind its chat template ([Backend.Chat]), in
// plain fields.
type Chat struct {
	Text      string // the whole message, in the role of the user
	MaxTokens int    // upper bound of generated tokens; positive
	// Schema, when set, is the JSON schema that the answer is held to, by servers
	// that can.
	Schema json.RawMessage
	// OnText is as in [Request].
	OnText func(chunk string) error
	// OnRestart, when set, is called when the answer comes anew from its
	// beginning, because the model had to give way to something more urgent.
	OnRestart func()
}

type restartKey struct{}

// WithRestart returns a context for a generation whose caller reads along and
// can forget what it has read, which again tells it to do: see package gate.
func WithRestart(ctx context.Context, again func()) context.Context {
	return context.WithValue(ctx, restartKey{}, again)
}

// RestartOf returns the function of [WithRestart], nil without one.
func RestartOf(ctx context.Context) func() {
	again, _ := ctx.Value(restartKey{}).(func())
	return again
}

type readingKey struct{}

// WithReading returns a context for a generation whose backend, if it knows, tells
// how far it has come with reading the prompt, each time it has read some more: what
// was read stays of use when the generation is given up. read and of are tokens.
func WithReading(ctx context.Context, tell func(read, of int)) context.Context {
	return context.WithValue(ctx, readingKey{}, tell)
}

// ReadingOf returns the function of [WithReading]; without one it does nothing.
func ReadingOf(ctx context.Context) func(read, of int) {
	if tell, ok := ctx.Value(readingKey{}).(func(read, of int)); ok {
		return tell
	}
	return func(int, int) {}
}

type aheadKey struct{}

// Ahead returns a context for a generation that only has a prompt read before it is
// asked about: see [Info.Beside].
func Ahead(ctx context.Context) context.Context { return context.WithValue(ctx, aheadKey{}, true) }

// IsAhead tells whether a context is one of [Ahead].
func IsAhead(ctx context.Context) bool { return ctx.Value(aheadKey{}) != nil }

// Converse asks a chat model, greedily. Its errors are those of [Generate].
func Converse(ctx context.Context, m llms.Model, c Chat) (Response, error) {
	options := []llms.CallOption{llms.WithMaxTokens(c.MaxTokens), llms.WithTemperature(0), llms.WithSeed(0)}
	if c.Schema != nil {
		options = append(options, WithSchema(c.Schema))
	}
	return generate(ctx, m, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, c.Text)}, options, c.OnText, c.OnRestart)
}

const schemaKey = "airside.schema"

// WithSchema holds the answer of a generation to a JSON schema. A backend that
// cannot do so answers freely.
func WithSchema(schema json.RawMessage) llms.CallOption {
	return func(o *llms.CallOptions) {
		metadata := maps.Clone(o.Metadata)
		if metadata == nil {
			metadata = map[string]any{}
		}
		metadata[schemaKey] = schema
		o.Metadata = metadata
	}
}

// TakeSchema returns the schema of [WithSchema], nil without one, and takes it
// out of the options: langchaingo would send it along as it is.
func TakeSchema(o *llms.CallOptions) json.RawMessage {
	schema, ok := o.Metadata[schemaKey].(json.RawMessage)
	if ok {
		metadata := maps.Clone(o.Metadata)
		delete(metadata, schemaKey)
		if len(metadata) == 0 {
			metadata = nil
		}
		o.Metadata = metadata
	}
	return schema
}
