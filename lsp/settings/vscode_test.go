package settings

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestVSCodeSettings holds the extension's package.json to Options.
func TestVSCodeSettings(t *testing.T) {
	const path = "../../editors/vscode/package.json"
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := replaceBetween(t, string(old), "\"id\": \"server\",\n        \"title\": \"airside\",\n        \"properties\": {\n",
		"\n        }\n", VSCode("          "))
	text = replaceBetween(t, text, "\"restrictedConfigurations\": [\n", "\n      ]", VSCodeRestricted("        "))
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatal("the settings in editors/vscode/package.json are stale; run: go test ./lsp/settings -update")
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
