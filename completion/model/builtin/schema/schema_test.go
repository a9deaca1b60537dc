package schema

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

const findings = `{"type":"object","additionalProperties":false,"required":["findings"],"properties":{"findings":{"type":"array","maxItems":2,
	"items":{"type":"object","required":["quote","severity"],"properties":{"quote":{"type":"string","maxLength":5},
	"severity":{"type":"string","enum":["error","errors"]},"line":{"type":"integer"},"sure":{"type":"boolean"}}}}}}`

func machine(t testing.TB, schema string) *Machine {
	t.Helper()
	s, err := Parse(json.RawMessage(schema))
	if err != nil {
		t.Fatal(err)
	}
	return s.Machine()
}

func TestMachine(t *testing.T) {
	tests := []struct{ schema, whole, refused string }{ // texts by newlines; a refused one up to what is wrong
		{findings, `{"findings":[]}
 { "findings" : [ ] }
{"findings":[{"quote":"a","severity":"error"}]}
{"findings":[{"quote":"äöü\"\u00e4","severity":"errors","line":-12}, {"quote":"","severity":"error","sure":true}]}
{"findings":[{"quote":"","severity":"error","line":0,"sure":false}]}`,
			`{}
x
  {
{"finding":
{"findings":{
{"findings":[,
{"findings":[{"quote":"123456
{"findings":[{"severity"
{"findings":[{"quote":"","severity":"err"
{"findings":[{"quote":"","severity":"error","sure":true,
{"findings":[{"quote":"","severity":"error","line":01
{"findings":[{"quote":"","severity":"error","line":1.
{"findings":[{"quote":"","severity":"error"},{"quote":"","severity":"error"},
{"findings":[]} `},
		{`{"type":"array","minItems":1,"items":{"type":"number"}}`, `[0]
[-0.5e-7, 12,3E5]`, `[]
[1.,
[.5
[1 2
[-]`},
		{`true`, `{"a":{"b":[1,null,{}]},"c":"d"}
[]
"x"
null`, `{a
{"a" "
[1,]
nul,
"` + "\x01"},
		{`{"type":"string","minLength":2}`, "\"ab\"\n\"\\u00e4\\n\"\n\"日本\"", "\"a\"\n\"\\ud8\n\"\\x\n\"\xc0\n\"\xed\xa0\n\"\xe6\x97\""},
		{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, "{}\n\"x\"", "x"},
		{`{"const":{"a": 1}}`, `{"a":1}`, `{"b"`},
		{`{"type":"object"}`, `{}
{"x":1,"y":[]}`, `[`},
	}
	for _, tt := range tests {
		for _, text := range strings.Split(tt.whole, "\n") {
			if m := machine(t, tt.schema); !m.Allows([]byte(text)) {
				t.Errorf("%.40s: %s is refused", tt.schema, text)
			} else if m.Take([]byte(text)); !m.Done() {
				t.Errorf("%.40s: %s is not whole", tt.schema, text)
			}
		}
		for _, text := range strings.Split(tt.refused, "\n") {
			m := machine(t, tt.schema)
			if m.Allows([]byte(text)) {
				t.Errorf("%.40s: %q is allowed", tt.schema, text)
			}
		}
	}
}

func TestMayEnd(t *testing.T) {
	for schema, texts := range map[string]string{
		`{"type":"integer"}`: "1 12 0 -7", `{"enum":[1,12]}`: "1 12", `{"type":"number"}`: "1.5 2e9",
	} {
		for _, text := range strings.Fields(texts) {
			m := machine(t, schema)
			if m.Take([]byte(text)); !m.MayEnd() {
				t.Errorf("%s: %s may not end", schema, text)
			}
		}
	}
	m := machine(t, `{"type":"number"}`)
	if m.Take([]byte("-")); m.MayEnd() {
		t.Error("- is a number")
	}
}

func TestRefusedSchemas(t *testing.T) {
	for _, schema := range []string{"", "[]", `{"type":"bogus"}`, `{"enum":[]}`, `{"type":"object","properties":[]}`, `{"properties":{"a":{"type":7}},"type":"object","maxItems":"x"}`} {
		if _, err := Parse(json.RawMessage(schema)); err == nil {
			t.Errorf("%s is a schema", schema)
		}
	}
}

// TestWalk lets chance choose among the bytes that are allowed: what comes out is
// valid, whatever it chooses.
func TestWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, schema := range []string{findings, `true`, `{"type":"array","minItems":2,"items":{"type":"string","maxLength":3}}`} {
		for range 300 {
			m := machine(t, schema)
			var text []byte
			for !m.Done() {
				var allowed []byte
				for b := range 256 {
					if m.Allows([]byte{byte(b)}) {
						allowed = append(allowed, byte(b))
					}
				}
				if len(allowed) == 0 {
					if m.MayEnd() {
						break
					}
					t.Fatalf("%.40s: nothing may follow %q", schema, text)
				}
				b := allowed[r.IntN(len(allowed))]
				if i := strings.IndexAny(string(allowed), `"}]`); len(text) > 200 && i >= 0 { // come to an end
					b = allowed[i]
				}
				m.Take([]byte{b})
				if text = append(text, b); len(text) > 5000 {
					t.Fatalf("%.40s: no end of %q", schema, text)
				}
			}
			if !json.Valid(text) || !utf8.Valid(text) {
				t.Fatalf("%.40s: %q", schema, text)
			}
		}
	}
}

func BenchmarkAllows(b *testing.B) {
	m := machine(b, findings)
	m.Take([]byte(`{"findings":[{"quote":"a`))
	piece := []byte(" err")
	for b.Loop() {
		m.Allows(piece)
	}
}
