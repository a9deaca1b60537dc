// Command next measures what is proposed as the next edit, without a model, on public
// histories: commits whose hunks repeat one change three times or more. The first two are
// typed, and what is proposed then is held against the rest of the commit.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/commits"
	"github.com/airside-ls/airside/completion/edit/next"
	"github.com/airside-ls/airside/completion/edit/tokens"
)

var (
	most    = flag.Int("most", 60, "commits that count, of each repository")
	read    = flag.Int("read", 4000, "commits that are read, of each repository")
	show    = flag.Bool("show", false, "print what was proposed wrongly, or not")
	only    = flag.String("only", "", "the one commit that counts")
	verbose = flag.Bool("v", false, "a line for each repository")
)

var sources = []string{"*.go", "*.py", "*.ts", "*.tsx"}

// tally counts.
type tally struct{ all, right, wrong, none int }

func (t *tally) add(verdict string) {
	t.all++
	switch verdict {
	case "right":
		t.right++
	case "wrong":
		t.wrong++
	default:
		t.none++
	}
}

func (t tally) String() string {
	if t.all == 0 {
		return "none"
	}
	of := func(n int) float64 { return 100 * float64(n) / float64(t.all) }
	return fmt.Sprintf("%4d commits: right %5.1f %%  wrong %4.1f %%  nothing %5.1f %%", t.all, of(t.right), of(t.wrong), of(t.none))
}

func main() {
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: next [flags] REPOSITORY...")
		os.Exit(2)
	}
	var all, renames, same, other tally
	languages := map[string]*tally{}
	var times []time.Duration
	for _, dir := range flag.Args() {
		r, err := commits.Open(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var here tally
		err = r.Each("", *read, sources, func(c *commits.Commit) bool {
			group := repeated(c)
			if len(group) < 3 || *only != "" && !strings.HasPrefix(c.Hash, *only) {
				return true
			}
			s := simulation{repo: r, commit: c, group: group, times: &times}
			verdict := s.run()
			if verdict == "" {
				return true
			}
			here.add(verdict)
			all.add(verdict)
			ext := filepath.Ext(group[1].Path)
			if ext == ".tsx" {
				ext = ".ts"
			}
			if languages[ext] == nil {
				languages[ext] = &tally{}
			}
			languages[ext].add(verdict)
			if isRename(group[0]) {
				renames.add(verdict)
			}
			if group[1].Path == group[2].Path {
				same.add(verdict)
			} else {
				other.add(verdict)
			}
			return here.all < *most
		})
		r.Close()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		if *verbose {
			fmt.Println(filepath.Base(filepath.Dir(dir)), here)
		}
	}
	fmt.Println("all                    ", all)
	for _, ext := range []string{".go", ".py", ".ts"} {
		if t := languages[ext]; t != nil {
			fmt.Printf("%-24s%s\n", ext, t)
		}
	}
	fmt.Println("renames                ", renames)
	fmt.Println("the third in this file ", same)
	fmt.Println("in another file        ", other)
	slices.Sort(times)
	if n := len(times); n > 0 {
		fmt.Printf("a keystroke             %d: p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, most %.2f ms\n", n, ms(times[n/2]), ms(times[n*95/100]), ms(times[n*99/100]), ms(times[n-1]))
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// repeated are the hunks of a commit that make the same change, the most there are.
func repeated(c *commits.Commit) []commits.Hunk {
	groups := map[string][]commits.Hunk{}
	var order []string
	if len(c.Hunks) > 2000 {
		return nil
	}
	for _, h := range c.Hunks {
		if len(h.Old) > 12 || len(h.New) > 12 || h.OldLines != len(h.Old) || h.NewLines != len(h.New) || strings.Contains(h.Path, "vendor/") || strings.Contains(h.Path, "node_modules/") {
			continue
		}
		key := keyOf(h)
		if key == "" {
			continue
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], h)
	}
	best := ""
	for _, key := range order {
		if len(groups[key]) > len(groups[best]) {
			best = key
		}
	}
	return groups[best]
}

// keyOf says which tokens a hunk takes out and puts in; "" where there is no word among
// them, or too much.
func keyOf(h commits.Hunk) string {
	was, is := strings.Join(h.Old, "\n"), strings.Join(h.New, "\n")
	a, b := tokens.Lex(was), tokens.Lex(is)
	old, now := tokens.Texts(was, a), tokens.Texts(is, b)
	var key strings.Builder
	word := false
	changes := tokens.Diff(old, now)
	for _, c := range changes {
		for _, t := range slices.Concat(a[c.AStart:c.AEnd], b[c.BStart:c.BEnd]) {
			word = word || t.Kind == tokens.Word
		}
		key.WriteString(strings.Join(old[c.AStart:c.AEnd], " ") + "\x01" + strings.Join(now[c.BStart:c.BEnd], " ") + "\x02")
	}
	if !word || len(changes) > 8 || key.Len() > 400 || key.Len() == 0 {
		return ""
	}
	return filepath.Ext(h.Path) + key.String()
}

func isRename(h commits.Hunk) bool {
	was, is := strings.Join(h.Old, "\n"), strings.Join(h.New, "\n")
	a, b := tokens.Lex(was), tokens.Lex(is)
	old, now := tokens.Texts(was, a), tokens.Texts(is, b)
	list := tokens.Diff(old, now)
	pair := [2]string{}
	for _, c := range list {
		if c.AEnd-c.AStart != 1 || c.BEnd-c.BStart != 1 || !tokens.IsWord(old[c.AStart]) || !tokens.IsWord(now[c.BStart]) {
			return false
		}
		this := [2]string{old[c.AStart], now[c.BStart]}
		if pair != [2]string{} && pair != this {
			return false
		}
		pair = this
	}
	return pair != [2]string{}
}

// simulation types two hunks of a commit and looks what is proposed.
type simulation struct {
	repo   *commits.Repo
	commit *commits.Commit
	group  []commits.Hunk
	times  *[]time.Duration

	texts map[string]string
	typed []commits.Hunk // that are in texts
}

func (s *simulation) base(path string) (string, bool) {
	return s.repo.File(s.commit.Hash+"^", path)
}

// run is "right", "wrong" or "nothing"; "" where the commit cannot be told.
func (s *simulation) run() string {
	s.texts = map[string]string{}
	w := next.New(next.Options{
		Search: func(ctx context.Context, word, _ string) []string {
			return s.repo.Grep(ctx, s.commit.Hash+"^", word, "*"+filepath.Ext(s.group[0].Path))
		},
		Read: s.base,
	})
	defer w.Close()
	first, second := s.group[0], s.group[1]
	for _, h := range s.commit.Hunks { // what else the commit has done by then
		before := h.Path == first.Path && (first.Path != second.Path || h.OldStart < second.OldStart) || h.Path == second.Path && h.OldStart < second.OldStart
		if before && h.OldLines == len(h.Old) && h.OldStart != first.OldStart && !slices.ContainsFunc(s.group, func(g commits.Hunk) bool { return g.Path == h.Path && g.OldStart == h.OldStart }) {
			if !s.apply(h) {
				return ""
			}
		}
	}
	for _, h := range s.group[:2] {
		if _, ok := s.text(h.Path); !ok {
			return ""
		}
	}
	for path, text := range s.texts {
		w.Opened(path, text)
	}
	cursor := 0
	for i, h := range s.group[:2] {
		text, _ := s.text(h.Path)
		start, end := linesAt(text, h, s.movedBefore(h))
		now := ""
		for _, line := range h.New {
			now += line + "\n"
		}
		if end == len(text) && !strings.HasSuffix(text, "\n") {
			now = strings.TrimSuffix(now, "\n")
		}
		if i == 1 {
			s.typing(w, h.Path, text, start, end, now)
		}
		s.apply(h)
		w.Edited(h.Path, s.texts[h.Path])
		cursor = start + len(now)
	}
	last := s.group[1].Path
	p, ok := w.Propose(context.Background(), last, cursor, true)
	for range 2 { // a search that was under way, and one for this
		if !ok {
			w.Settle()
			p, ok = w.Propose(context.Background(), last, cursor, true)
		}
	}
	verdict := "nothing"
	if ok {
		verdict = "wrong"
		if s.isRight(p) {
			verdict = "right"
		}
	}
	if *show && verdict != "right" {
		s.print(verdict, p)
	}
	return verdict
}

// text is a file as it is by now.
func (s *simulation) text(path string) (string, bool) {
	text, ok := s.texts[path]
	if !ok {
		if text, ok = s.base(path); ok {
			s.texts[path] = text
		}
	}
	return text, ok
}

// apply has a hunk made.
func (s *simulation) apply(h commits.Hunk) bool {
	text, ok := s.text(h.Path)
	if !ok {
		return false
	}
	start, end := linesAt(text, h, s.movedBefore(h))
	now := ""
	for _, line := range h.New {
		now += line + "\n"
	}
	if end == len(text) && !strings.HasSuffix(text, "\n") {
		now = strings.TrimSuffix(now, "\n")
	}
	s.texts[h.Path] = text[:start] + now + text[end:]
	s.typed = append(s.typed, h)
	return true
}

// typing types a hunk key by key, and measures what each costs.
func (s *simulation) typing(w *next.Watcher, path, text string, start, end int, now string) {
	old := text[start:end]
	n := 0
	for n < len(old) && n < len(now) && old[n] == now[n] {
		n++
	}
	k := 0
	for k < len(old)-n && k < len(now)-n && old[len(old)-1-k] == now[len(now)-1-k] {
		k++
	}
	for i := n; i <= len(now)-k && i < n+60; i++ {
		typed := text[:start+n] + now[n:i] + text[end-k:]
		began := time.Now()
		w.Edited(path, typed)
		w.Propose(context.Background(), path, start+i, true)
		*s.times = append(*s.times, time.Since(began))
	}
}

// linesAt is where a hunk's old lines are, in a text whose lines before it have moved.
func linesAt(text string, h commits.Hunk, moved int) (start, end int) {
	first := h.OldStart - 1 + moved
	if h.OldLines == 0 {
		first++
	}
	start = offsetOf(text, first)
	return start, start + offsetOf(text[start:], h.OldLines)
}

func offsetOf(text string, line int) int {
	at := 0
	for ; line > 0; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		at += i + 1
	}
	return at
}

// isRight tells whether a proposal is a step of the commit: in the lines of a hunk that was
// not typed yet, after which exactly as many tokens fewer differ from what the commit has
// there as it has changed.
func (s *simulation) isRight(p next.Proposal) bool {
	text, open := s.texts[p.Path]
	if !open {
		text, _ = s.base(p.Path)
	}
	if p.End > len(text) {
		return false
	}
	for _, h := range s.commit.Hunks {
		if h.Path != p.Path || slices.ContainsFunc(s.typed, func(typed commits.Hunk) bool { return typed.Path == h.Path && typed.OldStart == h.OldStart }) {
			continue
		}
		start, end := linesAt(text, h, s.movedBefore(h))
		// A line above and below may be in the proposal, unchanged.
		above, below := strings.LastIndexByte(text[:max(0, start-1)], '\n')+1, end+offsetOf(text[end:], 1)
		if p.Start < above || p.End > below {
			continue
		}
		now := ""
		for _, line := range h.New {
			now += line + "\n"
		}
		was, wanted := text[above:below], text[above:start]+now+text[end:below]
		is := text[above:p.Start] + p.Text + text[p.End:below]
		before, step, left := distance(was, wanted), distance(was, is), distance(is, wanted)
		if step > 0 && left == before-step {
			return true
		}
	}
	return false
}

// movedBefore is how many lines typed hunks have put in before a hunk, net.
func (s *simulation) movedBefore(h commits.Hunk) int {
	moved := 0
	for _, typed := range s.typed {
		if typed.Path == h.Path && typed.OldStart < h.OldStart {
			moved += len(typed.New) - len(typed.Old)
		}
	}
	return moved
}

// distance is how many tokens have to be taken out and put in.
func distance(a, b string) int {
	n := 0
	for _, c := range tokens.Diff(tokens.Texts(a, tokens.LexLines(a)), tokens.Texts(b, tokens.LexLines(b))) {
		n += c.AEnd - c.AStart + c.BEnd - c.BStart
	}
	return n
}

func (s *simulation) print(verdict string, p next.Proposal) {
	fmt.Printf("--- %s %s\n", verdict, s.commit.Hash)
	for i, h := range s.group[:3] {
		fmt.Printf("%d %s:%d\n", i, h.Path, h.OldStart)
		for _, line := range h.Old {
			fmt.Println("  -" + line)
		}
		for _, line := range h.New {
			fmt.Println("  +" + line)
		}
	}
	if p.Path != "" {
		text, open := s.texts[p.Path]
		if !open {
			text, _ = s.base(p.Path)
		}
		from := strings.LastIndexByte(text[:p.Start], '\n') + 1
		to := p.End + offsetOf(text[p.End:], 1)
		fmt.Printf("proposed %s:%d\n  %q\n  %q\n", p.Path, strings.Count(text[:from], "\n")+1, text[from:to], text[from:p.Start]+p.Text+text[p.End:to])
	}
}
