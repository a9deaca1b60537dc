package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLawMap holds .github/ARCHITECTURE.md to the folders: it has a line for
// each room, and none for a room that is no more.
func TestLawMap(t *testing.T) {
	text, err := os.ReadFile("../../.github/ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	onMap := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(m[1], "/") || m[1] == "lsp" || m[1] == "completion" || m[1] == "gitsync" {
			onMap[m[1]] = true
		}
	}
	for room := range onMap {
		if info, err := os.Stat(filepath.Join("../..", room)); err != nil || !info.IsDir() {
			t.Errorf(".github/ARCHITECTURE.md has a room %s, which is no folder", room)
		}
	}
	eachGoFile(t, func(path, folder string) {
		parts := strings.Split(folder, "/")
		if room := strings.Join(parts[:min(2, len(parts))], "/"); !onMap[room] {
			onMap[room] = true // once is enough
			t.Errorf("%s is a room: .github/ARCHITECTURE.md has to say what it does", room)
		}
	})
}

var link = regexp.MustCompile(`\]\(([^)#:]+)\)`)

// TestLawPlaces has every file and folder that the map and the recipes name
// between backquotes exist. What has capitals stands for a name.
func TestLawPlaces(t *testing.T) {
	place := regexp.MustCompile("`((?:cmd|lsp|completion|gitsync|editors|\\.ci)/[a-z0-9_./-]+)`")
	for _, document := range []string{".github/ARCHITECTURE.md", ".github/CONTRIBUTING.md", "README.md"} {
		text, err := os.ReadFile("../../" + document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range place.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat("../../" + m[1]); err != nil {
				t.Errorf("%s names %s, which does not exist", document, m[1])
			}
		}
	}
}

// TestLawLinks follows the links of the documents to files of this repository.
func TestLawLinks(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"*.md", ".github/*.md", "editors/*/*.md"} {
		found, _ := filepath.Glob("../../" + pattern)
		documents = append(documents, found...)
	}
	if len(documents) < 10 {
		t.Fatal("only found", documents)
	}
	for _, document := range documents {
		if strings.HasSuffix(document, "editors/vscode/CHANGELOG.md") {
			continue // the copy for a VSIX that is being packed
		}
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", strings.TrimPrefix(document, "../../"), m[1], err)
			}
		}
	}
}

// eachGoFile visits the files of Go of the house, tests among them; folder is
// relative to the top, with slashes.
func eachGoFile(t *testing.T, visit func(path, folder string)) {
	t.Helper()
	const top = "../.."
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != top && (name == "testdata" || name == "node_modules" || name == "build" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(name, ".go") {
			folder, _ := filepath.Rel(top, filepath.Dir(path))
			visit(path, filepath.ToSlash(folder))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
