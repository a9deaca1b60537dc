package settings

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite generated text")

func TestDefaultsAreAllowedValues(t *testing.T) {
	o := Default()
	if o.Backend != "auto" || !o.CompletionEnabled || o.MaxTokens != 128 {
		t.Errorf("defaults: %+v", o)
	}
	for _, f := range Fields() {
		if f.Doc == "" || f.Scope == "" || f.Type == "" {
			t.Errorf("%s lacks a description, a scope or a type", f.Name)
		}
	}
}

func TestSources(t *testing.T) {
	tests := []struct {
		name   string
		apply  func(*Options) []error
		check  func(Options) bool
		errors []string // each a part of one error, in order
	}{
		{"toml", func(o *Options) []error { return o.ApplyTOML("backend='ollama'\n[completion]\nmaxTokens=7") },
			func(o Options) bool { return o.Backend == "ollama" && o.MaxTokens == 7 }, nil},
		{"toml syntax", func(o *Options) []error { return o.ApplyTOML("backend=") },
			func(o Options) bool { return o == Default() }, []string{"config.toml"}},
		{"unknown key is named and the rest applies",
			func(o *Options) []error { return o.Apply(tree(`{"ollama":{"uri":"x","model":"m"},"spam":1}`)) },
			func(o Options) bool { return o.OllamaModel == "m" }, []string{`"ollama.uri"`, `"spam"`}},
		{"dotted", func(o *Options) []error { return o.Apply(tree(`{"ollama.url":"http://h:1"}`)) },
			func(o Options) bool { return o.OllamaURL == "http://h:1" }, nil},
		{"null is not set", func(o *Options) []error { return o.Apply(tree(`{"ollama":{"url":null}}`)) },
			func(o Options) bool { return o == Default() }, nil},
		{"types and bounds",
			func(o *Options) []error {
				return o.Apply(tree(`{"backend":"gpt","completion":{"enabled":1,"maxTokens":1.5,"debounceMs":-1},"ollama":"x"}`))
			},
			func(o Options) bool { return o == Default() },
			[]string{"backend is \"gpt\"", "completion.debounceMs is -1", "completion.enabled must be", "completion.maxTokens must be", `"ollama"`}},
		{"at the bounds", func(o *Options) []error {
			return o.Apply(tree(`{"completion":{"maxTokens":2048,"waitMs":0,"debounceMs":0},"builtin.confidence":100}`))
		},
			func(o Options) bool {
				return o.MaxTokens == 2048 && o.WaitMs == 0 && o.DebounceMs == 0 && o.BuiltinConfidence == 100
			}, nil},
		{"beyond them", func(o *Options) []error {
			return append(o.Apply(tree(`{"completion":{"maxTokens":2049,"waitMs":-1}}`)), o.Apply(tree(`{"sync.intervalSeconds":1e18,"completion.maxTokens":-1e18}`))...)
		},
			func(o Options) bool { return o == Default() },
			[]string{"completion.maxTokens is 2049", "completion.waitMs is -1", "completion.maxTokens must be a whole number", "sync.intervalSeconds must be a whole number"}},
		{"an empty pattern, and what is no group", func(o *Options) []error {
			return o.Apply(tree(`{"sync":{"branches":[""]},"ollam":{"url":"x"},"ollama.ur":{"l":"x"}}`))
		},
			func(o Options) bool { return o == Default() },
			[]string{`unknown setting "ollam"`, `unknown setting "ollama.ur"`, "sync.branches must be a list"}},
		{"an empty glob, what is no list, and a number that is no int32", func(o *Options) []error {
			return append(o.Apply(tree(`{"completion.exclude":["a",""],"sync.branches":5}`)), o.Apply(tree(`{"sync.intervalSeconds":2147483648}`))...)
		},
			func(o Options) bool { return o == Default() },
			[]string{"completion.exclude must be a list", "sync.branches must be a list", "sync.intervalSeconds must be a whole number"}},
		{"numbers of the environment", func(o *Options) []error {
			return o.ApplyEnv([]string{"AIRSIDE_COMPLETION_MAXTOKENS=9", "AIRSIDE_COMPLETION_DEBOUNCEMS=-1"})
		},
			func(o Options) bool { return o.MaxTokens == 9 && o.DebounceMs == Default().DebounceMs },
			[]string{"completion.debounceMs is -1"}},
		{"environment",
			func(o *Options) []error {
				return o.ApplyEnv([]string{"AIRSIDE_LLAMACPP_URL=http://h:2", "AIRSIDE_COMPLETION_ENABLED=false", "AIRSIDE_COMPLETION_MAXTOKENS=x", "AIRSIDE_NO=1", "HOME=/"})
			},
			func(o Options) bool { return o.LlamaCppURL == "http://h:2" && !o.CompletionEnabled },
			[]string{"AIRSIDE_COMPLETION_MAXTOKENS", "AIRSIDE_NO"}},
		{"patterns", func(o *Options) []error {
			return append(o.Apply(tree(`{"sync":{"branches":["main","feature/*"],"intervalSeconds":9}}`)),
				o.Apply(tree(`{"sync.branches":["a b"],"sync":{"branches":[1]}}`))...)
		},
			func(o Options) bool { return slices.Equal(o.SyncBranches.List(), []string{"main", "feature/*"}) },
			[]string{"sync.intervalSeconds is 9", "sync.branches must be a list", "sync.branches must be a list"}},
		{"patterns in the environment", func(o *Options) []error {
			return o.ApplyEnv([]string{"AIRSIDE_SYNC_BRANCHES=main, x/?", "AIRSIDE_SYNC_ENABLED=0"})
		},
			func(o Options) bool { return o.SyncBranches == "main x/?" && !o.SyncEnabled }, nil},
		{"globs", func(o *Options) []error {
			return append(o.Apply(tree(`{"completion":{"exclude":["my docs/*.{md,txt}","*.svg"],"languages":["!markdown"]}}`)),
				o.Apply(tree(`{"completion.exclude":["a\nb"],"completion":{"languages":["a b"],"exclude":["["]}}`))...)
		},
			func(o Options) bool {
				return slices.Equal(o.CompletionExclude.List(), []string{"my docs/*.{md,txt}", "*.svg"}) && slices.Equal(o.CompletionLanguages.List(), []string{"!markdown"})
			},
			[]string{"completion.exclude: \"[\" is no pattern", "completion.languages must be a list", "completion.exclude must be a list"}},
		{"globs in the environment", func(o *Options) []error {
			return o.ApplyEnv([]string{"AIRSIDE_COMPLETION_EXCLUDE=*.{md,txt}, my docs/**", "AIRSIDE_COMPLETION_LANGUAGES=go,python"})
		},
			func(o Options) bool {
				return slices.Equal(o.CompletionExclude.List(), []string{"*.{md,txt}", "my docs/**"}) && slices.Equal(o.CompletionLanguages.List(), []string{"go", "python"})
			}, nil},
		{"no patterns", func(o *Options) []error {
			return append(o.ApplyTOML("[sync]\nbranches=['[']"), o.Apply(tree(`{"sync":{"branches":[]}}`))...)
		},
			func(o Options) bool { return o == Default() }, []string{"is no pattern"}},
		{"the key is no setting", func(o *Options) []error {
			return append(o.ApplyEnv([]string{KeyEnv + "=secret", "AIRSIDE_OPENAI_URL=http://h:3", "AIRSIDE_BACKEND=openai"}),
				o.Apply(tree(`{"openai":{"key":"secret"},"openai.key":"secret"}`))...)
		},
			func(o Options) bool {
				return o.OpenAIURL == "http://h:3" && o.Backend == "openai" && !strings.Contains(fmt.Sprint(o), "secret")
			}, []string{`unknown setting "openai.key"`, `unknown setting "openai.key"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Default()
			errs := tt.apply(&o)
			if !tt.check(o) {
				t.Errorf("got %+v", o)
			}
			if len(errs) != len(tt.errors) {
				t.Fatalf("errors %v, want %d", errs, len(tt.errors))
			}
			for i, e := range errs {
				if !strings.Contains(e.Error(), tt.errors[i]) {
					t.Errorf("error %q does not speak of %q", e, tt.errors[i])
				}
			}
		})
	}
}

func tree(text string) map[string]any {
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	return v
}

// TestGuideTable holds the table in the guide to settings to Options.
func TestGuideTable(t *testing.T) {
	const path, begin, end = "../../editors/guides/settings.md", "<!-- settings -->\n", "<!-- /settings -->"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(text), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %q and %q", path, begin, end)
	}
	if old == Table() {
		return
	}
	if !*update {
		t.Fatal("the guide's table of settings is stale; run: go test ./lsp/settings -update")
	}
	if err := os.WriteFile(path, []byte(head+begin+Table()+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
