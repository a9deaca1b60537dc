package model

import "context"

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

func (u Unusable) Converses() bool { return false }

func (u Unusable) Generate(ctx context.Context, _ Request) (Response, error) {
	_, err := u.Probe(ctx)
	return Response{}, err
}

func (u Unusable) Close() error { return nil }
