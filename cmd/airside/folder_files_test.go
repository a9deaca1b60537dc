package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestFolderFiles: of a folder that was closed, or is trusted no more, no file is listed or read.
func TestFolderFiles(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "a.go")
	if err := os.WriteFile(file, []byte("word"), 0o644); err != nil {
		t.Fatal(err)
	}
	list := func(context.Context) ([]string, bool, error) { return []string{file}, true, nil }
	f := &folderFiles{}
	for range 2 { // it is made known anew when anything changes
		f.put(root, &folderList{list: list})
	}
	like := filepath.Join(root, "b.go")
	if hits := f.search(t.Context(), "word", like); len(hits) != 1 || hits[0] != file {
		t.Errorf("%q", hits)
	}
	if _, ok := f.read(root + "-other/a.go"); ok {
		t.Error("a file beside the folder is read")
	}
	f.put(root, nil)
	if _, ok := f.read(file); ok || len(f.search(t.Context(), "word", like)) > 0 {
		t.Error("it is read, though its folder is closed")
	}
}
