package builtin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/builtin/tiny"
	"github.com/airside-ls/airside/completion/model/machine"
)

// TestLargerThanMemory: it is said before anything is read, with what fits.
func TestLargerThanMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.gguf")
	if err := os.WriteFile(path, tiny.Model(), 0o600); err != nil {
		t.Fatal(err)
	}
	about, err := Look(path, Options{})
	if err != nil || about.Total() == 0 || about.Parameters < 1e6 || !about.Inserts || about.Chats {
		t.Fatalf("%+v, %v", about, err)
	}
	need := about.Total()
	tests := []struct {
		name    string
		has     machine.Memory
		instead string
		refused string // a part of the message
		why     string
	}{
		{"room for it", machine.Memory{Total: 2 * need, Free: 2 * need}, "", "", "builtin.model names it"},
		{"nobody knows", machine.Memory{}, "", "", "builtin.model names it"},
		{"others have it now", machine.Memory{Total: 2 * need, Free: need / 2}, "", "", "slow until other programs end"},
		{"too large", machine.Memory{Total: need, Free: need}, "", "take this model as Q", ""},
		{"too large, and there are others", machine.Memory{Total: need, Free: need}, "small.gguf (0.1 GB)", "take small.gguf (0.1 GB), which fits, or take this model as Q", ""},
		{"much too large", machine.Memory{Total: 1e6, Free: 1e6}, "", "take a model of at most 0.0 billion parameters as Q4_K_M", ""},
	}
	for _, tt := range tests {
		asked := 0
		b := NewBackend(path, Options{memory: func() machine.Memory { return tt.has }, Instead: func(bytes int64) string {
			asked++
			if bytes >= tt.has.Total {
				t.Errorf("%s: %d bytes of %d", tt.name, bytes, tt.has.Total)
			}
			return tt.instead
		}})
		for range 2 {
			info, err := b.Probe(t.Context())
			if tt.refused == "" {
				if err != nil || !strings.Contains(info.Why, tt.why) {
					t.Errorf("%s: %+v, %v", tt.name, info, err)
				}
			} else if !model.IsKind(err, model.Broken) || !strings.Contains(err.Error(), tt.refused) || !strings.Contains(err.Error(), "it needs 0.0 GB of memory") {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if asked > 1 {
			t.Errorf("%s: asked %d times what fits", tt.name, asked)
		}
		if b.engine.Loaded() {
			t.Errorf("%s: it is loaded", tt.name)
		}
		b.Close()
	}
}
