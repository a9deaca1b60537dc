package ollama

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Ollama keeps what it has pulled in a folder of its own:
//
//	manifests/HOST/NAMESPACE/MODEL/TAG   JSON: the layers of a model, by digest
//	blobs/sha256-…                       the layers; one of them is a GGUF file
//
// Nothing here writes there. Whoever may write there decides which file is run and
// no more: what leads out of the folder, is no regular file or has another size
// than the manifest says is not taken.

const (
	// maxManifest bounds what is read of a manifest; they have some hundred bytes.
	maxManifest = 64 << 10
	// maxStored bounds how many manifests are looked at in a folder.
	maxStored = 1000

	defaultHost, defaultNamespace = "registry.ollama.ai", "library"

	modelLayer   = "application/vnd.ollama.image.model"
	adapterLayer = "application/vnd.ollama.image.adapter"
)

// StoredModel is a model in one of Ollama's folders.
type StoredModel struct {
	Name   string // as Ollama lists it: "qwen2.5-coder:1.5b"
	Digest string // of its manifest, as Ollama lists it: hexadecimal SHA-256
	File   string // the GGUF file with its weights
	Bytes  int64  // of the file
}

// ErrNotStored says that a model is in none of the folders.
var ErrNotStored = errors.New("it is in none of Ollama's folders that can be read")

// FindStored finds a model by its name and its digest, "" for any, in the first of
// Ollama's folders that has it. The error is [ErrNotStored] or says why its file is
// not to be used.
func FindStored(folders []string, name, digest string) (StoredModel, error) {
	found := ErrNotStored
	for _, folder := range folders {
		root, err := os.OpenRoot(folder)
		if err != nil {
			continue
		}
		s, err := readStored(root, folder, manifestOf(name))
		_ = root.Close()
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			found = err
		case digest != "" && s.Digest != strings.TrimPrefix(digest, "sha256:"):
			found = fmt.Errorf("%s is another model in %s", name, folder)
		default:
			return s, nil
		}
	}
	return StoredModel{}, found
}

// ListStored lists what is in Ollama's folders; of a name that several have, the
// first. What cannot be used is left out.
func ListStored(folders []string) []StoredModel {
	var list []StoredModel
	known := map[string]bool{}
	for _, folder := range folders {
		root, err := os.OpenRoot(folder)
		if err != nil {
			continue
		}
		seen := 0
		_ = fs.WalkDir(root.FS(), "manifests", func(at string, d fs.DirEntry, err error) error {
			if err != nil || seen >= maxStored || strings.Count(at, "/") > 4 {
				return fs.SkipDir
			}
			if !d.Type().IsRegular() || strings.Count(at, "/") != 4 {
				return nil
			}
			seen++
			if s, err := readStored(root, folder, at); err == nil && !known[s.Name] {
				known[s.Name] = true
				list = append(list, s)
			}
			return nil
		})
		_ = root.Close()
	}
	return list
}

// manifestOf is where a model's manifest lies.
func manifestOf(name string) string {
	name, tag, ok := strings.Cut(name, ":")
	if !ok {
		tag = "latest"
	}
	parts := strings.Split(name, "/")
	if len(parts) == 1 {
		parts = append([]string{defaultNamespace}, parts...)
	}
	if len(parts) == 2 {
		parts = append([]string{defaultHost}, parts...)
	}
	return path.Join("manifests", path.Join(parts...), tag)
}

// nameOf is the model whose manifest lies there.
func nameOf(manifest string) string {
	parts := strings.Split(strings.TrimPrefix(manifest, "manifests/"), "/")
	tag := parts[len(parts)-1]
	parts = parts[:len(parts)-1]
	if parts[0] == defaultHost {
		parts = parts[1:]
		if parts[0] == defaultNamespace {
			parts = parts[1:]
		}
	}
	return strings.Join(parts, "/") + ":" + tag
}

var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// readStored reads a manifest and looks at the file that it names.
func readStored(root *os.Root, folder, at string) (StoredModel, error) {
	if !fs.ValidPath(at) || !strings.HasPrefix(at, "manifests/") || strings.Count(at, "/") != 4 {
		return StoredModel{}, fs.ErrNotExist
	}
	text, err := readRegular(root, at)
	if err != nil {
		return StoredModel{}, err
	}
	var manifest struct {
		Layers []struct {
			MediaType string `json:"mediaType"`
			Digest    string `json:"digest"`
			Size      int64  `json:"size"`
		} `json:"layers"`
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return StoredModel{}, fmt.Errorf("the manifest %s: %w", at, err)
	}
	sum := sha256.Sum256(text)
	s := StoredModel{Name: nameOf(at), Digest: hex.EncodeToString(sum[:])}
	for _, layer := range manifest.Layers {
		switch layer.MediaType {
		case adapterLayer:
			return StoredModel{}, fmt.Errorf("%s has an adapter beside its weights", s.Name)
		case modelLayer:
			if s.File != "" {
				return StoredModel{}, fmt.Errorf("%s has its weights in several files", s.Name)
			}
			if !digestForm.MatchString(layer.Digest) {
				return StoredModel{}, fmt.Errorf("the manifest of %s names no digest", s.Name)
			}
			blob := "blobs/" + strings.Replace(layer.Digest, ":", "-", 1)
			info, err := root.Lstat(blob)
			if err != nil {
				return StoredModel{}, fmt.Errorf("the weights of %s: %w", s.Name, err)
			}
			if !info.Mode().IsRegular() || info.Size() != layer.Size {
				return StoredModel{}, fmt.Errorf("the weights of %s are no file of %d bytes", s.Name, layer.Size)
			}
			s.File, s.Bytes = filepath.Join(folder, filepath.FromSlash(blob)), layer.Size
		}
	}
	if s.File == "" {
		return StoredModel{}, fmt.Errorf("%s has no file of weights", s.Name)
	}
	return s, nil
}

// readRegular reads a small regular file below root, which no link leads out of.
func readRegular(root *os.Root, at string) ([]byte, error) {
	info, err := root.Lstat(at)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxManifest {
		return nil, fmt.Errorf("%s is no small file", at)
	}
	f, err := root.OpenFile(at, os.O_RDONLY|nonBlocking, 0) // should a pipe have taken its place
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxManifest))
}
