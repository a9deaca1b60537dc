package merge

import (
	"strings"
	"testing"
)

// TestKeepsSyntax: a merge of lines is held back where both sides are sound and
// it is not.
func TestKeepsSyntax(t *testing.T) {
	const whole, broken = "package p\n\nfunc f() {\n}\n", "package p\n\nfunc f() {\n"
	const class, twice = "class A {\n  int a() { return 1; }\n", "  int b() { return 2; }\n"
	const cs, getInt = "class A {\n", "  T Get<T>(int a) { return x; }\n"
	for _, test := range []struct {
		name, path           string
		ours, theirs, merged string
		says                 string
	}{
		{"still parses", "a.go", whole, whole, whole + "\nfunc g() {}\n", ""},
		{"a brace lost", "a.go", whole, whole, broken, "line 4: both sides parse"},
		{"a brace too many", "a/b.go", whole, whole, whole + "}\n", "line 5: both sides parse"},
		{"broken before on our side", "a.go", broken, whole, broken, ""},
		{"broken before on theirs", "a.go", whole, broken, broken, ""},
		{"unknown language", "a.unknown", whole, whole, broken, ""},
		{"no grammar", "a.md", "# a\n", "# b\n", "```\n", ""},
		{"python", "a.py", "def f():\n    return 1\n", "x = 1\n", "def f(:\n    return (1\n", "line 1: both sides parse"},
		{"json", "a.json", `{"a": 1}`, `{"b": 1}`, `{"a": 1 "b": 1}`, "line 1: both sides parse"},
		{"json with comments", "a.json", "{\"a\": 1} // x\n", `{"b": 1}`, `{"a": 1 "b": 1}`, ""},
		{"empty", "a.go", whole, whole, "", ""},
		{"binary", "a.go", whole, whole, "\xff\xfe{", ""},
		{"huge", "a.go", whole, whole, broken + strings.Repeat("// x\n", maxSecondLook/5), ""},
		{"CRLF", "a.go", strings.ReplaceAll(whole, "\n", "\r\n"), whole, strings.ReplaceAll(whole, "\n", "\r\n"), ""},

		{"declared by both", "a.go", whole + "func g() {}\n", "package p\n\nfunc g() {}\n" + whole[10:], "package p\n\nfunc g() {}\n" + whole[10:] + "func g() {}\n", "line 7: both sides declare g"},
		{"declared twice before", "a.go", whole + whole[10:], whole, whole + whole[10:], ""},
		{"two functions named init", "a.go", whole, whole, whole + "func init() {}\nfunc init() {}\n", ""},
		{"fields without a name", "a.go", "package p\n\ntype T struct {\n\t_ int\n\ta, b int\n}\n", "package p\n\ntype T struct {\n\tc, d int\n\t_ int\n}\n", "package p\n\ntype T struct {\n\t_ int\n\ta, b int\n\tc, d int\n\t_ int\n}\n", ""},
		{"embedded with one argument", "a.go", "package p\n\ntype T struct {\n\tA[x.X]\n}\n", "package p\n", "package p\n\ntype T struct {\n\tA[x.X]\n\tB[x.X]\n}\n", ""},
		{"several of a kind", "a.go", "package p\n", "package p\n", "package p\n\nvar a, b, c int\n", ""},
		{"a type and a value", "a.ts", "const A = 1;\n", "type A = 1;\n", "const A = 1;\ntype A = 1;\n", ""},
		{"members of one name", "a.java", class + twice + "}\n", class + "}\n", class + twice + twice + "}\n", "line 4: both sides declare b"},
		{"overloaded and generic", "a.cs", cs + getInt + "}\n", cs + "}\n", cs + getInt + "  T Get<T>(string a) { return x; }\n}\n", ""},
		{"generic twice", "a.cs", cs + getInt + "}\n", cs + "}\n", cs + getInt + getInt + "}\n", "line 3: both sides declare Get"},
		{"of two interfaces", "a.cs", cs + "}\n", cs + "}\n", cs + "  void IA.Run() {}\n  void IB.Run() {}\n  int IA.X { get; }\n  int IB.X { get; }\n}\n", ""},
		{"overloaded", "a.java", class + twice + "}\n", class + "}\n", class + twice + "  int b(int x) { return x; }\n}\n", ""},
	} {
		err := KeepsSyntax(test.path, []byte(test.ours), []byte(test.theirs), []byte(test.merged), patient(t))
		if got := ""; err != nil {
			got = err.Error()
			if test.says == "" || !strings.HasPrefix(got, test.says) {
				t.Errorf("%s: %s, want %q", test.name, got, test.says)
			}
		} else if test.says != "" {
			t.Errorf("%s: passes, want %q", test.name, test.says)
		}
	}
}
