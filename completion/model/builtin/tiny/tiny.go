// Package tiny holds the model that is built into airside: a small llama
// network trained on permissively licensed source in seven languages.
// airside-tiny.md is its model card, testdata/model its recipe.
package tiny

import (
	_ "embed"
	"unsafe"
)

// A string rather than bytes, so that the linker puts the model among the
// read-only data: pages that stay on the disk until they are touched.
//
//go:embed airside-tiny.gguf
var model string

// Model returns the GGUF file. It is the program's own read-only memory:
// writing to it faults.
func Model() []byte { return unsafe.Slice(unsafe.StringData(model), len(model)) }

// Card is what the rest of airside needs to know about a model file.
type Card struct {
	Name string
	// PromptForm is the form of prompt that the model answers best.
	PromptForm string
	// ContextTokens is the length of the sequences it was trained on, prompt
	// and answer together. The file allows more, at falling quality.
	ContextTokens int
	// PromptTokens is the length of prompt beyond which its answers get no
	// better beside the memory, by make bench-memory. Alone it lost half a point
	// of exact match in Go's standard library, which 200 places cannot tell from 0.
	PromptTokens int
	// Parameters is the number of weights.
	Parameters int
	// Languages lists the programming languages it was trained on.
	Languages []string
	License   string
	// Bytes and SHA256 (in hexadecimal) identify the file.
	Bytes  int
	SHA256 string
}

// Plain is the PromptForm of a model that continues a text: the beginning of
// sequence token, then the text before the cursor. The text after the cursor
// is not told to the model.
const Plain = "plain"

// TheCard describes the model that Model returns.
var TheCard = Card{
	Name:          "airside-tiny",
	PromptForm:    Plain,
	ContextTokens: 512,
	PromptTokens:  256,
	Parameters:    6_032_640,
	Languages:     []string{"go", "python", "typescript", "javascript", "rust", "java", "c"},
	License:       "Apache-2.0",
	Bytes:         6_533_920,
	SHA256:        "020c888550e772defec70db32875961850db6d1f319f867ac91b0e259092b479",
}
