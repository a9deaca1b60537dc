package fault

import (
	"strings"
	"testing"
)

// TestWithoutCredentials: what is meant as a URL, typed well or not.
func TestWithoutCredentials(t *testing.T) {
	for url, want := range map[string]string{
		"https://u:p@host/x.git":         "https://host/x.git",
		"https://token@host/x.git":       "https://host/x.git",
		"https://u:p/w@host/x":           "https://host/x",
		"https://u:p@w@host/x":           "https://host/x",
		"https://host/@scope/x":          "https://host/@scope/x",
		"https://host:8080/@scope/x":     "https://host:8080/@scope/x",
		"https://host/x?private_token=p": "https://host/x?***",
		"https://u:p@host/x?token=q":     "https://host/x?***",
		"HTTP://host/x#access_token=p":   "HTTP://host/x#***",
		"https://u:p?w@host/x":           "https://host/x",
		"ssh://git@host/x?y":             "ssh://git@host/x?y",
		"ssh://git:p@host/x":             "ssh://git@host/x",
		"git@github.com:a/b":             "git@github.com:a/b",
		"user:pw@host:path":              "user@host:path",
		"https:/u:p@host/x":              "https@host/x",
		"https//u:p@host/x":              "https//u@host/x",
		"/srv/a:b@c":                     "/srv/a:b@c",
		"./a:b@c":                        "./a:b@c",
		"../x":                           "../x",
		"git@github.com: no such thing.": "git@github.com: no such thing.",
	} {
		if got := WithoutCredentials(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b[31mred\r\n\tb":               "a [31mred b",
		"see https://me:pw@host/x for more": "see https://host/x for more",
		"\xff\xfe broken \u202e bidi":       "broken bidi",
		strings.Repeat("word ", 4*MaxWords): strings.Repeat("word ", MaxWords/5)[:MaxWords] + "…",
	} {
		if got := Plain(text); strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
}
