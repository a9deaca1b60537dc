// Evaluate measures a model file on held-out source with airside's own engine:
// how often it writes what the programmer wrote, how near it comes, and how
// well it predicts the text.
//
//	go run ./cmd/bench/evaluate [flags] HELD.jsonl
//
// A place is a cursor in a held-out file. Exact is the share of answers equal to
// the text that stood there (spaces at the ends apart), similarity the mean of
// 1 - distance/length, with Levenshtein's distance in characters and the longer
// of both texts. Bits per byte are those of plain text, of stretches of 512
// tokens.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion/model/builtin"
	"github.com/airside-ls/airside/completion/model/builtin/gguf"
	"github.com/airside-ls/airside/completion/model/builtin/llama"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/builtin/tokenizer"
)

// result is the figures of one language and one form of prompt.
type result struct {
	Language        string  `json:"language"`
	Form            string  `json:"form"`
	Lines           int     `json:"lines"`
	LineExact       float64 `json:"lineExact"`
	LineSimilarity  float64 `json:"lineSimilarity"`
	Blocks          int     `json:"blocks"`
	BlockExact      float64 `json:"blockExact"`
	BlockSimilarity float64 `json:"blockSimilarity"`
	BitsPerByte     float64 `json:"bitsPerByte,omitempty"`
}

func main() {
	path := flag.String("model", "", "GGUF `file`; the model in the binary by default")
	lines := flag.Int("lines", 200, "line ends of each language")
	blocks := flag.Int("blocks", 50, "blocks of each language")
	bytes := flag.Int("bytes", 30_000, "bytes of text of each language that bits per byte are taken of")
	seed := flag.Uint64("seed", 1, "where the places are drawn from")
	languages := flag.String("languages", "go,python,typescript,javascript,rust,java,c", "which, separated by commas")
	forms := flag.String("forms", "plain,suffix-first,prefix-first", "forms of the prompt, separated by commas")
	repository := flag.String("repository", "", "only files of repositories whose name has this in it")
	asJSON := flag.Bool("json", false, "one JSON object a line")
	show := flag.Bool("show", false, "show each place, what was wanted and what was answered")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "evaluate: name the file of held-out source that corpus.py wrote")
		os.Exit(2)
	}
	files, err := readFiles(flag.Arg(0))
	if err != nil {
		fail(err)
	}
	m, err := open(*path)
	if err != nil {
		fail(err)
	}
	m.show = *show
	if !*asJSON {
		fmt.Printf("%-11s %-13s %7s %10s %7s %10s %9s\n", "", "", "lines", "", "blocks", "", "")
		fmt.Printf("%-11s %-13s %7s %10s %7s %10s %9s\n", "language", "form", "exact", "similarity", "exact", "similarity", "bits/byte")
	}
	for _, language := range strings.Split(*languages, ",") {
		some := slices.DeleteFunc(slices.Clone(files[language]), func(f file) bool {
			return !strings.Contains(f.Repository, *repository)
		})
		if len(some) == 0 {
			continue
		}
		ends := places(some, *lines, *seed, language+" lines", lineEnd)
		whole := places(some, *blocks, *seed, language+" blocks", block)
		bits, err := m.bitsPerByte(some, *bytes)
		if err != nil {
			fail(err)
		}
		for _, form := range strings.Split(*forms, ",") {
			r := result{Language: language, Form: form, Lines: len(ends), Blocks: len(whole)}
			if form == tiny.Plain {
				r.BitsPerByte = bits
			}
			if r.LineExact, r.LineSimilarity, err = m.answers(ends, form, 48); err != nil {
				fail(err)
			}
			if r.BlockExact, r.BlockSimilarity, err = m.answers(whole, form, 160); err != nil {
				fail(err)
			}
			if *asJSON {
				text, _ := json.Marshal(r)
				fmt.Println(string(text))
				continue
			}
			fmt.Printf("%-11s %-13s %6.1f%% %10.1f %6.1f%% %10.1f %9.3f\n", r.Language, r.Form,
				100*r.LineExact, 100*r.LineSimilarity, 100*r.BlockExact, 100*r.BlockSimilarity, r.BitsPerByte)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "evaluate:", err)
	os.Exit(1)
}

// subject is the model under test.
type subject struct {
	engine  *builtin.Engine
	tok     *tokenizer.Tokenizer
	session *llama.Session // for the probabilities
	show    bool
}

func open(path string) (*subject, error) {
	s := &subject{engine: builtin.OpenEmbedded(builtin.Options{})}
	file, err := gguf.Parse(tiny.Model())
	if path != "" {
		if s.engine, err = builtin.Open(path, builtin.Options{}); err != nil {
			return nil, err
		}
		file, err = gguf.Open(path)
	}
	if err != nil {
		return nil, err
	}
	if s.tok, err = s.engine.Tokenizer(); err != nil {
		return nil, err
	}
	model, err := llama.Load(file)
	if err != nil {
		return nil, err
	}
	s.session = llama.NewSession(model, llama.Options{})
	return s, nil
}

// answers asks for each place, greedily, and compares the answer's lines, as
// many as were wanted, with what was wanted.
func (s *subject) answers(list []place, form string, maxTokens int) (exact, similarity float64, err error) {
	for _, p := range list {
		tokens, err := s.prompt(p, form)
		if err != nil {
			return 0, 0, err
		}
		wanted := strings.TrimSpace(p.want)
		lines := strings.Count(wanted, "\n") + 1
		answer := ""
		_, err = s.engine.Generate(context.Background(), tokens, builtin.GenerateOptions{
			MaxTokens: maxTokens,
			OnToken: func(piece string) error {
				answer += piece
				if strings.Count(strings.TrimLeft(answer, " \n"), "\n") >= lines {
					return errEnough
				}
				return nil
			},
		})
		if err != nil && err != errEnough {
			return 0, 0, err
		}
		answer = firstLines(answer, lines)
		if s.show {
			fmt.Printf("%q\n  wanted   %q\n  answered %q\n", p.before[max(0, len(p.before)-60):], wanted, answer)
		}
		if answer == wanted {
			exact++
		}
		similarity += heldout.Similarity(answer, wanted)
	}
	n := float64(max(1, len(list)))
	return exact / n, similarity / n, nil
}
