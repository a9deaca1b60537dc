//go:build e2e

package e2e

import (
	"path/filepath"
	"regexp"
	"testing"
)

// The journeys of this file have a real model of 1.5 billion parameters, and each
// setting of the editor at its default.

// TestE2ENvimReal opens a line in the middle of a file in Neovim, and types on: there is
// ghost text at one of two places at least.
func TestE2ENvimReal(t *testing.T) {
	waits := writeWaits(t, 2, 1)
	w := startWaiting(t, waits[0].path, realModel(t, "llamacpp"))
	shown := 0
	for _, at := range waits {
		w.wait(at, 0)
	}
	for _, d := range append(w.first, w.on...) {
		if d < firstPatience {
			shown++
		}
	}
	if shown == 0 {
		t.Error("no ghost text anywhere")
	}
}

// noneOf is what vscode/first.ts says of each kind of wait.
var noneOf = regexp.MustCompile(`(?m)^(first|on): nothing within \d+ ms at (\d+) of (\d+)`)

// TestE2EVSCodeReal does the same in VS Code.
func TestE2EVSCodeReal(t *testing.T) {
	waits := writeWaits(t, 2, 1)
	c := startCodeServer(t, untouched, realModel(t, "builtin"), allTrusted)
	c.world.Folders["code"], c.world.Waits = filepath.Dir(waits[0].path), waits
	shown := false
	for _, said := range noneOf.FindAllStringSubmatch(c.journeys("first"), -1) {
		shown = shown || said[2] != said[3]
	}
	if !shown {
		t.Error("no ghost text anywhere")
	}
}
