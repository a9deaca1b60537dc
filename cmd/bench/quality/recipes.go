package main

import (
	"context"
	"math"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/airside-ls/airside/cmd/bench/heldout"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/prompt"
	"github.com/airside-ls/airside/completion/syntax/lang"
)

// A recipe is how another program makes a prompt, written anew from its description
// and at its defaults, in the form of the model that is asked. Where it goes by what
// its user has looked at, that are the files on the desk.
type recipe struct {
	name      string
	maxTokens int // of the answer
	window    func(desk) prompt.Window
}

// The sources, as of November 2026: llama.vim autoload/llama.vim and llama-server's
// format_infill; Continue core/autocomplete (2.0.0); Tabby tabby-agent and
// crates/tabby/src/services/completion.
var recipes = []recipe{
	{"llama.vim", 128, llamaVim},
	{"Continue", 128, continueDev},
	{"Tabby", 64, tabby},
}

// tokenBytes is how many bytes are taken for a token where a recipe counts tokens.
const tokenBytes = 3

// desk is what a user at a place has before him.
type desk struct {
	place
	visited []*file // other files, the latest first
	r       *repository
	random  *rand.Rand
	context int // of the model, in tokens
}

// onDesk is how many files somebody has looked at.
const onDesk = 16

// deskOf is the desk at a place: of every two files that were looked at one lies in the
// place's folder, as long as there are some, the order is by the seed.
func deskOf(r *repository, p place, seed uint64, context int) desk {
	d := desk{place: p, r: r, random: randomOf(seed, "desk", r.name, p.Path), context: context}
	var near, far []*file
	for _, f := range r.files[p.Title] {
		switch {
		case f.path == p.Path:
		case path.Dir(f.path) == path.Dir(p.Path):
			near = append(near, f)
		default:
			far = append(far, f)
		}
	}
	for _, list := range [][]*file{near, far} {
		d.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	for len(d.visited) < onDesk && len(near)+len(far) > 0 {
		if len(near) > 0 && (len(d.visited)%2 == 0 || len(far) == 0) {
			d.visited, near = append(d.visited, near[0]), near[1:]
		} else {
			d.visited, far = append(d.visited, far[0]), far[1:]
		}
	}
	return d
}

// lastLines and firstLines are n lines of a text, one that is not whole counted.
func lastLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "")
}

func firstLines(text string, n int) string {
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[:min(n, len(lines))], "")
}

// last is the end of a text, and first its beginning, of so many bytes at most, whole
// characters.
func last(text string, bytes int) string {
	return strings.ToValidUTF8(text[len(text)-min(len(text), max(0, bytes)):], "")
}

func first(text string, bytes int) string {
	return strings.ToValidUTF8(text[:min(len(text), max(0, bytes))], "")
}

const (
	vimBefore, vimAfter = 256, 64 // lines
	vimChunk            = 64      // lines; of longer texts half of it is picked
	vimChunks           = 16
	vimSimilar          = 0.5 // chunks that are more like the lines at the cursor go
	vimPredict          = 128
	vimBatch            = 2048
)

// llamaVim has 256 lines before the cursor and 64 behind it, and a ring of chunks that
// are picked at random around where the cursor was in files that were visited. The
// server cuts what is local to a batch, three quarters of it before the cursor, and
// gives the chunks the rest of the context. It calls every file "filename".
func llamaVim(d desk) prompt.Window {
	before, after := lastLines(d.Text[:d.At], vimBefore+1), firstLines(d.Text[d.At:], vimAfter+1)
	batch := min(vimBatch, d.context/2) * tokenBytes
	w := prompt.Window{Prefix: last(before, 3*batch/4), Suffix: first(after, batch/4), Path: "filename", Repository: "myproject"}
	room := (d.context - min(vimBatch, d.context/2) - 2*vimPredict) * tokenBytes
	around := strings.Split(lastLines(d.Text[:d.At], vimChunk/2)+firstLines(d.Text[d.At:], vimChunk/2), "\n")
	var ring []prompt.File
	for _, f := range d.visited[:min(len(d.visited), vimChunks)] {
		at := d.random.IntN(len(f.lines))
		seen := f.lines[max(0, at-vimChunk/2):min(len(f.lines), at+vimChunk/2+1)]
		if len(seen) < 3 {
			continue
		}
		if len(seen)+1 >= vimChunk {
			from := d.random.IntN(max(1, len(seen)-vimChunk/2))
			seen = seen[from:min(len(seen), from+vimChunk/2+1)]
		}
		if alike(seen, around) <= vimSimilar {
			ring = append(ring, prompt.File{Path: f.path, Text: strings.Join(seen, "\n") + "\n"})
		}
	}
	slices.Reverse(ring) // the oldest first
	for len(ring) > 0 && room > 0 {
		f := ring[0]
		f.Text = first(f.Text, room)
		room -= len(f.Text) + len(f.Path)
		w.Files, ring = append(w.Files, f), ring[1:]
	}
	return w
}

// alike is the share of lines that two texts have in common.
func alike(a, b []string) float64 {
	common := 0
	for _, line := range a {
		if slices.Contains(b, line) {
			common++
		}
	}
	return 2 * float64(common) / float64(len(a)+len(b))
}

const (
	continueTokens               = 1024
	continuePrefix               = 0.3
	continueSuffix               = 0.2
	continueFiles, continueLeast = 5, 125 // files and tokens of each
	continueExtra                = 10     // tokens beside each
)

// continueDev has 1,024 tokens: 30% of them before the cursor, up to 20% behind it. Into
// the rest go files that were opened last, cut from below, the later the more of it;
// then, in a random order, the declarations of what the file uses, as far as they fit.
// All of it stands as comments above the lines before the cursor, the file's own path
// last.
func continueDev(d desk) prompt.Window {
	tokens := min(continueTokens, d.context-128)
	w := prompt.Window{
		Prefix: last(d.Text[:d.At], int(continuePrefix*float64(tokens))*tokenBytes),
		Suffix: first(d.Text[d.At:], int(continueSuffix*float64(tokens))*tokenBytes),
	}
	left := tokens - (len(w.Prefix)+len(w.Suffix))/tokenBytes
	var parts []string
	for n := min(continueFiles, len(d.visited), (left-continueExtra)/continueLeast); n > 0; n-- {
		f := d.visited[len(parts)]
		limit := continueLeast + 2*(left-continueExtra-n*continueLeast)/(n+1)
		text := first(f.text, limit*tokenBytes)
		left -= len(text) / tokenBytes
		parts = append(parts, "Path: "+lastParts(f.path)+"\n"+text)
	}
	declared := d.declarations(d.Text[:d.At])
	d.random.Shuffle(len(declared), func(i, j int) { declared[i], declared[j] = declared[j], declared[i] })
	for _, x := range declared {
		if size := len(x.head)/tokenBytes + continueExtra; size <= left && !strings.Contains(w.Prefix, x.head) {
			left -= size
			parts = append(parts, "Path: "+lastParts(x.file.path)+"\n"+x.head)
		}
	}
	w.Prefix = d.comment(append(parts, lastParts(d.Path))) + w.Prefix
	return w
}

// lastParts is a path's folder and name.
func lastParts(p string) string { return path.Join(path.Base(path.Dir(p)), path.Base(p)) }

// comment has texts stand in comments of the place's language.
func (d desk) comment(parts []string) string {
	mark := "//"
	if line := lang.Of(d.Language).Lexis.Line; len(line) > 0 {
		mark = line[0]
	}
	var b strings.Builder
	for _, p := range parts {
		for _, line := range strings.Split(strings.TrimSpace(p), "\n") {
			b.WriteString(strings.TrimRight(mark+" "+line, " ") + "\n")
		}
	}
	return b.String()
}

// declarations are those of other files of the names in a text, the last name's first.
func (d desk) declarations(text string) (list []declaration) {
	names := word.FindAllString(text, -1)
	seen := map[string]bool{}
	for i := len(names) - 1; i >= 0; i-- {
		name := names[i]
		if seen[name] || len(name) < minName {
			continue
		}
		seen[name] = true
		if in := d.r.declared[d.Title][name]; len(in) > 0 && len(in) <= maxDeclared {
			for _, x := range in {
				if x.file.path != d.Path && x.head != "" {
					list = append(list, x)
				}
			}
		}
	}
	return list
}

const (
	tabbyLines                         = 20 // before the cursor and behind it
	tabbyInput                         = 1536
	tabbySnippets                      = 768 // of all snippets
	tabbyDeclarations, tabbyDeclarable = 5, 500
	tabbyChunk, tabbySimilar           = 512, 0.9
)

// tabby has 20 lines on either side. Above them, as comments, stand up to 768 bytes of
// declarations of names in those lines and of chunks that word search over the
// repository ranks by them, whole; where one does not fit, no more come.
func tabby(d desk) prompt.Window {
	before, after := lastLines(d.Text[:d.At], tabbyLines), firstLines(d.Text[d.At:], tabbyLines)
	w := prompt.Window{Prefix: last(before, tabbyInput), Suffix: first(after, tabbyInput)}
	if w.Suffix == "" {
		w.Suffix = "\n"
	}
	var snippets []declaration
	declared := d.declarations(before)
	for _, x := range declared[:min(len(declared), tabbyDeclarations)] {
		x.head = first(x.head, tabbyDeclarable)
		snippets = append(snippets, x)
	}
	snippets = append(snippets, d.r.search(d.Title, d.Path, before)...)
	query := word.FindAllString(before, -1)
	var parts []string
	size := 0
	for _, s := range snippets {
		if size+len(s.head) > tabbySnippets {
			break
		}
		if common := inOrder(query, word.FindAllString(s.head, -1)); common > tabbySimilar {
			continue // it stands there already
		}
		size += len(s.head)
		parts = append(parts, "Path: "+s.file.path+"\n"+s.head)
	}
	if len(parts) > 0 {
		w.Prefix = d.comment(parts) + w.Prefix
	}
	return w
}

// inOrder is the share of words that stand in others in the same order.
func inOrder(others, words []string) float64 {
	if len(words) == 0 || len(words) > len(others) {
		return 0
	}
	row := make([]int, len(words)+1)
	for _, o := range others {
		diagonal := 0
		for j, w := range words {
			above := row[j+1]
			if o == w {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = above
		}
	}
	return float64(row[len(words)]) / float64(len(words))
}

// found is how many chunks a search gives.
const found = 20

// search ranks the chunks of other files by the words of a text (Okapi BM25).
func (r *repository) search(title, but, text string) (list []declaration) {
	r.indexChunks(title)
	scores := map[int]float64{}
	seen := map[string]bool{}
	index := r.chunks[title]
	for _, w := range word.FindAllString(text, -1) {
		if seen[w] {
			continue
		}
		seen[w] = true
		in := index.in[w]
		idf := math.Log(1 + (float64(len(index.list))-float64(len(in))+0.5)/(float64(len(in))+0.5))
		for _, hit := range in {
			n := float64(hit.times)
			scores[hit.chunk] += idf * n * 2.2 / (n + 1.2*(0.25+0.75*float64(index.words[hit.chunk])/index.mean))
		}
	}
	var order []int
	for i := range scores {
		if index.list[i].file.path != but {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if scores[a] != scores[b] {
			if scores[a] > scores[b] {
				return -1
			}
			return 1
		}
		return a - b
	})
	for _, i := range order[:min(len(order), found)] {
		list = append(list, index.list[i])
	}
	return list
}

// chunkIndex has the chunks of a language's files by their words.
type chunkIndex struct {
	list  []declaration
	words []int
	mean  float64
	in    map[string][]hit
}

type hit struct{ chunk, times int }

func (r *repository) indexChunks(title string) {
	if r.chunks[title] != nil {
		return
	}
	index := &chunkIndex{in: map[string][]hit{}}
	for _, f := range r.files[title] {
		chunk := ""
		flush := func() {
			if strings.TrimSpace(chunk) != "" {
				words := map[string]int{}
				n := 0
				for _, w := range word.FindAllString(chunk, -1) {
					words[w]++
					n++
				}
				for w, times := range words {
					index.in[w] = append(index.in[w], hit{len(index.list), times})
				}
				index.list, index.words = append(index.list, declaration{file: f, head: strings.TrimRight(chunk, "\n")}), append(index.words, n)
				index.mean += float64(n)
			}
			chunk = ""
		}
		for _, line := range f.lines {
			if len(chunk)+len(line) >= tabbyChunk {
				flush()
			}
			chunk += line + "\n"
		}
		flush()
	}
	index.mean = max(1, index.mean/float64(max(1, len(index.list))))
	if r.chunks == nil {
		r.chunks = map[string]*chunkIndex{}
	}
	r.chunks[title] = index
}

// peer asks a backend by a recipe.
type peer struct {
	recipe       recipe
	backend      model.Backend
	info         model.Info
	repositories []*repository
	seed         uint64
	context      int
}

// ask has the model answer, greedily, until all lines are there that will be compared.
func (r peer) ask(ctx context.Context, p place) (a answer, err error) {
	i := slices.IndexFunc(r.repositories, func(x *repository) bool { return x.name == p.Repository })
	form := prompt.Choose(r.info)
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := time.Now()
	w := r.recipe.window(deskOf(r.repositories[i], p, r.seed, r.context))
	for {
		built := form.Build(w)
		text := ""
		resp, err := model.Generate(ctx, r.backend, model.Request{
			Prompt: built.Prompt, MaxTokens: r.recipe.maxTokens, Stop: form.Stop,
			OnText: func(chunk string) error {
				if text += chunk; strings.Count(strings.TrimPrefix(text, built.Echo), "\n") >= p.lines() {
					return model.ErrEnough
				}
				return nil
			},
		})
		if model.IsKind(err, model.TooLong) && len(w.Prefix) > 256 { // code of short tokens
			w.Prefix = last(w.Prefix, 3*len(w.Prefix)/4)
			for i := range w.Files {
				w.Files[i].Text = first(w.Files[i].Text, 3*len(w.Files[i].Text)/4)
			}
			continue
		}
		if err != nil {
			return a, err
		}
		a.PromptTokens = resp.Usage.PromptTokens
		a.Text = clip(p, strings.TrimPrefix(resp.Text, built.Echo))
		break
	}
	a.Took = time.Since(start)
	a.Shown = a.Text
	return a, nil
}

// clip is of an answer what would stay: as many lines as are wanted, and not what
// stands behind the cursor already.
func clip(p place, answer string) string {
	lines := strings.Split(answer, "\n")
	lines = lines[:min(len(lines), p.lines())]
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	answer = strings.TrimRight(strings.Join(lines, "\n"), "\n")
	if rest := strings.TrimSpace(p.rest()); rest != "" {
		answer = strings.TrimSuffix(answer, rest)
	}
	return answer
}

// saved is how many characters of an answer need not be typed: those of its beginning
// that are wanted, whole words.
func saved(p place, shown string) int {
	n := 0
	for n < len(shown) && n < len(p.Want) && shown[n] == p.Want[n] {
		n++
	}
	if n < len(shown) && n < len(p.Want) {
		for n > 0 && !(heldout.Edge(p.Want[n-1], p.Want[n]) && heldout.Edge(shown[n-1], shown[n])) {
			n--
		}
	}
	return len([]rune(p.Want[:n]))
}
