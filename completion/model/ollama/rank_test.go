package ollama

import (
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

func TestRank(t *testing.T) {
	tests := []struct{ installed, want string }{
		{"codellama:34b-code codellama:13b-code codellama:7b-code", "codellama:7b-code codellama:13b-code codellama:34b-code"},
		{"qwen2.5-coder:7b codellama:7b-code", "codellama:7b-code qwen2.5-coder:7b"},
		{"codellama:7b codellama:latest codellama:7b-instruct codellama:7b-python", ""},
		{"llama3:8b mistral:latest qwen2.5:7b", ""},
		{"codellama:code", "codellama:code"},
		{"someone/codellama:7b-code-q4_K_M", "someone/codellama:7b-code-q4_K_M"},
		{"qwen2.5-coder:32b-base qwen2.5-coder:0.5b-base qwen2.5-coder:1.5b-base", "qwen2.5-coder:1.5b-base qwen2.5-coder:0.5b-base qwen2.5-coder:32b-base"},
		{"qwen2.5-coder:7b qwen2.5-coder:3b-base", "qwen2.5-coder:3b-base qwen2.5-coder:7b"},
		{"starcoder2:3b deepseek-coder:6.7b-base", "deepseek-coder:6.7b-base starcoder2:3b"},
		{"qwen2.5-coder:480b-cloud", ""},
	}
	for _, tt := range tests {
		var tags []tag
		for _, name := range strings.Fields(tt.installed) {
			tags = append(tags, tag{Name: name})
		}
		var got []string
		for _, c := range codeModels(tags) {
			got = append(got, c.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("of %s: got %q, want %q", tt.installed, got, tt.want)
		}
	}
	remote := tag{Name: "codellama:7b-code", RemoteHost: "https://ollama.com"}
	if len(codeModels([]tag{remote})) != 0 {
		t.Error("a model that runs elsewhere was chosen")
	}
}

func TestPick(t *testing.T) {
	plain := installed{name: "llama3:8b", digest: "sha256:l", capabilities: []string{"completion"}}
	inserts := installed{name: "mine:latest", digest: "sha256:m", capabilities: []string{"completion", "insert"}}
	cloud := installed{name: "big:480b-cloud", digest: "sha256:c", remote: "https://ollama.com", capabilities: []string{"insert"}}
	seven, thirteen := codellama("codellama:7b-code"), codellama("codellama:13b-code")
	tests := []struct {
		name      string
		installed []installed
		model     string
		want      string
		advice    string // instead of a model
	}{
		{"the best by name", []installed{plain, inserts, thirteen, seven}, "", "codellama:13b-code", ""},
		{"by capability", []installed{plain, cloud, inserts}, "", "mine:latest", ""},
		{"configured", []installed{seven, plain}, "llama3:8b", "llama3:8b", ""},
		{"configured without a tag", []installed{inserts}, "mine", "mine:latest", ""},
		{"never a chat model", []installed{plain}, "", "", "ollama pull codellama:7b-code"},
		{"never one elsewhere", []installed{cloud}, "", "", "ollama pull codellama:7b-code"},
		{"nothing installed", nil, "", "", "ollama pull codellama:7b-code"},
		{"configured and missing", []installed{seven}, "codellama:70b-code", "", "ollama pull codellama:70b-code"},
	}
	tests[0].want = "codellama:7b-code"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.installed {
				if tt.installed[i].name == "codellama:13b-code" {
					tt.installed[i].size = "13B"
				}
			}
			s := &server{models: tt.installed}
			b := s.open(t, Options{Model: tt.model})
			defer b.Close()
			info, err := b.Probe(t.Context())
			if tt.want == "" {
				if !model.IsKind(err, model.NoModel) || !strings.Contains(err.Error(), tt.advice) {
					t.Errorf("got %+v, %v", info, err)
				}
				return
			}
			if err != nil || info.Model != tt.want || !strings.Contains(info.Why, tt.want[:4]) {
				t.Errorf("got %+v, %v", info, err)
			}
		})
	}
}
