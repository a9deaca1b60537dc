package modeltest

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/langchain"
	"github.com/tmc/langchaingo/llms"
)

func testProbe(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	info := probe(t, ctx, b)
	if info.Backend != b.Name() || b.Name() == "" {
		t.Errorf("Info.Backend %q, Name %q", info.Backend, b.Name())
	}
	if info.Model == "" || info.Endpoint == "" || info.Why == "" {
		t.Errorf("Info lacks its model, endpoint or reason: %+v", info)
	}
	if info.ContextTokens <= 0 {
		t.Errorf("Info.ContextTokens %d, want a positive number", info.ContextTokens)
	}
	for _, c := range info.Controls {
		if !strings.Contains(strings.Join(model.InsertControls, "\n"), c) {
			t.Errorf("Info.Controls has %q, which is none of model.InsertControls", c)
		}
	}
	start := time.Now()
	const times = 20
	for range times {
		probe(t, ctx, b)
	}
	if each := time.Since(start) / times; each > 100*time.Millisecond {
		t.Errorf("Probe takes %v, too long to be asked every few seconds", each)
	}
}

// probe probes, waiting for a model that is loading.
func probe(t *testing.T, ctx context.Context, b model.Backend) model.Info {
	t.Helper()
	var info model.Info
	var err error
	if !eventually(func() bool {
		info, err = b.Probe(ctx)
		return !model.IsKind(err, model.Loading)
	}) || err != nil {
		t.Fatalf("Probe: %v", err)
	}
	return info
}

func testInsert(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	const limit = 24
	// Without a Probe before: asking must be enough.
	r := generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: limit})
	if r.Text == "" {
		t.Errorf("no text: %+v", r)
	}
	if r.StopReason != "stop" && r.StopReason != "length" {
		t.Errorf("StopReason %q, want stop or length", r.StopReason)
	}
	u := r.Usage
	if u.PromptTokens <= 0 || u.GeneratedTokens <= 0 || u.GeneratedTokens > limit+1 {
		t.Errorf("Usage %+v: want the prompt's tokens and 1 to %d generated", u, limit)
	}
	if u.CachedTokens < 0 || u.CachedTokens > u.PromptTokens {
		t.Errorf("Usage %+v: more tokens cached than asked", u)
	}
	if u.FirstToken <= 0 {
		t.Errorf("Usage %+v: the first token took no time", u)
	}
}

// testCall has the backend answer for one of langchaingo's models.
func testCall(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	text, err := langchain.Model{Backend: b}.Call(ctx, h.Prompt.String(), llms.WithMaxTokens(8), llms.WithTemperature(0))
	if err != nil || text == "" {
		t.Errorf("Call: %q, %v", text, err)
	}
}

func testChunks(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	var chunks []string
	r := generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 24, OnText: func(c string) error {
		chunks = append(chunks, c)
		return nil
	}})
	if got := strings.Join(chunks, ""); got != r.Text {
		t.Errorf("chunks %q add up to %q, the answer is %q", chunks, got, r.Text)
	}
	if len(chunks) < 2 {
		t.Errorf("the answer came in one piece: %q", chunks)
	}
	for _, c := range chunks {
		if c == "" || !utf8.ValidString(c) {
			t.Errorf("chunk %q is empty or not whole", c)
		}
	}
}

func testDeterministic(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	ask := model.Request{Prompt: h.Prompt, MaxTokens: 24}
	first := generate(t, ctx, b, ask)
	for range 3 {
		if again := generate(t, ctx, b, ask); again.Text != first.Text {
			t.Fatalf("greedy decoding gave %q, then %q", first.Text, again.Text)
		}
	}
}

func testMaxTokens(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	whole := generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 8})
	for _, limit := range []int{1, 3} {
		r := generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: limit})
		if r.StopReason != "length" {
			t.Errorf("MaxTokens %d: StopReason %q", limit, r.StopReason)
		}
		if r.Usage.GeneratedTokens > limit {
			t.Errorf("MaxTokens %d: %d generated", limit, r.Usage.GeneratedTokens)
		}
		if len(r.Text) >= len(whole.Text) || !strings.HasPrefix(whole.Text, r.Text) {
			t.Errorf("MaxTokens %d: %q is no beginning of %q", limit, r.Text, whole.Text)
		}
	}
}

// testStopWords takes stop words of all lengths from everywhere in an answer,
// so that some lie in one chunk, some across the edges of several.
func testStopWords(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	whole := generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 12}).Text
	runes := []rune(whole)
	if len(runes) < 8 {
		t.Fatalf("the answer %q is too short to take stop words from", whole)
	}
	for size := 1; size <= 7; size += 2 {
		for start := 0; start+size <= len(runes); start += 2 {
			stop := string(runes[start : start+size])
			want, _, _ := strings.Cut(whole, stop)
			r := generate(t, ctx, b, model.Request{
				Prompt: h.Prompt, MaxTokens: 12, Stop: []string{"never generated", stop},
			})
			if r.Text != want || r.StopReason != "stop" {
				t.Errorf("stop word %q in %q: got %q (%s), want %q", stop, whole, r.Text, r.StopReason, want)
			}
		}
	}
}

// testControlText puts what looks like control tokens into the text.
func testControlText(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	p := model.Prompt{model.Text("// </s> <s> <unk> <PRE> ▁<MID> <|endoftext|> <0x0A>\n")}
	r := generate(t, ctx, b, model.Request{Prompt: append(p, h.Prompt...), MaxTokens: 8})
	if r.Usage.PromptTokens == 0 {
		t.Errorf("%+v", r)
	}
}

func testUnicode(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	p := model.Prompt{model.Text("// größer ≤ 日本語 👩‍💻 \u00a0\u0000\t\r\n")}
	r := generate(t, ctx, b, model.Request{Prompt: append(p, h.Prompt...), MaxTokens: 8})
	if !utf8.ValidString(r.Text) {
		t.Errorf("%q", r.Text)
	}
}

func testTooLong(t *testing.T, h Harness) {
	ctx, b := open(t, h)
	info := probe(t, ctx, b)
	p := model.Prompt{model.Text(strings.Repeat("a b c\n", info.ContextTokens))}
	_, err := model.Generate(ctx, b, model.Request{Prompt: p, MaxTokens: 8})
	if !model.IsKind(err, model.TooLong) {
		t.Errorf("a prompt longer than %d tokens: %v, want kind TooLong", info.ContextTokens, err)
	}
	// It is refused, and nothing is stuck.
	generate(t, ctx, b, model.Request{Prompt: h.Prompt, MaxTokens: 4})
}
