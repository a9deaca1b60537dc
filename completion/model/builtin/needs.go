package builtin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/machine"
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

	parameters int64
}

// Total is all of it.
func (m Memory) Total() int64 { return m.Weights + m.Cache + m.Activations }

// TooLargeError says that a model takes more memory than there is: each of its
// tokens would be read from the disk.
type TooLargeError struct {
	Needs   Memory
	Has     int64  // bytes
	Instead string // what to do, in words
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("it needs %s of memory (%s of weights), and there are %s: every word would be read from the disk",
		gigabytes(e.Needs.Total()), gigabytes(e.Needs.Weights), gigabytes(e.Has))
}

func gigabytes(bytes int64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/1e9) }

// share is how much of a machine's memory a model may take at most.
const share = 0.95

// formats are what llama-quantize makes, with the bits that a weight takes in all.
var formats = []struct {
	name string
	bits float64
}{{"Q8_0", 8.5}, {"Q6_K", 6.6}, {"Q5_K_M", 5.7}, {"Q4_K_M", 4.9}, {"Q3_K_M", 4}}

// fits tells whether a model of so many parameters fits into so many bytes of
// memory, 0 for a size that nobody knows. The error is a [*TooLargeError].
func (m Memory) fits(parameters, has int64, instead func(int64) string) error {
	most := int64(share * float64(has))
	if has <= 0 || m.Total() <= most {
		return nil
	}
	e := &TooLargeError{Needs: m, Has: has}
	var ways []string
	if instead != nil {
		if names := instead(most); names != "" {
			ways = append(ways, "take "+names+", which fits")
		}
	}
	beside := m.Cache + m.Activations
	for _, f := range formats {
		if weights := int64(float64(parameters) * f.bits / 8); weights < m.Weights && weights+beside <= most {
			ways = append(ways, fmt.Sprintf("take this model as %s (about %s)", f.name, gigabytes(weights)))
			break
		}
	}
	if billions := float64(max(0, most-beside)) * 8 / 4.9 / 1e9; len(ways) == 0 {
		ways = append(ways, fmt.Sprintf("take a model of at most %.1f billion parameters as Q4_K_M", billions))
	}
	e.Instead = strings.Join(ways, ", or ")
	return e
}

// Fits tells whether the GGUF file at path fits into so many bytes of memory. The
// error is a [*TooLargeError]; what is wrong with the file is not told.
func Fits(path string, o Options, has int64) error {
	need, err := Needs(path, o)
	if err != nil {
		return nil
	}
	return need.fits(need.parameters, has, o.Instead)
}

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
	return needsOf(network, o), nil
}

func needsOf(network *llama.Model, o Options) (m Memory) {
	m.Weights, m.Cache, m.Activations = network.Needs(llama.Options{Context: o.ContextTokens, Batch: o.BatchTokens, Threads: o.Threads})
	m.parameters = network.Parameters()
	return m
}

// ModelHeader is what a GGUF file's header says of its model.
type ModelHeader struct {
	Memory
	Parameters int64
	Inserts    bool // it has the control tokens of a family that inserts
	Chats      bool // its chat template is one that the engine knows
}

// Look reads the header of the GGUF file at path. The error says why the engine
// cannot run it.
func Look(path string, o Options) (a ModelHeader, err error) {
	o.memory = func() machine.Memory { return machine.Memory{} } // it is only looked at
	b := NewBackend(path, o)
	defer func() { err = errors.Join(err, b.Close()) }()
	info, err := b.Probe(context.Background())
	if err != nil {
		return ModelHeader{}, err
	}
	a.Parameters, a.Inserts, a.Chats = info.Parameters, len(info.Controls) > 0, b.Converses()
	a.Memory, err = Needs(path, o)
	return a, err
}
