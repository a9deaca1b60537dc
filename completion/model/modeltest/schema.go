package modeltest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/airside-ls/airside/completion/model"
)

// schema is small enough for an answer to come to its end whatever the model.
const schema = `{"type":"object","additionalProperties":false,"required":["words","sure"],"properties":{
	"words":{"type":"array","maxItems":2,"items":{"type":"object","additionalProperties":false,"required":["word","kind"],"properties":{
		"word":{"type":"string","maxLength":12},"kind":{"type":"string","enum":["noun","verb"]}}}},
	"sure":{"type":"boolean"}}}`

// schemaTokens leave room for all the blanks that a server's grammar allows
// between the pieces, 20 of them each.
const schemaTokens = 600

// RunSchema holds a backend's answers to a JSON schema, in a chat ("chat") and
// behind a prompt ("insert"): each is valid, even that of a model which knows
// no JSON.
func RunSchema(t *testing.T, b model.Backend, ways ...string) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	ask := map[string]func(string) (model.Response, error){
		"chat": func(text string) (model.Response, error) {
			return model.Generate(ctx, b, model.Request{Chat: model.Say(text), MaxTokens: schemaTokens, Schema: json.RawMessage(schema)})
		},
		"insert": func(text string) (model.Response, error) {
			return model.Generate(ctx, b, model.Request{
				Prompt: model.Prompt{model.Text(text)}, MaxTokens: schemaTokens, Schema: json.RawMessage(schema),
			})
		},
	}
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			for i := range 5 {
				r, err := ask[way](fmt.Sprintf("package p%d // name two words\n", i))
				if err != nil {
					t.Fatal(err)
				}
				var got struct {
					Words []struct{ Word, Kind string }
					Sure  *bool
				}
				d := json.NewDecoder(strings.NewReader(r.Text))
				d.DisallowUnknownFields()
				if err := d.Decode(&got); err != nil || got.Sure == nil || len(got.Words) > 2 {
					t.Errorf("%v in %q", err, r.Text)
				}
				for _, w := range got.Words {
					if w.Kind != "noun" && w.Kind != "verb" || len([]rune(w.Word)) > 12 {
						t.Errorf("%+v", w)
					}
				}
			}
		})
	}
}
