// Real measures the built-in engine beside a llama-server: the same file,
// prompts and threads, in turns. See make bench-real.
//
// For each model, format and number of threads: tokens a second read (a prompt of
// 256 tokens of code that was not seen before), tokens a second generated (32
// behind it, greedily), milliseconds to the first token when all of the prompt but
// its last four tokens is known (llama-server's over HTTP, as a user has it), and
// for the engine alone the memory beside the mapped file and the processor's time
// in a while in which nobody asks. Each figure is the median of the rounds. The
// medians of real files say more than their best: run it on an idle machine.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/model/realtest"
)

func main() {
	models := flag.String("models", "", "models, by their short names; empty is all: 135M,0.5B,1.5B")
	formats := flag.String("formats", "", "formats; empty is all: "+strings.Join(realtest.Formats, ","))
	threads := flag.String("threads", "1,2", "numbers of threads")
	rounds := flag.Int("rounds", 5, "rounds, of which the median is told")
	asJSON := flag.Bool("json", false, "print a JSON array")
	flag.Parse()
	if err := run(*models, *formats, *threads, *rounds, *asJSON); err != nil {
		fmt.Fprintln(os.Stderr, "bench/real:", err)
		os.Exit(1)
	}
}

func run(models, formats, threads string, rounds int, asJSON bool) error {
	var all []figures
	for _, m := range realtest.Models {
		if !listed(models, m.Short()) {
			continue
		}
		for _, format := range realtest.Formats {
			if !listed(formats, format) {
				continue
			}
			file, err := realtest.File(m, format)
			if err != nil {
				return err
			}
			for _, t := range strings.Split(threads, ",") {
				n, err := strconv.Atoi(t)
				if err != nil || n < 1 {
					return fmt.Errorf("%q is no number of threads", t)
				}
				f, err := measure(file, n, rounds)
				if err != nil {
					return fmt.Errorf("%s %s with %d threads: %w", m.Short(), format, n, err)
				}
				f.Model, f.Format = m.Short(), format
				if !asJSON {
					if len(all) == 0 {
						fmt.Println(header)
					}
					fmt.Println(f)
				}
				all = append(all, f)
			}
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("no model %q in the format %q", models, formats)
	}
	if asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	return nil
}

// listed tells whether a list with commas, in which nothing is all, has a name.
func listed(list, name string) bool {
	return list == "" || slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.EqualFold(s, name) })
}
