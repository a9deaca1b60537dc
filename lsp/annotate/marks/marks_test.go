package marks

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/airside-ls/airside/lsp/text"
)

func TestMark(t *testing.T) {
	const text = "one\n\ttwo()\nthree\n"
	quote := "\ttwo()\n"
	tests := []struct {
		name  string
		quote string
		edits []Edit
		want  string // the marked text; "-" when it is gone
	}{
		{"before", quote, []Edit{{0, 3, "eins!"}}, quote},
		{"behind", quote, []Edit{{11, 16, ""}}, quote},
		{"at its start", quote, []Edit{{4, 4, "x"}}, quote},
		{"at its end", quote, []Edit{{11, 11, "x"}}, quote},
		{"in it", quote, []Edit{{5, 5, "x"}}, "-"},
		{"in it and back", quote, []Edit{{5, 5, "x"}, {5, 6, ""}}, quote},
		{"indented anew", quote, []Edit{{4, 5, "        "}}, "two()"},
		{"deleted", quote, []Edit{{4, 11, ""}}, "-"},
		{"deleted and undone", quote, []Edit{{4, 11, ""}, {4, 4, quote}}, quote},
		{"deleted as one byte later, undone", quote, []Edit{{5, 12, "t"}, {5, 6, "two()\nt"}}, quote},
		{"deleted as one byte earlier, undone", quote, []Edit{{3, 10, ""}, {3, 3, "\n\ttwo()"}}, quote},
		{"deleted, typing elsewhere, undone", quote, []Edit{{4, 11, ""}, {0, 0, "zero\n"}, {9, 9, quote}}, quote},
		{"fixed and undone", quote, []Edit{{5, 8, "second"}, {5, 11, "two"}}, quote},
		{"twice in its region", quote, []Edit{{4, 11, quote + quote}}, "-"},
		{"all replaced, quote kept", quote, []Edit{{0, 17, "0\n" + quote + "4"}}, quote},
		{"all replaced", quote, []Edit{{0, 17, "0"}}, "-"},
		{"no quote", "", []Edit{{5, 5, "x"}}, "\txtwo()\n"},
		{"glued to what follows", quote, []Edit{{10, 11, "x"}}, "-"},
		{"twice up to white space", quote, []Edit{{4, 11, "  two()\n  two()\n"}}, "-"},
		{"no quote, at its start", "", []Edit{{4, 4, "x"}}, quote},
		{"no quote, at its end", "", []Edit{{11, 11, "x"}}, quote},
		{"no quote, deleted", "", []Edit{{0, 17, ""}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := Mark{Start: 4, End: 11, Quote: test.quote}
			now := text
			for _, e := range test.edits {
				now = now[:e.Start] + e.New + now[e.End:]
				m.Edit(e)
				m.Settle(now)
			}
			got := now[m.Start:m.End]
			if m.Gone {
				got = "-"
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestCarry: marks follow the edits between two editions, one after the other, where
// these are known, and else what is different.
func TestCarry(t *testing.T) {
	first := new(Lineage)
	second := first.Follow([]Edit{{0, 0, "two\n"}, {0, 4, ""}, {0, 0, "zero\n"}}) // in this order alone the last is the one that stays
	third := second.Follow([]Edit{{5, 9, ""}})
	edition := func(content string, l *Lineage) Edition { return Edition{text.New(content, text.UTF8), l} }
	from := edition("one\ntwo\n", first)
	for _, c := range []struct {
		name string
		to   Edition
		want string // the mark's start, or "gone"
	}{
		{"the same", from, "4"},
		{"edited", edition("zero\none\ntwo\n", second), "9"},
		{"edited again", edition("zero\ntwo\n", third), "5"},
		{"another text", edition("and\none\ntwo\n", new(Lineage)), "8"},
		{"another text without it", edition("one\n", nil), "gone"},
		{"the same, read anew", edition("one\ntwo\n", nil), "4"},
	} {
		m := Mark{Start: 4, End: 7, Quote: "two"}
		Carry([]*Mark{&m}, from, c.to)
		got := strconv.Itoa(m.Start)
		if m.Gone {
			got = "gone"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestCarryKnowsEdits: where edits are known, a mark stays on its own quote though the
// texts alone would not tell which one that is.
func TestCarryKnowsEdits(t *testing.T) {
	first := new(Lineage)
	second := first.Follow([]Edit{{0, 2, ""}, {5, 5, " two"}})
	from, to := Edition{text.New("x two y", text.UTF8), first}, Edition{text.New("two y two", text.UTF8), second}
	m := Mark{Start: 2, End: 5, Quote: "two"}
	Carry([]*Mark{&m}, from, to)
	if m.Gone || m.Start != 0 {
		t.Errorf("by edits: %+v", m)
	}
	to.Line = nil
	m = Mark{Start: 2, End: 5, Quote: "two"}
	Carry([]*Mark{&m}, from, to)
	if !m.Gone {
		t.Errorf("by the texts alone: %+v", m)
	}
}

// TestCarryFiles: editions of a file that is not open differ by their texts.
func TestCarryFiles(t *testing.T) {
	m := Mark{Start: 0, End: 3, Quote: "two"}
	Carry([]*Mark{&m}, Edition{Text: text.New("two", text.UTF8)}, Edition{Text: text.New("one two", text.UTF8)})
	if m.Gone || m.Start != 4 {
		t.Errorf("%+v", m)
	}
}

func TestLost(t *testing.T) {
	m := Mark{Start: 1, End: 2, Quote: "b"}
	filler := strings.Repeat("x", maxRegion+3)
	m.Edit(Edit{0, 3, filler})
	m.Settle(filler)
	m.Edit(Edit{5, 5, "b"})
	m.Settle(filler[:5] + "b" + filler[5:])
	if !m.Gone {
		t.Error("found again in another place")
	}
}

// TestNotLost: a quote is looked for in as much text as is allowed, and in no more.
func TestNotLost(t *testing.T) {
	m := Mark{Start: 0, End: 1, Quote: "b"}
	filler := strings.Repeat("x", 2+maxRegion)
	m.Edit(Edit{0, 1, filler})
	m.Settle(filler)
	m.Edit(Edit{5, 5, "b"})
	m.Settle(filler[:5] + "b" + filler[5:])
	if m.Gone || m.Start != 5 {
		t.Errorf("not found again: %+v", m)
	}
}

// TestOddQuotes: what cannot be looked for up to white space is gone once it is not
// there to the byte.
func TestOddQuotes(t *testing.T) {
	for _, quote := range []string{"  \t", "a\xff b"} {
		m := Mark{Start: 0, End: len(quote), Quote: quote}
		m.Check("x" + strings.Join(strings.Fields(quote), "   "))
		if !m.Gone {
			t.Errorf("%q is found", quote)
		}
		m.Start, m.End = 1, 1+len(quote)
		m.Check("x" + quote)
		if m.Gone || m.Start != 1 {
			t.Errorf("%q is not found: %+v", quote, m)
		}
	}
}

func TestCheckWithoutQuote(t *testing.T) {
	m := Mark{Start: 1, End: 3}
	m.Check("abcd")
	if m.Gone || m.Start != 1 || m.End != 3 {
		t.Errorf("%+v", m)
	}
}

func TestCheck(t *testing.T) {
	m := Mark{Start: 2, End: 4, Quote: "cd"}
	m.Check("abcd")
	if m.Gone {
		t.Error("gone though nothing changed")
	}
	m.Check("x")
	if !m.Gone {
		t.Error("beyond the end")
	}
}

// letter is one byte of a text that knows where it came from.
type letter struct {
	b  byte
	id int
}

// TestAgainstNaive: a mark whose very letters are still side by side is where
// they are, and one that is not gone is on its quote.
func TestAgainstNaive(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	lastID := 0
	letters := func(n int) []letter {
		list := make([]letter, n)
		for i := range list {
			lastID++
			list[i] = letter{alphabet[random.IntN(len(alphabet))], lastID}
		}
		return list
	}
	alive, gone := 0, 0
	for range 3000 {
		text := letters(20 + random.IntN(40))
		start := random.IntN(len(text) - 6)
		end := start + 4 + random.IntN(len(text)-start-4)
		marked := append([]letter(nil), text[start:end]...)
		m := Mark{Start: start, End: end, Quote: plain(marked)}
		for range 1 + random.IntN(8) {
			for range 1 + random.IntN(2) {
				a := random.IntN(len(text) + 1)
				b := min(len(text), a+random.IntN(4))
				in := letters(random.IntN(4))
				m.Edit(Edit{a, b, plain(in)})
				text = append(append(append([]letter(nil), text[:a]...), in...), text[b:]...)
			}
			m.Settle(plain(text))
			at, whole := indexOf(text, marked)
			switch {
			case whole && (m.Gone || m.Start != at || m.End != at+len(marked)):
				t.Fatalf("%q at %d in %q: %+v", m.Quote, at, plain(text), m)
			case !m.Gone && plain(text)[m.Start:m.End] != m.Quote:
				t.Fatalf("%q in %q: %+v", m.Quote, plain(text), m)
			case m.Gone:
				gone++
			default:
				alive++
			}
		}
	}
	if alive < 1000 || gone < 1000 {
		t.Errorf("%d alive, %d gone: too few to say anything", alive, gone)
	}
}

func indexOf(text, part []letter) (int, bool) {
	for i := 0; i+len(part) <= len(text); i++ {
		if text[i] != part[0] {
			continue
		}
		for j := range part {
			if text[i+j] != part[j] {
				return 0, false
			}
		}
		return i, true
	}
	return 0, false
}

func plain(list []letter) string {
	b := make([]byte, len(list))
	for i, l := range list {
		b[i] = l.b
	}
	return string(b)
}

func FuzzDifference(f *testing.F) {
	f.Add("abc", "axc")
	f.Add("aa", "aaa")
	f.Add("", "x")
	f.Fuzz(func(t *testing.T, old, new string) {
		e := Difference(old, new)
		if got := old[:e.Start] + e.New + old[e.End:]; got != new {
			t.Errorf("%q to %q: %+v", old, new, e)
		}
	})
}
