// Split makes a repository of merges out of the released versions of a Go
// module, for machines on which no repository with merges is at hand: of what
// changed from one version to the next, one side of a merge gets a part and the
// other the rest, so that the next version is what the people wrote and what a
// merge should come to.
//
//	go run ./cmd/bench/merge/split [-seed n] [-cut share] DIR MODULE@VERSION…
//
// Changes are dealt out by hunk. A share of the hunks is cut in two, where each
// half alone could be a commit: both sides then change one place, which lines
// alone cannot settle.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"unicode/utf8"
)

func main() {
	seed := flag.Uint64("seed", 1, "deals the changes out")
	cut := flag.Float64("cut", 0.3, "the share of hunks that are cut in two")
	rounds := flag.Int("rounds", 10, "merges made of one pair of versions")
	flag.Parse()
	if flag.NArg() < 3 {
		fmt.Fprintln(os.Stderr, "usage: split [-seed n] [-cut share] [-rounds n] DIR MODULE@VERSION MODULE@VERSION…")
		os.Exit(2)
	}
	d := dealer{rand: rand.New(rand.NewPCG(*seed, 0)), cut: *cut}
	if err := split(&d, flag.Arg(0), flag.Args()[1:], *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "split:", err)
		os.Exit(1)
	}
}

// split writes the repository.
func split(d *dealer, dir string, versions []string, rounds int) error {
	h, err := create(dir)
	if err != nil {
		return err
	}
	beforeDir, before, err := download(versions[0])
	if err != nil {
		return err
	}
	for _, version := range versions[1:] {
		afterDir, after, err := download(version)
		if err != nil {
			return err
		}
		changes, err := diff(beforeDir, afterDir)
		if err != nil {
			return err
		}
		base := h.commit(before, "before "+version)
		for range rounds {
			ours, theirs := d.deal(before, after, changes)
			a := h.commit(ours, "a part of "+version, base)
			b := h.commit(theirs, "the rest of "+version, base)
			h.merge(after, version, a, b)
		}
		beforeDir, before = afterDir, after
	}
	return h.close()
}

// tree is the texts of a version by their slashed paths.
type tree map[string]string

// download has the go command fetch a version into dir, and reads its text files.
func download(version string) (dir string, texts tree, err error) {
	out, err := exec.Command("go", "mod", "download", "-json", version).Output()
	if err != nil {
		return "", nil, fmt.Errorf("go mod download %s: %w: %s", version, err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", nil, err
	}
	texts = tree{}
	err = filepath.WalkDir(module.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !utf8.Valid(data) || len(data) > 1<<20 {
			return err
		}
		rel, err := filepath.Rel(module.Dir, path)
		texts[filepath.ToSlash(rel)] = string(data)
		return err
	})
	return module.Dir, texts, err
}
