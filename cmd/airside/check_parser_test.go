package main

import "testing"

// TestLookTwice: the parser is the one that merge expects. What is merged how is
// tested there.
func TestLookTwice(t *testing.T) {
	for _, test := range []struct{ file, base, ours, theirs, want string }{
		{"a.py", "import os\n", "import os\nimport re\n", "import os\nimport sys\n", "import os\nimport re\nimport sys\n"},
		{"a.go", "package p\n\nvar x = 1\n", "package p\n\nvar x = 2\n", "package p\n\nvar x = 3\n", ""},
		{"a.json", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"b\": 2\n}\n", "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
			"{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n"},
		{"a.unknown", "1\n", "2\n", "3\n", ""},
	} {
		got, ok := lookTwice(test.file, []byte(test.base), []byte(test.ours), []byte(test.theirs))
		if string(got) != test.want || ok != (test.want != "") {
			t.Errorf("%s: %v %q, want %q", test.file, ok, got, test.want)
		}
	}
}
