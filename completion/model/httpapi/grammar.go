package httpapi

import (
	"fmt"
	"strings"
)

// BeginsWith is the grammar, in llama.cpp's GBNF, of all texts that begin with a
// text.
func BeginsWith(text string) string {
	var b strings.Builder
	b.WriteString(`root ::= "`)
	for _, r := range text {
		switch {
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, r)
		case r >= 0x80:
			fmt.Fprintf(&b, `\u%04X`, r)
		case r < ' ' || r == '"' || r == '\\' || r == 0x7F:
			fmt.Fprintf(&b, `\x%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString(`" [^\x00]*`)
	return b.String()
}
