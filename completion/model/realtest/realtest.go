// Package realtest gives tests and measurements real language models: those that
// .ci/parts brings, and what llama-quantize makes of them.
package realtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Model is a real model, by the name of its file in the folder of models.
type Model string

// The models. All are under Apache-2.0.
const (
	Qwen05 Model = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf" // Qwen2.5-Coder-0.5B-Instruct
	Qwen15 Model = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf" // Qwen2.5-Coder-1.5B-Instruct
	SmolLM Model = "SmolLM2-135M-Instruct.Q4_1.gguf"         // SmolLM2-135M-Instruct
)

// Models are all of them, the smallest first.
var Models = []Model{SmolLM, Qwen05, Qwen15}

// Formats are what [Path] makes, as llama-quantize names them.
var Formats = []string{"F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0", "Q3_K_M"}

// Short is the model's name in tables: "0.5B".
func (m Model) Short() string {
	switch m {
	case Qwen05:
		return "0.5B"
	case Qwen15:
		return "1.5B"
	}
	return "135M"
}

// Native is the format in which the model was published.
func (m Model) Native() string {
	if m == SmolLM {
		return "Q4_1"
	}
	return "Q4_K_M"
}

// Path is [File] for a test, which fails without the model.
func Path(t testing.TB, m Model, format string) string {
	t.Helper()
	path, err := File(m, format)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// File is the model's file in a format; the published file for its native one or
// "". Any other is made by llama-quantize the first time (seconds to a minute)
// and kept beside the models, where the next run finds it. Weights that were
// rounded once are rounded again (--allow-requantize): such a file is for speed
// and for equality of two programs, not for answers.
//
// The environment variable AIRSIDE_MODELS names the folder of models,
// AIRSIDE_LLAMA_QUANTIZE the program.
func File(m Model, format string) (string, error) {
	dir := os.Getenv("AIRSIDE_MODELS")
	if dir == "" {
		return "", errors.New("AIRSIDE_MODELS does not name the folder of models that .ci/parts brings")
	}
	published := filepath.Join(dir, string(m))
	if format == "" || format == m.Native() {
		_, err := os.Stat(published)
		return published, err
	}
	if !slices.Contains(Formats, format) {
		return "", fmt.Errorf("no format %q; there are %s", format, strings.Join(Formats, ", "))
	}
	made := filepath.Join(dir, "made", fmt.Sprintf("%s-%s.gguf", m.Short(), strings.ToLower(format)))
	_, err := os.Stat(made)
	if errors.Is(err, fs.ErrNotExist) {
		err = quantize(published, made, format)
	}
	return made, err
}

// quantize makes a file whole or not at all.
func quantize(from, to, format string) error {
	program := os.Getenv("AIRSIDE_LLAMA_QUANTIZE")
	if program == "" {
		return errors.New("AIRSIDE_LLAMA_QUANTIZE does not name a llama-quantize program")
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	half := fmt.Sprintf("%s.%d", to, os.Getpid())
	defer os.Remove(half)
	if out, err := exec.Command(program, "--allow-requantize", from, half, format).CombinedOutput(); err != nil {
		return fmt.Errorf("llama-quantize %s: %w\n%s", format, err, out)
	}
	return os.Rename(half, to)
}
