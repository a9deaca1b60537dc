package settings

import (
	"bytes"
	"encoding/json"
	"strings"
)

// vscodeProperty is a setting as VS Code's package.json declares it
// (contributes.configuration.properties).
type vscodeProperty struct {
	Type        string         `json:"type"`
	Items       map[string]any `json:"items,omitempty"`
	Enum        []string       `json:"enum,omitempty"`
	Minimum     *int           `json:"minimum,omitempty"`
	Maximum     *int           `json:"maximum,omitempty"`
	Default     any            `json:"default"`
	Scope       string         `json:"scope"`       // "machine": no workspace can set it
	Description string         `json:"description"` // the name of a text in package.nls.json
}

// VSCode renders all settings as the members of an object in a package.json,
// each line behind indent, without the braces.
func VSCode(indent string) string {
	var b strings.Builder
	for i, f := range Fields() {
		p := vscodeProperty{
			Type: f.Type, Enum: f.Enum, Minimum: f.Min, Maximum: f.Max,
			Default: f.Default, Scope: f.Scope, Description: "%" + textKey(f) + "%",
		}
		if f.Type == "array" {
			p.Items = map[string]any{"type": "string"}
		}
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(indent + `"airside.` + f.Name + `": `)
		b.WriteString(indented(p, indent))
	}
	return b.String()
}

// VSCodeTexts renders what the settings are for, as the members of an object in a
// package.nls.json, each line behind indent, without the braces.
func VSCodeTexts(indent string) string {
	var lines []string
	for _, f := range Fields() {
		lines = append(lines, indent+indented(textKey(f), "")+": "+indented(f.Doc, ""))
	}
	return strings.Join(lines, ",\n")
}

// textKey is under which name the description of a setting stands among the texts.
func textKey(f Field) string {
	return "setting." + f.Name
}

// VSCodeRestricted renders the names of the settings that VS Code takes from no
// workspace it does not trust: those of what runs git there.
func VSCodeRestricted(indent string) string {
	var names []string
	for _, f := range Fields() {
		if f.Scope != "machine" && !strings.HasPrefix(f.Name, "completion.") {
			names = append(names, indent+`"airside.`+f.Name+`"`)
		}
	}
	return strings.Join(names, ",\n")
}

func indented(v any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(indent, "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // plain strings and numbers
	}
	return strings.TrimRight(b.String(), "\n")
}
