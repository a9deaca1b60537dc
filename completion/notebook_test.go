package completion

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/modeltest"
	"github.com/airside-ls/airside/completion/secrecy"
)

func code(texts ...string) []Cell {
	var cells []Cell
	for _, text := range texts {
		cells = append(cells, Cell{Language: "python", Text: text, Code: true})
	}
	return cells
}

func TestCellsBefore(t *testing.T) {
	long := strings.Repeat("x = 1\n", 3000) // 18 kB
	for _, tt := range []struct {
		name  string
		cells []Cell
		want  string
	}{
		{"none", nil, ""},
		{"in order", code("import os", "x = 1\n"), "import os\n\nx = 1\n\n"},
		{"blank ones", code("", " \n", "x = 1"), "x = 1\n\n"},
		{"carriage returns", code("x = 1\r\ny = 2\r\n"), "x = 1\ny = 2\n\n"},
		{"prose", []Cell{{"markdown", "# Title", false}, {"python", "x = 1", true}, {"python", "raw", false}}, "x = 1\n\n"},
		{"another language", []Cell{{"sql", "select 1", true}, {"python", "x = 1", true}}, "x = 1\n\n"},
		{"magic of another", code("%%bash\nls", "%%html", "x = 1"), "x = 1\n\n"},
		{"magic of the same", code("%%time\nx = 1", "%%capture out\ny = 2", "%%time"), "x = 1\n\ny = 2\n\n"},
		{"magic lines", code("%matplotlib inline\nimport os"), "%matplotlib inline\nimport os\n\n"},
		{"too many", code("import os", long, "x = 2", "y = 3"), "import os\n\nx = 2\n\ny = 3\n\n"},
	} {
		if got := CellsBefore(tt.cells, "python"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, cells := range [][]Cell{code(long), code("import os", long), code(long, long, long)} {
		got := CellsBefore(cells, "python")
		if len(got) > maxBefore || len(got) < maxBefore/5 || strings.Trim(got, "\n1 =x") != "" && !strings.HasPrefix(got, "import os\n\nx") {
			t.Errorf("%d bytes, %.40q", len(got), got)
		}
	}
}

// cellAt is a request in a cell of a notebook.
func cellAt(t *testing.T, notebook, before, text string) Request {
	r := docAt(t, notebook+"#W1", text)
	r.Document.Language, r.Document.Notebook, r.Before, r.Cell = "python", notebook, before, 2
	return r
}

// TestCellsArePrompted: a prompt shows the cells before, and no more than fits; what
// they import stays. An answer for other cells is none for these.
func TestCellsArePrompted(t *testing.T) {
	fake := modeltest.NewFake("1)")
	e := newEngine(t, fake)
	complete := func(before string) string {
		t.Helper()
		r := cellAt(t, "/w/a.ipynb", before, "y = math.sin(¦\n")
		e.DidOpen(r.Document)
		res, err := e.Complete(t.Context(), r)
		if err != nil || len(res.Suggestions) != 1 {
			t.Fatalf("%+v, %v", res, err)
		}
		if res.Trace.Path != "/w/a.ipynb" || res.Trace.Cell != 2 {
			t.Errorf("the trace is of %s, cell %d", res.Trace.Path, res.Trace.Cell)
		}
		prompts := fake.Prompts()
		return prompts[len(prompts)-1].String()
	}
	before := "import math\n\n"
	want := "▁<PRE>import math\n\ny = math.sin(▁<SUF>\n▁<MID>"
	if got := complete(before); got != want {
		t.Errorf("prompt %q, want %q", got, want)
	}
	n := len(fake.Prompts())
	if complete(before); len(fake.Prompts()) != n {
		t.Error("the model was asked twice for one place")
	}
	if got := complete(before + "x = 1\n\n"); !strings.HasPrefix(got, "▁<PRE>import math\n\nx = 1\n\ny = ") {
		t.Errorf("with another cell the prompt is %q", got)
	}
	got := complete(before + strings.Repeat("print('a line of a cell before')\n", 400))
	if len(got) > maxPromptTokens*4 || !strings.HasPrefix(got, "▁<PRE>import math\nprint") || !strings.Contains(got, "before')\ny = math.sin(") {
		t.Errorf("with many cells the prompt has %d bytes and begins with %.60q", len(got), got)
	}
}

// TestSecretNotebooks: a cell is as secret as its notebook, by the notebook's path.
func TestSecretNotebooks(t *testing.T) {
	fake := elsewhere("1)")
	e := New(Options{Backends: []model.Backend{fake}, Secrecy: secrecy.New(secrecy.Options{Patterns: []string{"keys.ipynb"}})})
	defer e.Close()
	r := cellAt(t, filepath.Join(t.TempDir(), "keys.ipynb"), "", "y = math.sin(¦\n")
	e.DidOpen(r.Document)
	res, err := e.Complete(t.Context(), r)
	if err != nil || !strings.Contains(res.Reason, "keys.ipynb is a secret by privacy.secrets") || fake.Counts().Started > 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if m, _ := e.workspaces.of(r.Document.Path); len(e.workspaces.open) > 0 || m.Stats().Words > 0 {
		t.Error("a cell of a secret notebook was learned")
	}
}
