package syntax

import (
	"strings"
	"testing"
	"time"
)

func TestNodes(t *testing.T) {
	c := NewCache(Limits{ParseTime: time.Minute})
	defer c.CloseAll()
	const text = "\n// a\npackage p\n\nfunc f(a int) {}\n"
	root, ok := c.Nodes(Document{Language: "go", Text: text})
	if !ok || root.Type != "source_file" || root.Error || root.Start != 0 || root.End != len(text) {
		t.Fatalf("got %+v %v", root, ok)
	}
	var leaves, fields []string
	var visit func(n Node)
	visit = func(n Node) {
		if n.Field != "" {
			fields = append(fields, n.Field)
		}
		if len(n.Children) == 0 && n.Named {
			leaves = append(leaves, n.Type+" "+text[n.Start:n.End])
		}
		for _, child := range n.Children {
			visit(child)
		}
	}
	visit(root)
	if got, want := strings.Join(leaves, "|"), "comment // a|package_identifier p|identifier f|identifier a|type_identifier int"; got != want {
		t.Errorf("leaves %s, want %s", got, want)
	}
	if got, want := strings.Join(fields, " "), "name parameters name type body"; got != want {
		t.Errorf("fields %s, want %s", got, want)
	}
}

func TestNodesErrors(t *testing.T) {
	c := NewCache(Limits{ParseTime: time.Minute})
	defer c.CloseAll()
	root, ok := c.Nodes(Document{Language: "go", Text: "package p\n\nfunc f() {\n"})
	if !ok || !root.Error {
		t.Errorf("a missing brace: %v, error %v", ok, root.Error)
	}
	if _, ok := c.Nodes(Document{Language: "yaml", Text: "a: 1\n"}); ok {
		t.Error("there is no grammar for yaml")
	}
	deep := "package p\nvar x = " + strings.Repeat("(", 2000) + "1" + strings.Repeat(")", 2000) + "\n"
	if _, ok := c.Nodes(Document{Language: "go", Text: deep}); ok {
		t.Error("nested too deep, and yet")
	}
	if n := openTrees.Load(); n != 0 {
		t.Errorf("%d trees left open", n)
	}
}

func TestNodesJSON(t *testing.T) {
	c := NewCache(Limits{ParseTime: time.Minute})
	defer c.CloseAll()
	const text = "{\n  \"a\": [1, true], // c\n  \"b\": {}\n}\n"
	root, ok := c.Nodes(Document{Language: "json", Text: text})
	if !ok || root.Error || root.End != len(text) || len(root.Children) != 1 || root.Children[0].Type != "object" {
		t.Fatalf("got %+v %v", root, ok)
	}
	if o := root.Children[0]; text[o.Start:o.End] != strings.TrimSpace(text) {
		t.Errorf("the object is %q", text[o.Start:o.End])
	}
	for _, bad := range []string{"{", "{\"a\": 1}}", "1) + (2", "", "{} // c)"} {
		root, ok := c.Nodes(Document{Language: "json", Text: bad})
		if want := bad != "{} // c)"; !ok || root.Error != want {
			t.Errorf("%q: %v, error %v", bad, ok, root.Error)
		}
	}
}
