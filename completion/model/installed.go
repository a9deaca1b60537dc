package model

import "context"

// InstalledModel is a model that a backend could answer with.
type InstalledModel struct {
	Name  string
	Bytes int64 // of its weights; 0 when unknown
	Code  bool  // made for code, as far as its name tells
}

// Lister is a [Backend] that has several models to choose from.
type Lister interface {
	// List tells them, those for code first. Errors are as in [Backend].
	List(context.Context) ([]InstalledModel, error)
}

// Puller is a [Backend] whose server can fetch further models.
type Puller interface {
	// Pull has the server fetch a model from where it gets them, and returns
	// when the model is there. What was fetched before ctx ended is kept by the
	// server for the next time. progress is called in the order of events.
	Pull(ctx context.Context, name string, progress func(Transfer)) error
}

// Transfer is how far the pull of a model is.
type Transfer struct {
	What        string // the server's own word: "pulling 3a43f93b78ec"
	Done, Total int64  // bytes; Total is 0 when there is nothing to count
}
