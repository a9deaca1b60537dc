package memory

import (
	"fmt"
	"testing"
	"time"
)

// TestUnfinishedWord: what was begun in one line of an open text and left is not
// offered in another, though the text counts most; what was finished is.
func TestUnfinishedWord(t *testing.T) {
	m := New()
	for i := range 12 {
		m.Learn(fmt.Sprintf("/w/h%d.go", i), fmt.Sprintf("package w\n\nfunc handle%d(ctx *Context) error {\n\tprepare(%d)\n\treturn ctx.Gleam(\"done\")\n}\n", i, i), 0, time.Time{})
	}
	tests := []struct{ name, text, want string }{
		{"begun", "package w\n\nfunc handle(ctx *Context) error {\n\tctx.Frob\n\treturn ctx.¦\n}\n", `Gleam("done")`},
		{"begun below", "package w\n\nfunc handle(ctx *Context) error {\n\treturn ctx.¦\n\tctx.Frob\n}\n", `Gleam("done")`},
		{"begun with no space before", "package w\n\nfunc handle(ctx *Context) error {\n\tx = Frob\n\treturn ctx.¦\n}\n", `Gleam("done")`},
		{"finished", "package w\n\nfunc handle(ctx *Context) error {\n\treturn ctx.Frob()\n}\n\nfunc again(ctx *Context) error {\n\treturn ctx.¦\n}\n", `Frob()`},
		{"twice", "package w\n\nfunc one(ctx *Context) error {\n\treturn ctx.Frob\n}\n\nfunc two(ctx *Context) error {\n\treturn ctx.Frob\n}\n\nfunc three(ctx *Context) error {\n\treturn ctx.¦\n}\n", "Frob"},
	}
	for _, test := range tests {
		m.Open("/w/new.go", test.text)
		lines := complete(m, "/w/new.go", test.text)
		if got := best(lines); got != test.want {
			t.Errorf("%s: %q of %v, want %q", test.name, got, lines, test.want)
		}
	}
	// Begun in another open text.
	m.Open("/w/new.go", "package w\n\nfunc handle(ctx *Context) error {\n\treturn ctx.Frob\n}\n")
	lines := complete(m, "/w/other.go", "package w\n\nfunc other(ctx *Context) error {\n\treturn ctx.¦\n}\n")
	if got := best(lines); got != `Gleam("done")` {
		t.Errorf("begun in another text: %q of %v", got, lines)
	}
}
