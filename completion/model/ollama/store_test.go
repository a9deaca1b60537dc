package ollama

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// storeModel puts a model into one of Ollama's folders, and returns its file.
func storeModel(t *testing.T, folder, manifest string, weights []byte, change func(string) string) string {
	t.Helper()
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(weights))
	text := fmt.Sprintf(`{"schemaVersion":2,"config":{"digest":"sha256:00","size":1},"layers":[
		{"mediaType":%q,"digest":%q,"size":%d},{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:11","size":7}]}`,
		modelLayer, digest, len(weights))
	if change != nil {
		text = change(text)
	}
	file := filepath.Join(folder, "blobs", strings.Replace(digest, ":", "-", 1))
	for name, content := range map[string]string{filepath.Join(folder, "manifests", filepath.FromSlash(manifest)): text, file: string(weights)} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func TestStored(t *testing.T) {
	folder, other := t.TempDir(), t.TempDir()
	qwen := storeModel(t, folder, "registry.ollama.ai/library/qwen2.5-coder/1.5b", []byte("qwen"), nil)
	mine := storeModel(t, folder, "registry.ollama.ai/me/mine/latest", []byte("mine"), nil)
	theirs := storeModel(t, other, "hf.co/a/b/Q4_K_M", []byte("theirs"), nil)
	storeModel(t, other, "registry.ollama.ai/library/qwen2.5-coder/1.5b", []byte("another"), nil)
	folders := []string{filepath.Join(folder, "none"), folder, other}
	for name, file := range map[string]string{"qwen2.5-coder:1.5b": qwen, "me/mine": mine, "me/mine:latest": mine, "hf.co/a/b:Q4_K_M": theirs} {
		s, err := FindStored(folders, name, "")
		if err != nil || s.File != file || !sameName(s.Name, name) || s.Bytes == 0 {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if again, err := FindStored(folders, name, "sha256:"+s.Digest); err != nil || again != s {
			t.Errorf("%s by its digest: %+v, %v", name, again, err)
		}
	}
	if _, err := FindStored(folders, "qwen2.5-coder:1.5b", "abc"); err == nil || !strings.Contains(err.Error(), "another model") {
		t.Errorf("of another digest: %v", err)
	}
	for _, name := range []string{"none", "../../x", "a/b/c/d/e:f", "x:../../blobs", ""} {
		if s, err := FindStored(folders, name, ""); !errors.Is(err, ErrNotStored) {
			t.Errorf("%q: %+v, %v", name, s, err)
		}
	}
	var names []string
	for _, s := range ListStored(folders) {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "qwen2.5-coder:1.5b me/mine:latest hf.co/a/b:Q4_K_M" {
		t.Errorf("%s", got)
	}
}

// TestHostileStore: whoever may write there decides nothing but which file is run.
func TestHostileStore(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(outside, []byte("weights"), 0o600); err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) func(string) string {
		return func(s string) string { return strings.ReplaceAll(s, old, new) }
	}
	instead := func(file string, f func() error) {
		if err := errors.Join(os.Remove(file), f()); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		change  func(string) string
		then    func(folder, manifest, blob string)
		because string
	}{
		{"another size", replace(`"size":7`, `"size":8`), nil, "no file of 8 bytes"},
		{"cut off", nil, func(_, _, blob string) { _ = os.Truncate(blob, 3) }, "no file of 7 bytes"},
		{"a digest that leads out", replace("sha256:", "sha256:../../"), nil, "names no digest"},
		{"an adapter", replace("image.template", "image.adapter"), nil, "adapter"},
		{"two files", replace("image.template", "image.model"), nil, "several files"},
		{"none", replace("image.model", "image.tensor"), nil, "no file of weights"},
		{"no JSON", func(string) string { return "{" }, nil, "manifest"},
		{"a long manifest", func(s string) string { return s + strings.Repeat(" ", maxManifest) }, nil, "no small file"},
		{"the weights are a link", nil, func(_, _, blob string) {
			instead(blob, func() error { return os.Symlink(outside, blob) })
		}, "no file of 7 bytes"},
		{"the folder of weights is a link", nil, func(folder, _, blob string) {
			dir := t.TempDir()
			_ = os.Rename(blob, filepath.Join(dir, filepath.Base(blob)))
			instead(filepath.Join(folder, "blobs"), func() error { return os.Symlink(dir, filepath.Join(folder, "blobs")) })
		}, "escapes"},
		{"the manifest is a link", nil, func(_, manifest, _ string) {
			instead(manifest, func() error { return os.Symlink(outside, manifest) })
		}, "no small file"},
	}
	for _, tt := range tests {
		folder := t.TempDir()
		const manifest = "registry.ollama.ai/library/m/latest"
		blob := storeModel(t, folder, manifest, []byte("weights"), tt.change)
		if tt.then != nil {
			tt.then(folder, filepath.Join(folder, "manifests", manifest), blob)
		}
		if s, err := FindStored([]string{folder}, "m", ""); err == nil || !strings.Contains(err.Error(), tt.because) {
			t.Errorf("%s: %+v, %v", tt.name, s, err)
		}
		if list := ListStored([]string{folder}); list != nil {
			t.Errorf("%s: listed %+v", tt.name, list)
		}
	}
}
