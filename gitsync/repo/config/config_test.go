package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// TestConfigCache: what was read counts as long as its files are as they were, also
// those that were not there; and a second where they are not all that matters.
func TestConfigCache(t *testing.T) {
	read := time.Now()
	dir := t.TempDir()
	there, missing := filepath.Join(dir, "config"), filepath.Join(dir, ".gitconfig")
	write := func(path, text string, at time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	old, fresh := read.Add(-time.Hour), read.Add(-time.Second)
	for name, test := range map[string]struct {
		written time.Time // the file, before it was read
		partly  bool      // the files are not all that matters
		change  func()
		after   time.Duration
		valid   bool
	}{
		"at once":               {old, false, nil, 0, true},
		"later":                 {old, false, nil, time.Minute, true},
		"much later":            {old, false, nil, unchangedFor, false},
		"a clock set back":      {old, false, nil, -unchangedFor, false},
		"includes, at once":     {old, true, nil, 0, true},
		"includes, later":       {old, true, nil, time.Minute, false},
		"changed":               {old, false, func() { write(there, "[b]\n", read) }, 0, false},
		"came to be":            {old, false, func() { write(missing, "[a]\n", old) }, time.Minute, false},
		"gone":                  {old, false, func() { os.Remove(there) }, 0, false},
		"just written, at once": {fresh, false, nil, 0, true},
		"just written, later":   {fresh, false, nil, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			write(there, "[a]\n", test.written)
			os.Remove(missing)
			c := cache{read: read, all: Settings{}, whole: !test.partly, files: map[string]fileStamp{
				there: configStamp(there), missing: configStamp(missing),
			}}
			if test.change != nil {
				test.change()
			}
			if got := c.valid(read.Add(test.after)); got != test.valid {
				t.Errorf("valid: %v", got)
			}
		})
	}
}

// TestConfigIncludesBounded: a file that names itself again and again, and a chain
// that is too deep, are refused as git refuses them; the files that people have are
// read.
func TestConfigIncludesBounded(t *testing.T) {
	include := func(name string) string { return "[include]\n\tpath = " + name + "\n" }
	chain := map[string]string{"config": include("1")}
	for i := 1; i < maxIncludes; i++ {
		chain[strconv.Itoa(i)] = include(strconv.Itoa(i + 1))
	}
	var sections strings.Builder // quadratic, they took minutes
	for i := 0; sections.Len() < layout.MaxConfig-64; i++ {
		fmt.Fprintf(&sections, "[x \"%d\"]\ny=1\n", i)
	}
	sections.WriteString("[a]\n\tb = c\n")
	chain[strconv.Itoa(maxIncludes)] = "[a]\n\tb = c\n"
	for name, test := range map[string]struct {
		files map[string]string
		value string
		bad   bool
	}{
		"itself":             {map[string]string{"config": include("config")}, "", true},
		"itself many times":  {map[string]string{"config": strings.Repeat(include("config"), 20)}, "", true},
		"each other":         {map[string]string{"config": strings.Repeat(include("1"), 20), "1": strings.Repeat(include("config"), 20)}, "", true},
		"wide":               {map[string]string{"config": strings.Repeat(include("1"), 40), "1": "[a]\n\tb = c\n"}, "c", false},
		"too wide":           {map[string]string{"config": strings.Repeat(include("1"), maxIncludedFiles+1), "1": ""}, "", true},
		"too much":           {map[string]string{"config": strings.Repeat(include("1"), 10), "1": "#" + strings.Repeat("x", layout.MaxConfig-10)}, "", true},
		"as deep as git's":   {chain, "c", false},
		"many sections":      {map[string]string{"config": sections.String()}, "c", false},
		"sections, values":   {map[string]string{"config": "[Other \"X.y\"]\n\tB = 1\n[A]\n\tB = b\n" + include("1") + "[a]\n\tb\n[A]\n\tB=c # d\n", "1": "[a]\n\tb = x\n"}, "c", false},
		"a bad file, deeper": {map[string]string{"config": include("1"), "1": "[a\n"}, "", true},
		"a file that is not": {map[string]string{"config": include("1") + "[a]\n\tb = c\n"}, "c", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c := Settings{}
			err := c.readFile(filepath.Join(dir, "config"), "")
			if (err != nil) != test.bad || c.Last("a.b") != test.value {
				t.Errorf("%v, a.b = %q", err, c.Last("a.b"))
			}
		})
	}
}
