package settings

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestVSCodeSettings holds the extension's package.json to Options, and its texts in English.
func TestVSCodeSettings(t *testing.T) {
	const path = "../../editors/vscode/package.json"
	text := replaceBetween(t, read(t, path), "\"id\": \"server\",\n        \"title\": \"airside\",\n        \"properties\": {\n",
		"\n        }\n", VSCode("          "))
	keep(t, path, replaceBetween(t, text, "\"restrictedConfigurations\": [\n", "\n      ]", VSCodeRestricted("        ")))

	const texts = "../../editors/vscode/package.nls.json"
	begin := "  \"setting.trace.server\": \""
	head, rest, ok := strings.Cut(read(t, texts), begin)
	own, _, ok2 := strings.Cut(rest, "\n")
	if !ok || !ok2 {
		t.Fatalf("%s lacks the setting trace.server, behind which the server's stand", texts)
	}
	keep(t, texts, head+begin+own+"\n"+VSCodeTexts("  ")+"\n}\n")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// keep has a file hold a text: with -update by writing it.
func keep(t *testing.T, path, text string) {
	t.Helper()
	if text == read(t, path) {
		return
	}
	if !*update {
		t.Errorf("the settings in %s are stale; run: go test ./lsp/settings -update", path)
		return
	}
	if !json.Valid([]byte(text)) {
		t.Fatalf("what was generated is no JSON:\n%s", text)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replaceBetween(t *testing.T, text, begin, end, with string) string {
	t.Helper()
	head, rest, ok1 := strings.Cut(text, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("no %q and then %q", begin, end)
	}
	return head + begin + with + end + tail
}

// TestIndented: texts stand in package.json as they are written.
func TestIndented(t *testing.T) {
	if got := indented("<a> & b", ""); got != `"<a> & b"` {
		t.Errorf("got %s", got)
	}
}
