package main

import (
	"path/filepath"
	"runtime"
	"strings"

	"github.com/airside-ls/airside/gitsync/consent"
)

// consentBook is where it is kept which folders the user trusts and which
// repositories take part in sync.
func consentBook(environ []string) *consent.Book { return consent.Open(consentDir(environ), nil) }

// consentDir is the user's folder for state, not the one for what can be made
// anew: "$XDG_STATE_HOME/airside" or what takes its place, "" where there is none.
func consentDir(environ []string) string {
	get := func(name string) string {
		value := ""
		for _, kv := range environ {
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				value = v
			}
		}
		return value
	}
	if dir := get("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "airside")
	}
	var base, below string
	switch runtime.GOOS {
	case "windows":
		base = get("LOCALAPPDATA")
	case "darwin":
		base, below = get("HOME"), "Library/Application Support"
	default:
		base, below = get("HOME"), ".local/state"
	}
	if !filepath.IsAbs(base) {
		return ""
	}
	return filepath.Join(base, filepath.FromSlash(below), "airside")
}
