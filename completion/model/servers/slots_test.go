package servers

import "testing"

func TestSlots(t *testing.T) {
	many := func(from, n int) (ids []int) {
		for i := range n {
			ids = append(ids, from+i)
		}
		return ids
	}
	s := newSlots(2)
	for _, tt := range []struct {
		what  string
		ids   []int
		ahead bool
		want  int
	}{
		{"the first", many(0, 100), false, 0},
		{"one that goes on", many(0, 120), false, 0},
		{"another document", many(1000, 100), false, 1},
		{"back to the first", many(0, 90), false, 0},
		{"read ahead what takes little away", append(many(0, 88), 7, 7, 7), true, 0},
		{"read ahead what takes much away", append(many(0, 50), many(500, 90)...), true, 1},
		{"read ahead more of it", append(many(0, 50), many(500, 200)...), true, 1},
		{"a request for the first", many(0, 91), false, 0},
		{"a request for what was read ahead", append(many(0, 50), many(500, 210)...), false, 1},
	} {
		if got := s.choose(tt.ids, tt.ahead); got != tt.want {
			t.Errorf("%s: slot %d, want %d", tt.what, got, tt.want)
		}
	}
	if got := s.spare(); got != 0 {
		t.Errorf("a chat takes slot %d", got)
	}
	var none slots
	if none.choose(many(0, 5), false) != noSlot || none.spare() != noSlot {
		t.Error("a slot of none")
	}
}
