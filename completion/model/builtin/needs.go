package builtin

import (
	"fmt"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
)

// Memory is what an engine takes, in bytes.
type Memory struct {
	// Weights are mapped from the file: as long as there is room they stay in
	// memory, and without it each token reads them from the disk again.
	Weights int64
	// Cache is the keys and values of a full context. Others that are kept take up
	// to [llama.DefaultKeepBytes] beside it, or 16 MiB for a small model.
	Cache int64
	// Activations are a batch's, with the logits.
	Activations int64
}

// Total is all of it.
func (m Memory) Total() int64 { return m.Weights + m.Cache + m.Activations }

// Needs tells what the GGUF file at path takes with these options. It reads the
// header alone; the error says what is wrong with it.
func Needs(path string, o Options) (m Memory, err error) {
	defer catch(&err)()
	file, err := gguf.Open(path)
	if err != nil {
		return Memory{}, err
	}
	defer file.Close()
	network, err := llama.Load(file)
	if err != nil {
		return Memory{}, fmt.Errorf("builtin: %s: %w", path, err)
	}
	m.Weights, m.Cache, m.Activations = network.Needs(llama.Options{Context: o.ContextTokens, Batch: o.BatchTokens, Threads: o.Threads})
	return m, nil
}
