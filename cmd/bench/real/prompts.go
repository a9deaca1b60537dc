package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// codePrompts are n prompts of readTokens tokens from as many files of Go's
// standard library, from the middle of each, so that no two begin alike.
func codePrompts(tok *tokenizer.Tokenizer, n int) ([][]int32, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	var files []string
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "vendor" || d.Name() == "testdata" || d.Name() == "cmd") {
			return filepath.SkipDir
		}
		if info, err := d.Info(); err == nil && strings.HasSuffix(path, ".go") && info.Size() > 8000 {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var out [][]int32
	for i := range n {
		text, err := os.ReadFile(files[i*len(files)/n])
		if err != nil {
			return nil, err
		}
		tokens := tok.Encode(string(text[len(text)/2:]))
		if len(tokens) < readTokens {
			return nil, fmt.Errorf("%s is too short", files[i*len(files)/n])
		}
		out = append(out, tokens[:readTokens:readTokens])
	}
	return out, nil
}
