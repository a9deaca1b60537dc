package store

import (
	"net/url"
	"strings"
)

// Known is a model that airside knows where to get, and by its sum that it is the one.
type Known struct {
	Name       string // what people call it here
	File       string // in a store, on a stick, on a mirror
	Address    string // where its makers publish it
	SHA256     string // in hex
	Bytes      int64
	Parameters int64
	License    string
	Ollama     string // its name in Ollama's registry
	Use        string // what it is good for, for people
}

// models are those that airside was measured with, and their larger siblings: they
// insert and chat, and the engine in the binary runs them. Sizes and sums are those of
// the makers' repositories (Git LFS).
var models = []Known{
	qwen("0.5B", "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32", 491_400_064, 494_032_768, "Apache-2.0", "typing on a small machine"),
	qwen("1.5B", "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046", 1_117_320_768, 1_543_714_304, "Apache-2.0", "typing, and short reviews"),
	qwen("3B", "724fb256bec1ff062b2f65e4569e871ad2e95ab2a3989723d1769c54294730b7", 2_104_932_800, 3_085_938_688, "Qwen Research (not for commercial use)", "typing on a fast machine, reviews"),
	qwen("7B", "509287f78cb4d4cf6b3843734733b914b2c158e43e22a7f4bf5e963800894d3c", 4_683_073_536, 7_615_616_512, "Apache-2.0", "reviews; typing with a GPU"),
}

func qwen(size, sum string, bytes, parameters int64, license, use string) Known {
	low := strings.ToLower(size)
	file := "qwen2.5-coder-" + low + "-instruct-q4_k_m.gguf"
	return Known{
		Name: "qwen2.5-coder-" + low, File: file, SHA256: sum, Bytes: bytes, Parameters: parameters, License: license,
		Address: "https://huggingface.co/Qwen/Qwen2.5-Coder-" + size + "-Instruct-GGUF/resolve/main/" + file,
		Ollama:  "qwen2.5-coder:" + low, Use: use,
	}
}

// AllKnown are the models that airside knows where to get, smallest first.
func AllKnown() []Known { return append([]Known(nil), models...) }

// Find is the known model of a name, or of a file.
func Find(name string) (Known, bool) {
	for _, k := range models {
		if strings.EqualFold(name, k.Name) || strings.EqualFold(name, k.File) || strings.EqualFold(name+Suffix, k.File) {
			return k, true
		}
	}
	return Known{}, false
}

// Wanted is the model as a file.
func (k Known) Wanted() Wanted { return Wanted{Name: k.File, Bytes: k.Bytes, SHA256: k.SHA256} }

// Memory is about what it takes of memory, in bytes, with a context of some thousand
// tokens: its weights, and a fifth more.
func (k Known) Memory() int64 { return k.Bytes + k.Bytes/5 + 100_000_000 }

// AtMirror is the address of the model's file at a mirror's, which keeps its query.
func (k Known) AtMirror(mirror string) string {
	u, err := url.Parse(mirror)
	if err != nil { // whoever takes it for an address says so
		return mirror
	}
	return u.JoinPath(k.File).String()
}
