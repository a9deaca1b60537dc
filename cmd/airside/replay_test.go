package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/lsp/lsptest"
)

// BenchmarkReplay types 300 characters of a real function into a file of 2,000
// lines, through the real server and engine, with a completion asked for after
// each keystroke. The model knows the function, but on every third line it says
// something else until half of the line is there, and it never knows more than
// the line and the next one.
//
//	typing: every character is typed, whatever is suggested.
//	accepting: a suggestion of three characters and more is taken if it is right.
//
//	without-model-%: keystrokes answered without asking the model. p50, p95:
//	from keystroke to answer; the model takes no time. tokens/char: tokens that
//	the model generated, speculations and all, by characters of the function, or
//	by those accepted.
func BenchmarkReplay(b *testing.B) {
	for _, accepting := range []bool{false, true} {
		name := "typing"
		if accepting {
			name = "accepting"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			for b.Loop() {
				newReplay(b).run(accepting)
			}
		})
	}
}

// replay is one typing session.
type replay struct {
	b                  *testing.B
	head, truth, after string // the text that is typed, and what stands around it
	fake               *modeltest.Fake
	engine             *completion.Engine
	editor             *lsptest.Editor
	end                func()

	typed               int
	version             int
	keystrokes, without int
	accepted            int
	took                []time.Duration
}

func newReplay(b *testing.B) *replay {
	const length = 300
	text := goSource(b, "go/printer/nodes.go")
	lines := strings.SplitAfterN(text, "\n", 2001)
	text = strings.Join(lines[:min(2000, len(lines))], "")
	at := strings.Index(text, "func (p *printer) binaryExpr(")
	at += strings.Index(text[at:], "{\n") + len("{\n\t")
	r := &replay{b: b, head: text[:at], truth: text[at : at+length], after: text[at+length:], fake: modeltest.NewFake("")}
	r.fake.Script(r.answer)
	r.engine = completion.New(completion.Options{Backends: []model.Backend{r.fake}, Speculate: true})
	editor, end := startEditor(b, r.engine, "utf-16")
	r.editor = editor
	r.editor.Open(uri, "go", r.head+r.after)
	r.version = 1
	r.editor.InlineCompletion(uri, 0, true, nil).Wait() // the tree is parsed
	r.end = func() {
		end()
		r.engine.Close()
	}
	return r
}

// answer is the scripted model's: it finds its place by what stands before it.
func (r *replay) answer(p model.Prompt) modeltest.Reply {
	var before string
	for _, s := range p {
		if !s.Control {
			before = s.Text
			break
		}
	}
	whole := r.head + r.truth + r.after
	for k := 0; k <= len(r.truth); k++ {
		at := len(r.head) + k
		if !strings.HasSuffix(before, whole[at-80:at]) {
			continue
		}
		start := strings.LastIndexByte(whole[:at], '\n') + 1
		end := at + strings.IndexByte(whole[at:], '\n')
		if number := strings.Count(whole[:at], "\n"); number%3 == 0 && at-start < (end-start)/2 {
			return modeltest.Reply{Text: "wrongly(guessed)"}
		}
		if next := strings.IndexByte(whole[end+1:], '\n'); next >= 0 {
			end += 1 + next // it knows two lines, no more
		}
		return modeltest.Reply{Text: whole[at : end+1]}
	}
	return modeltest.Reply{}
}

// run types it all and reports.
func (r *replay) run(accepting bool) {
	defer r.end()
	suggested := ""
	for r.typed < len(r.truth) {
		key := r.truth[r.typed:][:1]
		if key == "\n" { // the editor indents the next line
			rest := r.truth[r.typed+1:]
			key = "\n" + rest[:len(rest)-len(strings.TrimLeft(rest, "\t"))]
		}
		if accepting && len(suggested) >= 3 && strings.HasPrefix(r.truth[r.typed:], suggested) {
			key = suggested
			r.accepted += len(key)
		}
		suggested = r.press(key)
		// Nobody types faster than this; speculations begin meanwhile.
		time.Sleep(5 * time.Millisecond)
	}
	tokens := float64(r.fake.Counts().Tokens)
	r.b.ReportMetric(100*float64(r.without)/float64(r.keystrokes), "without-model-%")
	r.b.ReportMetric(float64(r.keystrokes), "keystrokes")
	if accepting {
		r.b.ReportMetric(tokens/float64(r.accepted), "tokens/accepted-char")
	} else {
		r.b.ReportMetric(tokens/float64(len(r.truth)), "tokens/char")
	}
	reportPercentiles(r.b, "answer", r.took)
}

// press types text and returns what is suggested after it.
func (r *replay) press(text string) (suggested string) {
	position := func(n int) (line, character int) {
		before := r.head + r.truth[:n]
		return strings.Count(before, "\n"), len(before) - strings.LastIndexByte(before, '\n') - 1
	}
	line, column := position(r.typed)
	r.typed += len(text)
	r.version++
	change := frame(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":%q,"version":%d},"contentChanges":[{"range":{"start":{"line":%d,"character":%d},"end":{"line":%d,"character":%d}},"text":%q}]}}`,
		uri, r.version, line, column, line, column, text)
	line, column = position(r.typed)
	request := frame(`{"jsonrpc":"2.0","id":"k%d","method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":%q},"position":{"line":%d,"character":%d},"context":{"triggerKind":2}}}`,
		r.version, uri, line, column)
	asked := r.engine.Traces()
	start := time.Now()
	r.editor.Raw(change)
	r.editor.Raw(request)
	answer := r.editor.NextUnclaimed()
	r.took = append(r.took, time.Since(start))
	r.keystrokes++
	for _, t := range r.engine.Traces() {
		if len(asked) > 0 && t.ID == asked[0].ID {
			break
		}
		if !t.Speculative && t.Cached {
			r.without++
			break
		}
	}
	var list struct {
		Items []struct {
			InsertText string `json:"insertText"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer.Result, &list); answer.Error != nil || err != nil {
		r.b.Fatalf("answer %s, %v, %v", answer.Result, answer.Error, err)
	}
	if len(list.Items) == 0 {
		return ""
	}
	return list.Items[0].InsertText
}
