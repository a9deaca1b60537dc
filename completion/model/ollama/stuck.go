package ollama

import (
	"context"
	"time"
)

const (
	// unloadTime bounds the request to drop a model.
	unloadTime = 2 * time.Second
	// restartEvery is the least time between two restarts: where others keep Ollama
	// busy, loading the model again and again would help nobody.
	restartEvery = 10 * time.Minute
)

// Restartable implements [model.Restarter].
func (b *Backend) Restartable() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current != nil && (b.restarted.IsZero() || time.Since(b.restarted) >= restartEvery)
}

// Restart implements [model.Restarter]: Ollama drops the model, and loads it again
// for the next question. It may have lost its only sequence, and never answers then
// (issue 17131, open in 2026: somebody's connection was closed in the wrong moment);
// its other requests, for the list of models, it answers all the same. What it is
// answering others meanwhile comes to its end first.
func (b *Backend) Restart() bool {
	if !b.Restartable() {
		return false
	}
	b.mu.Lock()
	c := b.current
	b.restarted = time.Now()
	b.mu.Unlock()
	if c == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), unloadTime)
	defer cancel()
	ask := struct {
		Model     string `json:"model"`
		KeepAlive int    `json:"keep_alive"` // 0, without a prompt: unload
	}{Model: c.tag.Name}
	var reply struct{}
	if err := b.client.Post(ctx, generatePath, ask, &reply); err != nil {
		b.log.Warn("ollama has not unloaded the model", "model", c.tag.Name, "err", err)
		return false
	}
	return true
}
