package lang

import (
	"encoding/json"
	"errors"
)

// JSON is read as the JavaScript that it is, and by itself. An editor's
// document is plain text; a file is data, in no language that a review reads.
var _ = add(&Language{
	Title:       "JSON",
	Names:       []string{"json", "jsonc"},
	Extensions:  []string{".json"},
	Identifiers: map[string]string{".json": ""},
	Within:      "javascript",
	Parse:       parseJSON,
	Lexis:       Plain.Lexis,
	Blocks:      Plain.Blocks,
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "keys", In: []string{"object"}, Open: "{", Sep: ",", Items: of(byKey, "pair")},
			{What: "elements", In: []string{"array"}, Open: "[", Sep: ",", Items: of(byText, "string"), When: isSet},
		},
	},
})

func parseJSON(text string) *Flaw {
	var v json.RawMessage
	var broken *json.SyntaxError
	if errors.As(json.Unmarshal([]byte(text), &v), &broken) {
		return &Flaw{int(broken.Offset) - 1, broken.Error()}
	}
	return nil
}
