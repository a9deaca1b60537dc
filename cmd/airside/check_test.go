package main

import (
	"strings"
	"testing"
)

func TestCheckMerge(t *testing.T) {
	const whole, broken = "package p\n\nfunc f() {\n}\n", "package p\n\nfunc f() {\n"
	for _, test := range []struct {
		name, path           string
		ours, theirs, merged string
		held                 bool
	}{
		{"still parses", "a.go", whole, whole, whole + "\nfunc g() {}\n", false},
		{"a brace lost", "a.go", whole, whole, broken, true},
		{"a brace too many", "a/b.go", whole, whole, whole + "}\n", true},
		{"broken before on our side", "a.go", broken, whole, broken, false},
		{"broken before on theirs", "a.go", whole, broken, broken, false},
		{"unknown language", "a.unknown", whole, whole, broken, false},
		{"no grammar", "a.md", "# a\n", "# b\n", "```\n", false},
		{"python", "a.py", "def f():\n    return 1\n", "x = 1\n", "def f(:\n    return (1\n", true},
		{"json", "a.json", `{"a": 1}`, `{"b": 1}`, `{"a": 1 "b": 1}`, false}, // no grammar for it
		{"empty", "a.go", whole, whole, "", false},
		{"binary", "a.go", whole, whole, "\xff\xfe{", false},
		{"huge", "a.go", whole, whole, broken + strings.Repeat("// x\n", maxChecked/5), false},
		{"CRLF", "a.go", strings.ReplaceAll(whole, "\n", "\r\n"), whole, strings.ReplaceAll(whole, "\n", "\r\n"), false},
	} {
		err := checkMerge(test.path, nil, []byte(test.ours), []byte(test.theirs), []byte(test.merged))
		if (err != nil) != test.held {
			t.Errorf("%s: %v, want held back: %v", test.name, err, test.held)
		}
	}
}
