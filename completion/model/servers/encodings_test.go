package servers

import (
	"strconv"
	"strings"
	"testing"
)

func TestEncodingsAreBounded(t *testing.T) {
	var c encodings
	for i := range 100 {
		c.put(strings.Repeat("x", 100_000)+strconv.Itoa(i), i%2 == 0, []int{i})
	}
	if len(c.entries) > maxTexts || c.bytes > maxTextBytes {
		t.Errorf("%d entries, %d bytes", len(c.entries), c.bytes)
	}
	last := strings.Repeat("x", 100_000) + "99"
	if ids, ok := c.get(last, false); !ok || ids[0] != 99 {
		t.Error("the last one is gone")
	}
	if _, ok := c.get(last, true); ok {
		t.Error("with and without a blank in front are the same")
	}
}
