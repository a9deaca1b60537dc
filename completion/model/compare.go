package model

import (
	"context"
	"errors"
)

// Comparer is a [Backend] that could have its model run in another way, faster
// perhaps.
type Comparer interface {
	// Compare finds out which is faster, if that is not known yet, by measure, which
	// has a backend read and write for some seconds. changed says that who answers
	// is another now. It returns early, with ctx.Err(), when ctx ends.
	Compare(ctx context.Context, measure func(context.Context, Backend) (Speed, error)) (changed bool, err error)
}

// Speed is how fast a model is, in tokens a second; 0 is not known.
type Speed struct {
	Read  float64 `json:"read,omitempty"`  // a prompt
	Write float64 `json:"write,omitempty"` // an answer
}

// ErrNotPrepared is what [Preparer.Prepare] returns when the model, as it is run
// now, can read ahead by a generation only.
var ErrNotPrepared = errors.New("it reads only what it is asked")
