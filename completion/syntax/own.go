package syntax

import (
	"encoding/json"
	"errors"
	"go/parser"
	goscanner "go/scanner"
	"go/token"
)

// ownParsers are those of languages that Go's library can parse: each returns
// the first flaw of a text, nil for none.
var ownParsers = map[string]func(text string) *Flaw{"go": goFlaw, "json": jsonFlaw}

func goFlaw(text string) *Flaw {
	_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution|parser.ParseComments)
	var list goscanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return &Flaw{list[0].Pos.Offset, list[0].Msg}
	}
	return nil
}

func jsonFlaw(text string) *Flaw {
	var v json.RawMessage
	var broken *json.SyntaxError
	if errors.As(json.Unmarshal([]byte(text), &v), &broken) {
		return &Flaw{int(broken.Offset) - 1, broken.Error()}
	}
	return nil
}
