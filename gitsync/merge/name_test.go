package merge

import (
	"strings"
	"testing"
)

func TestCheckName(t *testing.T) {
	good := []string{"a", "a/b", ".gitignore", ".gitmodules", "git", "..a", "a..b", "...a", ".g\u0131t", "git~2", "caf\u00e9", "\xff\xfe", "a b", "x.git", "\u200dzwj", " a", "~"}
	bad := []string{
		"", "/", "a//b", "/a", "a/", ".", "..", "a/../b", "./a",
		".git", ".GIT", ".gIt/config", "a/.git/hooks/x", "git~1", "GIT~1",
		".git ", ".git.", ".git...", "a.", "a ", ".git::$INDEX_ALLOCATION", ".git:x", "file:stream",
		".g\u200cit", ".g\u206ait", ".g\u206fit", ".g\u202ait", "\ufeff.git", ".git\u200f", "\u202egit~1", "\u200c", ".\u200d.", " \u200c", ".git \u200c", "git~1.\u200d ",
		"a\\b", "..\\..\\x", "a\x00", "a\nb", "\x1b[31m", "a\x7f",
	}
	for _, name := range good {
		if err := CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range bad {
		if err := CheckName(name); err == nil {
			t.Errorf("%q passed", name)
		} else if strings.ContainsAny(err.Error(), "\n\x1b\x00") {
			t.Errorf("%q: the message is not one plain line: %q", name, err)
		}
	}
}

func TestFoldName(t *testing.T) {
	same := [][]string{
		{"readme", "README", "ReadMe"},
		{"caf\u00e9", "cafe\u0301", "CAFE\u0301", "CAF\u00c9"},
		{"\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af"}, // Hangul
		{"\u212bngstr\u00f6m", "a\u030angstro\u0308m", "\u00c5NGSTR\u00d6M"},
		{"\u03c3", "\u03c2", "\u03a3"}, // sigma
		{"a\u200cb", "ab"},
		{"a\u0323\u0307", "a\u0307\u0323"},
		{"\u212a", "k"}, // the kelvin sign
	}
	for i, names := range same {
		for _, name := range names {
			if foldName(name) != foldName(names[0]) {
				t.Errorf("%+q and %+q differ: %+q, %+q", name, names[0], foldName(name), foldName(names[0]))
			}
			for j, others := range same {
				if i != j && foldName(name) == foldName(others[0]) {
					t.Errorf("%+q and %+q are one", name, others[0])
				}
			}
		}
	}
	for _, name := range []string{"a\xff", "A\xff"} {
		if foldName(name) != name {
			t.Errorf("%q: bytes that are no text stand for themselves", name)
		}
	}
}

func TestHashOrder(t *testing.T) {
	paths := []string{"src/lib", "docs", "a", "b", "cmd/docs/lib2", "docs/cmd/cmd"}
	got := hashOrder(paths)
	if len(got) != len(paths) {
		t.Fatal(got)
	}
	// the table of 64 by FNV-1, from bucket 0
	for i := range got[1:] {
		if fnv1(got[i])%64 > fnv1(got[i+1])%64 {
			t.Errorf("%q before %q", got[i], got[i+1])
		}
	}
}
