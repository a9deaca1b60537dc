// Command indent asks a real model at places where lines begin, in files indented by tabs
// and by spaces, and tells how what is shown is indented: whether something blank leads
// where the indentation is typed, whether lines are in the file's own unit, whether the
// fences of a chat stand there. A row is a language and a unit.
package main

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin"
)

func main() {
	file := flag.String("model", "", "the model, a GGUF file")
	n := flag.Int("n", 104, "places")
	seed := flag.Uint64("seed", 1, "draws the places")
	context := flag.Int("context", 500, "tokens of a prompt")
	tokens := flag.Int("tokens", 60, "that are generated at a place, at most")
	show := flag.Bool("show", false, "print every answer that is not as it should be, and the model's own")
	flag.Parse()
	if *file == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: indent -model file.gguf folder…")
		os.Exit(2)
	}
	if err := run(*file, flag.Args(), *n, *seed, *context, *tokens, *show); err != nil {
		fmt.Fprintln(os.Stderr, "indent:", err)
		os.Exit(1)
	}
}

// row is what became of the places of a language in a unit.
type row struct {
	language, unit                 string
	places, shown, several, raised int // asked; shown; of several lines; of which the model's own was otherwise
	faults                         map[string]int
}

// faults in the order of the table.
var faults = []string{"blank leads", "other unit", "half a step", "fence", "first line"}

func run(file string, folders []string, n int, seed uint64, contextTokens, tokens int, show bool) error {
	backend := builtin.NewBackend(file, builtin.Options{ContextTokens: contextTokens})
	engine := completion.New(completion.Options{Backends: []model.Backend{backend}, MaxTokens: tokens})
	defer engine.Close()
	random := rand.New(rand.NewPCG(seed, seed))
	var rows []row
	for _, l := range languages {
		texts, err := collect(folders, l.endings)
		if err != nil {
			return err
		}
		if len(texts) == 0 {
			return fmt.Errorf("no file of %s in %v", l.name, folders)
		}
		for _, unit := range []string{"\t", l.spaces} {
			r := row{language: l.name, unit: nameOf(unit), faults: map[string]int{}}
			for i := range (n + 2*len(languages) - 1) / (2 * len(languages)) {
				p, ok := draw(random, texts, unit)
				if !ok {
					return fmt.Errorf("no place in %s", l.name)
				}
				p.cursorAt(i % 3)
				if err := r.ask(engine, l, p, fmt.Sprintf("/work/%d%s", i, l.endings[0]), show); err != nil {
					return err
				}
			}
			rows = append(rows, r)
			r.print()
		}
	}
	sum := row{language: "all", faults: map[string]int{}}
	for _, r := range rows {
		sum.places, sum.shown, sum.several, sum.raised = sum.places+r.places, sum.shown+r.shown, sum.several+r.several, sum.raised+r.raised
		for f, n := range r.faults {
			sum.faults[f] += n
		}
	}
	sum.print()
	return nil
}

var headed bool

func (r row) print() {
	if !headed {
		headed = true
		fmt.Printf("%-11s %-9s %6s %6s %8s %9s  %s\n", "language", "unit", "places", "shown", "several", "reindented", strings.Join(faults, "  "))
	}
	fmt.Printf("%-11s %-9s %6d %6d %8d %9d ", r.language, r.unit, r.places, r.shown, r.several, r.raised)
	for _, f := range faults {
		fmt.Printf("  %*d", len(f), r.faults[f])
	}
	fmt.Println()
}

func (r *row) ask(engine *completion.Engine, l language, p place, path string, show bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	d := completion.Document{Path: path, Language: l.name, Text: p.before + p.typed + p.after}
	res, err := engine.Complete(ctx, completion.Request{Document: d, Offset: len(p.before) + len(p.typed), Trigger: completion.Invoked})
	if err != nil {
		return err
	}
	r.places++
	if len(res.Suggestions) == 0 {
		return nil
	}
	s := res.Suggestions[0]
	r.shown++
	if strings.Contains(s.Text, "\n") {
		r.several++
	}
	if !strings.HasPrefix(res.Trace.Raw, s.Text) {
		r.raised++
	}
	found := p.faultsOf(d.Text[:s.Start]+s.Text, s.Start)
	for _, f := range found {
		r.faults[f]++
	}
	if show && len(found) > 0 {
		fmt.Printf("%s by %s, %q typed: %s\n%s\nthe model: %q\nshown: %q at %d\n\n", l.name, r.unit, p.typed, strings.Join(found, ", "), lastLines(p.before, 4), res.Trace.Raw, s.Text, s.Start-len(p.before))
	}
	return nil
}

type language struct {
	name    string
	endings []string
	spaces  string // a step where it is none of tabs
}

var languages = []language{
	{"go", []string{".go"}, "    "},
	{"python", []string{".py"}, "    "},
	{"typescript", []string{".ts"}, "  "},
	{"c", []string{".c", ".h"}, "    "},
}

func nameOf(unit string) string {
	if unit == "\t" {
		return "tab"
	}
	return fmt.Sprint(len(unit), " spaces")
}

// collect reads the files of a language that a person could have written.
func collect(folders, endings []string) (texts []string, err error) {
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if d != nil && slices.Contains([]string{".git", "node_modules", "vendor"}, d.Name()) {
					return filepath.SkipDir
				}
				return err
			}
			info, err := d.Info()
			if err != nil || !info.Mode().IsRegular() || info.Size() < 1500 || info.Size() > 60_000 || !slices.Contains(endings, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			texts = append(texts, strings.ReplaceAll(string(text), "\r\n", "\n"))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// place is where a line begins whose block was taken out.
type place struct {
	before, typed, after string // typed is the line's indentation, or a part of it
	unit, indent         string // what the line was indented by
}

// cursorAt says how much of the indentation is typed: all, none, or half of it.
func (p *place) cursorAt(how int) {
	switch how {
	case 0:
		p.typed = p.indent
	case 1:
		p.typed = ""
	default:
		p.typed = strings.Repeat(p.unit, (len(p.indent)/len(p.unit))/2)
	}
}

// draw takes a line out of a text, with those that follow it at its depth or deeper, at
// most six.
func draw(random *rand.Rand, texts []string, unit string) (place, bool) {
	for range 2000 {
		lines := strings.SplitAfter(inUnit(texts[random.IntN(len(texts))], unit), "\n")
		i := 5 + random.IntN(max(1, len(lines)-10))
		if i >= len(lines) {
			continue
		}
		indent := indentOf(lines[i])
		code := strings.TrimSpace(lines[i])
		if indent == "" || len(code) < 6 || strings.Contains("}])#/*", code[:1]) || len(indent)%len(unit) != 0 || strings.Trim(indent, unit[:1]) != "" {
			continue
		}
		if before := strings.TrimRight(lines[i-1], " \t\n"); before == "" || !strings.Contains("{:;)", before[len(before)-1:]) {
			continue // a line that goes on
		}
		end := i + 1
		for end < len(lines) && end < i+6 && strings.TrimSpace(lines[end]) != "" && strings.HasPrefix(lines[end], indent) {
			end++
		}
		return place{before: strings.Join(lines[:i], ""), after: "\n" + strings.Join(lines[end:], ""), unit: unit, indent: indent}, true
	}
	return place{}, false
}

// inUnit indents a text anew, in steps of unit.
func inUnit(text, unit string) string {
	lines := strings.SplitAfter(text, "\n")
	step := 0
	for _, line := range lines {
		if in := indentOf(line); strings.HasPrefix(in, "\t") {
			step = 0
			break
		} else if n := len(in); n >= 2 && (step == 0 || n < step) && !strings.HasPrefix(line[n:], "*") {
			step = n
		}
	}
	for i, line := range lines {
		in := indentOf(line)
		depth, rest := len(in)-len(strings.TrimLeft(in, "\t")), ""
		if step > 0 {
			depth, rest = len(in)/step, strings.Repeat(" ", len(in)%step)
		}
		lines[i] = strings.Repeat(unit, depth) + rest + line[len(in):]
	}
	return strings.Join(lines, "")
}

func indentOf(line string) string { return line[:len(line)-len(strings.TrimLeft(line, " \t"))] }

// faultsOf are those of a text that ends with a suggestion, which begins at start.
func (p *place) faultsOf(text string, start int) (found []string) {
	add := func(f string, is bool) {
		if is && !slices.Contains(found, f) {
			found = append(found, f)
		}
	}
	suggested := text[start:]
	add("blank leads", p.typed == p.indent && strings.HasPrefix(text[len(p.before):], p.typed+" ") || p.typed == p.indent && strings.HasPrefix(text[len(p.before):], p.typed+"\t"))
	lines := strings.Split(text[len(p.before):], "\n")
	for i, line := range lines {
		code := strings.TrimSpace(line)
		if code == "" {
			continue
		}
		in := indentOf(line)
		add("other unit", strings.Trim(in, p.unit[:1]) != "" && !strings.HasPrefix(code, "*"))
		add("half a step", i > 0 && p.unit != "\t" && len(in)%len(p.unit) != 0 && !continues(lines[:i]) && !strings.HasPrefix(code, "*"))
		add("fence", strings.HasPrefix(code, "``") && !strings.Contains(p.before, "``"))
	}
	// With half of the indentation typed, or none, the first line is where a person would
	// have typed it: no deeper than the line that was there.
	first := indentOf(lines[0])
	add("first line", strings.TrimSpace(suggested) != "" && strings.TrimSpace(lines[0]) != "" && len(first) > len(p.indent))
	return found
}

// continues tells whether the line behind these goes on with a bracket that they opened:
// it stands where whoever wrote it aligned it.
func continues(lines []string) bool {
	text := strings.Join(lines, "\n")
	return strings.Count(text, "(")+strings.Count(text, "[") > strings.Count(text, ")")+strings.Count(text, "]")
}

func lastLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "")
}
