package httpapi

import "testing"

func TestBeginsWith(t *testing.T) {
	for text, want := range map[string]string{
		"\t\tif x[": `root ::= "\x09\x09if x[" [^\x00]*`,
		`a"b\`:      `root ::= "a\x22b\x5C" [^\x00]*`,
		"größe😀":    `root ::= "gr\u00F6\u00DFe\U0001F600" [^\x00]*`,
		"\r\n\x7f":  `root ::= "\x0D\x0A\x7F" [^\x00]*`,
	} {
		if got := BeginsWith(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
