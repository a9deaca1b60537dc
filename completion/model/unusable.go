package model

import "context"

// UnusableBackend stands in for a backend that could not be made, such as one with
// an address that is none, so that status and doctor tell what is wrong with
// it in its place in the order.
type UnusableBackend struct {
	BackendName string
	Err         error
}

func (u UnusableBackend) Name() string { return u.BackendName }

func (u UnusableBackend) Probe(context.Context) (Info, error) {
	return Info{}, &Error{Kind: Broken, Backend: u.BackendName, Op: "settings", Err: u.Err}
}

func (u UnusableBackend) Converses() bool { return false }

func (u UnusableBackend) Generate(ctx context.Context, _ Request) (Response, error) {
	_, err := u.Probe(ctx)
	return Response{}, err
}

func (u UnusableBackend) Close() error { return nil }
