package shown

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain\ttext\n":                   "plain\ttext\n",
		"Grüße, 東京 👩‍💻":                   "Grüße, 東京 👩‍💻",
		"\x1b[31mred\x1b[0m":              "red",
		"\x1b[2J\x1b[1;1Hhome":            "home",
		"\x1b]0;title\aafter":             "after",
		"\x1b]8;;http://x\x1b\\link":      "link",
		"\x1b]0;never ended\nnext":        "\nnext",
		"\u009b31mred":                    "red",
		"a\x1b7b\x1bcc":                   "abc",
		"back\bspace\x00\x7f":             "backspace",
		"line\r\nend\rold\u2028sep":       "line\nend\nold\nsep",
		"safe\u202eevil\u202c\u2066x":     "safeevilx",
		"zero\u200bwidth\ufeff":           "zerowidth",
		"tag\U000e0041\U000e0042s":        "tags",
		"is\u200dAdmin\u200c":             "isAdmin",
		"می\u200cخواهم ❤\ufe0f":           "می\u200cخواهم ❤\ufe0f",
		"filled\u3164\uffa0\u115f\u034f":  "filled",
		"bad \xff utf-8":                  "bad \uFFFD utf-8",
		"private \ue000 use":              "private  use",
		"\x1b":                            "",
		"\x1b[":                           "",
		"\x1bP1;2|device control\x1b\\ok": "ok",
	} {
		if got := Text(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
		if got := Text(Text(in)); got != Text(in) {
			t.Errorf("%q is not stable: %q", in, got)
		}
	}
	if got := Line(" a\nb  "+strings.Repeat("x", 200), 10); got != "a b xxxxx…" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("\x1b[31mred\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		got := Text(text)
		if strings.ContainsFunc(got, unshown) || strings.ContainsRune(got, '\r') {
			t.Errorf("%q becomes %q", text, got)
		}
	})
}

func TestEscaped(t *testing.T) {
	for in, want := range map[string]string{
		"a/b \"c\".go":   "a/b \"c\".go",
		"a\x1b[2J":       `a\x1b[2J`,
		"a\u202eb\nc":    `a\u202eb\nc`,
		"a\u3164":        `a\u3164`,
		"bad \xff bytes": `bad \xff bytes`,
	} {
		if got := Escaped(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}

func TestLies(t *testing.T) {
	for _, r := range "a \t\n日é\u200d\U000F02A2👩" {
		if Lies(r) {
			t.Errorf("%q lies", r)
		}
	}
	for _, r := range "\x1b\x00\r\x7f\u009b\u202e\u2066\u200b\ufeff\u2028\U000e0041" {
		if !Lies(r) {
			t.Errorf("%q does not lie", r)
		}
	}
}

func TestLie(t *testing.T) {
	for text, want := range map[string]int{
		"a = b\n": -1, "👩\u200d💻": -1, "می\u200cخواهم": -1, "is\u200dAdmin": 2, "\u200cx": 0, "ab\u3164c": 2, "é\u202e": 2, "x\ufe01": 1, "❤\ufe0f": -1,
	} {
		if got := Lie(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
