// Package schema holds a text that grows byte by byte to a JSON schema: a
// [Machine] tells of each piece that could come next whether the text would still
// be the beginning of a valid value.
//
// Of JSON Schema (https://json-schema.org) it knows type, properties, required,
// items, minItems, maxItems, minLength, maxLength, enum and const. Where a schema
// says what it does not know (anyOf, $ref, pattern) the value is held to JSON
// alone. An object has its properties in the order of the schema, and between the
// pieces of a value stands one blank at most: a model that indents what nobody
// reads takes twice as long.
package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// kind is what a value is.
type kind uint8

const (
	anything kind = iota
	object
	array
	text
	number
	literal // one of some values that are spelled out: enum, boolean, null
)

// Schema is what a value is held to.
type Schema struct {
	kind kind

	properties []property // of an object; nil: any
	free       bool       // the object's keys are anyone's
	items      *Schema    // of an array
	min, max   int        // items, or characters of a text; max < 0: no bound
	integer    bool       // a number without a fraction
	spelled    []string   // of a literal
}

type property struct {
	key      string // as JSON: in quotation marks
	value    *Schema
	required bool
}

// maxAlternatives bounds the properties of an object and the values of an enum.
const maxAlternatives = 64

// maxDepth bounds how deep schemas and values nest.
const maxDepth = 32

// any value of JSON.
var jsonValue = &Schema{kind: anything, max: -1}

// Parse reads a schema. It fails where it is not one: not JSON, or a keyword with
// a value of the wrong kind.
func Parse(data json.RawMessage) (*Schema, error) {
	return parse(data, 0)
}

// keywords are those of a schema that are known.
type keywords struct {
	Type       json.RawMessage   `json:"type"`
	Properties json.RawMessage   `json:"properties"`
	Required   []string          `json:"required"`
	Items      json.RawMessage   `json:"items"`
	MinItems   int               `json:"minItems"`
	MaxItems   *int              `json:"maxItems"`
	MinLength  int               `json:"minLength"`
	MaxLength  *int              `json:"maxLength"`
	Enum       []json.RawMessage `json:"enum"`
	Const      json.RawMessage   `json:"const"`
}

func parse(data json.RawMessage, depth int) (*Schema, error) {
	if depth > maxDepth {
		return nil, errors.New("schema: nested too deep")
	}
	if data = bytes.TrimSpace(data); bytes.Equal(data, []byte("true")) {
		return jsonValue, nil
	}
	var k keywords
	if err := json.Unmarshal(data, &k); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	if k.Const != nil {
		k.Enum = []json.RawMessage{k.Const}
	}
	if k.Enum != nil {
		return spelled(k.Enum)
	}
	var typ string
	if json.Unmarshal(k.Type, &typ) != nil { // none, or several
		return jsonValue, nil
	}
	switch typ {
	case "object":
		return parseObject(k, depth)
	case "array":
		s := &Schema{kind: array, items: jsonValue, min: k.MinItems, max: bound(k.MaxItems)}
		if k.Items != nil {
			var err error
			if s.items, err = parse(k.Items, depth+1); err != nil {
				return nil, err
			}
		}
		return s, nil
	case "string":
		return &Schema{kind: text, min: k.MinLength, max: bound(k.MaxLength)}, nil
	case "number", "integer":
		return &Schema{kind: number, integer: typ == "integer"}, nil
	case "boolean":
		return &Schema{kind: literal, spelled: []string{"true", "false"}}, nil
	case "null":
		return &Schema{kind: literal, spelled: []string{"null"}}, nil
	}
	return nil, fmt.Errorf("schema: there is no type %.40q", typ)
}

func bound(n *int) int {
	if n == nil || *n < 0 {
		return -1
	}
	return *n
}

func spelled(values []json.RawMessage) (*Schema, error) {
	if len(values) == 0 || len(values) > maxAlternatives {
		return nil, fmt.Errorf("schema: an enum of %d values", len(values))
	}
	s := &Schema{kind: literal}
	for _, v := range values {
		var compact bytes.Buffer
		if err := json.Compact(&compact, v); err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		s.spelled = append(s.spelled, compact.String())
	}
	return s, nil
}

func parseObject(k keywords, depth int) (*Schema, error) {
	s := &Schema{kind: object, free: k.Properties == nil && len(k.Required) == 0}
	if k.Properties == nil {
		return s, nil
	}
	d := json.NewDecoder(bytes.NewReader(k.Properties))
	if brace, err := d.Token(); err != nil || brace != json.Delim('{') {
		return nil, fmt.Errorf("schema: the properties are no object: %.40s", k.Properties)
	}
	for d.More() {
		var value json.RawMessage
		name, err := d.Token()
		if err == nil {
			err = d.Decode(&value)
		}
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		key, _ := name.(string)
		p := property{required: slices.Contains(k.Required, key)}
		quoted, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		p.key = string(quoted)
		if p.value, err = parse(value, depth+1); err != nil {
			return nil, err
		}
		s.properties = append(s.properties, p)
	}
	if len(s.properties) > maxAlternatives {
		return nil, fmt.Errorf("schema: an object of %d properties", len(s.properties))
	}
	return s, nil
}
