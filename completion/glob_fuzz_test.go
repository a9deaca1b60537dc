package completion

import "testing"

// FuzzGlobs: whatever a user writes as a glob is bounded, and says of a file the same
// as of the folder that it names with all that is in it.
func FuzzGlobs(f *testing.F) {
	f.Add("src/{a,b}/**/*.go", "/w/src/a/x/y.go")
	f.Add("~/[a-z]*{,/}", "/home/me/b")
	f.Add("{{{{,},},},}**", "/")
	f.Fuzz(func(t *testing.T, text, file string) {
		list := parseGlobs(text, "/home/me")
		if len(list) > maxBraces {
			t.Errorf("%d globs of %q", len(list), text)
		}
		parts := pathParts(file)
		for _, g := range list {
			if g.covers(parts) && !g.covers(append(append([]string{}, parts...), "inside")) {
				t.Errorf("%q has %q, and not what is in it", text, file)
			}
		}
	})
}
