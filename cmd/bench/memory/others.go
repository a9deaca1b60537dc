package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/symbols"
)

// tellOfOthers prints how it stands at the places whose answer uses what another file
// of the repository defines, and at the others; and at how many of the former a
// definition that is needed was among what the prompt showed.
func tellOfOthers(s set, places []place, of []int, answers []answer) {
	known := map[int]map[string][]string{} // by repository and name: files
	var exact, all [2]int
	needed, shown, with := 0, 0, 0
	for i, p := range places {
		if known[of[i]] == nil {
			known[of[i]] = definedIn(s.repositories[of[i]])
		}
		names := needs(p, known[of[i]])
		k := 1
		if len(names) > 0 {
			k = 0
			needed++
			if slices.ContainsFunc(answers[i].snippets, func(sn completion.Snippet) bool {
				return slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix("."+sn.Name, "."+n) || strings.Contains(sn.Text, n) })
			}) {
				shown++
			}
		}
		if len(answers[i].snippets) > 0 {
			with++
		}
		all[k]++
		if strings.TrimSpace(heldout.FirstLine(answers[i].text)) == strings.TrimSpace(p.want) {
			exact[k]++
		}
	}
	fmt.Printf("  %-14s exact %d of %d where another file defines what is used, %d of %d elsewhere; prompts with definitions %d, with one that is needed %d of %d\n",
		"", exact[0], all[0], exact[1], all[1], with, shown, needed)
}

// definedIn are the files that define a name.
func definedIn(r repository) map[string][]string {
	x := symbols.New(nil)
	defer x.Close()
	names := map[string][]string{}
	for _, f := range r.files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		for _, d := range x.Definitions(f, string(text)) {
			if len(d.Name) > 2 && !slices.Contains(names[d.Name], f) {
				names[d.Name] = append(names[d.Name], f)
			}
		}
	}
	return names
}

// needs are the names in the answer of a place that other files define, and not its
// own.
func needs(p place, defined map[string][]string) (names []string) {
	for _, word := range strings.FieldsFunc(p.want, func(r rune) bool { return r >= 0x80 || !heldout.WordByte(byte(r)) }) {
		if files := defined[word]; len(files) > 0 && !slices.Contains(files, p.path) && len(files) <= 10 {
			names = append(names, word)
		}
	}
	return names
}
