package main

import (
	"cmp"
	"fmt"
	"slices"
)

// placeFilter says which places are chosen.
type placeFilter struct {
	Seed      uint64
	N         int      // of each language
	Languages []string // by their titles
	Kinds     []kind
	Copied    bool // also of lines that stand elsewhere, too
}

// of is how many places of a language are of the i-th kind.
func (w placeFilter) of(i int) int { return (w.N + len(w.Kinds) - 1 - i) / len(w.Kinds) }

// choose draws places: as many of each kind, from one repository as from another as
// far as they reach, one in a file at most. What is wanted of all of them is taken
// out of the repositories at once: none says anything of another.
func choose(repositories []*repository, w placeFilter) (places []place) {
	for _, title := range w.Languages {
		used := map[*file]bool{}
		for i, k := range slices.Backward(w.Kinds) { // the rarest first, while there are files
			places = append(places, chooseOf(repositories, w, title, k, w.of(i), used)...)
		}
	}
	// Repository by repository, as they are asked about.
	slices.SortStableFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Path, b.Path))
	})
	return places
}

// chooseOf draws n places of one stratum from files that are not used yet.
func chooseOf(repositories []*repository, w placeFilter, title string, k kind, n int, used map[*file]bool) (places []place) {
	random := randomOf(w.Seed, title, string(k))
	var queues [][]*file
	for _, r := range repositories {
		files := slices.Clone(r.young[title])
		random.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		queues = append(queues, files)
	}
	for len(places) < n {
		left := false
		for q := range queues { // one of each repository in turn
			for len(queues[q]) > 0 && len(places) < n {
				f := queues[q][0]
				queues[q], left = queues[q][1:], true
				if used[f] {
					continue
				}
				if c, ok := f.find(random, k, w.Copied); ok {
					used[f] = true
					places = append(places, f.place(k, c))
					break
				}
			}
		}
		if !left {
			break
		}
	}
	return places
}

// short says of which strata there are fewer places than wanted, for people.
func short(places []place, w placeFilter) (list []string) {
	for _, title := range w.Languages {
		for i, k := range w.Kinds {
			n := 0
			for _, p := range places {
				if p.Title == title && p.Kind == k {
					n++
				}
			}
			if n < w.of(i) {
				list = append(list, fmt.Sprintf("%s, %s: %d of %d places", title, k, n, w.of(i)))
			}
		}
	}
	return list
}
