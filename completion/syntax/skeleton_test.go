package syntax

import (
	"strings"
	"testing"
	"time"
)

func TestSkeleton(t *testing.T) {
	const text = `package a

import "fmt"

type T struct{}

func (t *T) F() {
	fmt.Println()
	go func() {
		¦
	}()
}
`
	at := strings.Index(text, cursor)
	c := NewCache(Limits{ParseTime: time.Minute})
	defer c.CloseAll()
	a := c.Analyze(Document{Language: "go", Text: strings.Replace(text, cursor, "", 1)}, at)
	for _, test := range []struct {
		windowStart int
		want        string
	}{
		{at, "package a\n\nimport \"fmt\"|func (t *T) F() {|\tgo func() {|"},
		{strings.Index(text, "\tgo"), "package a\n\nimport \"fmt\"|func (t *T) F() {|"},
		{strings.Index(text, "import"), "package a\n\n|"},
		{0, ""},
	} {
		got := ""
		for _, r := range Skeleton(a, test.windowStart) {
			got += text[r.Start:r.End] + "|"
		}
		if got != test.want {
			t.Errorf("before %d: got %q, want %q", test.windowStart, got, test.want)
		}
	}
}
