package rules

import (
	"fmt"
	"math"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// credentials finds secrets: by the form that a service gives to its own, and
// by a name such as password in front of a value that is one.
// Nothing that is reported holds a whole secret, so that a log does not either:
// the range ends within it.
func credentials(c *change) {
	if c.kind.lock {
		return
	}
	c.issued(func(kind *issuedKind, l line, start, end int) {
		if !kind.never(c) && !c.moved(l.text) {
			c.reportSecret(start, end-start, finding.Error, kind.name)
		}
	})
	if c.kind.test || c.kind.fixture || c.kind.generated || c.kind.prose {
		return
	}
	c.lines(func(l line) {
		const longest = 500 // of a line that a person wrote
		if len(l.text) > longest || c.moved(l.text) {
			return
		}
		for _, a := range assigned(l.text, c.kind.config, c.kind.env) {
			if !c.reported(l) && !c.inText(l.start+a.start) {
				c.reportSecret(l.start+a.start, a.end-a.start, finding.Warning, a.name)
			}
		}
	})
}

// issued visits what has the form of a credential on the changed lines.
func (c *change) issued(visit func(kind *issuedKind, l line, start, end int)) {
	for i := range issued {
		kind := &issued[i]
		if !strings.Contains(c.text, kind.has) {
			continue
		}
		c.lines(func(l line) {
			if !strings.Contains(l.text, kind.has) {
				return
			}
			for _, m := range kind.form().FindAllStringSubmatchIndex(l.text, -1) {
				start, end := m[len(m)-2], m[len(m)-1]
				if secret := l.text[start:end]; !obviousFake(secret) && (kind.check == nil || kind.check(c, l, secret)) {
					visit(kind, l, l.start+start, l.start+end)
				}
			}
		})
	}
}

// inText tells whether a place is in a comment or in a string of many lines,
// where documentation gives examples.
func (c *change) inText(offset int) bool {
	return c.within(offset, func(n *syntax.Node) bool {
		return strings.Contains(n.Type, "comment") || strings.Contains(n.Type, "string") && strings.Contains(c.code(n), "\n")
	})
}

// reported tells whether a credential was found on the line already.
func (c *change) reported(l line) bool {
	for _, f := range c.found {
		if f.Category == finding.Credential && f.Start >= l.start && f.Start < l.start+len(l.text) {
			return true
		}
	}
	return false
}

// reportSecret shows the first bytes of a secret and no more.
func (c *change) reportSecret(start, n int, s finding.Severity, name string) {
	const most = 8
	shown := min(most, max(1, n/4))
	advice := "take it out, revoke it, and read it from the environment"
	if s != finding.Error {
		advice = "if it is real, take it out and revoke it"
	}
	article := "a"
	if strings.ContainsRune("aeioAEIO", rune(name[0])) || strings.HasPrefix(name, "npm") || strings.HasPrefix(name, "SSH") {
		article = "an"
	}
	c.report(finding.Finding{
		Start: start, End: start + shown, Severity: s, Category: finding.Credential,
		Message: fmt.Sprintf("this looks like %s %s: %s", article, name, advice),
	})
}

// obviousFake tells whether a value says of itself that it is none.
func obviousFake(value string) bool {
	lower := strings.ToLower(value)
	for _, word := range []string{"example", "sample", "changeme", "change_me", "change-me", "your", "xxxx", "placeholder", "dummy", "fake", "redacted", "secret", "insert", "replace", "todo", "test", "mock", "00000000", "12345678", "abcdefgh", "deadbeef", "password", "passwort", "...", "foobar", "lorem", "<", "${", "{{", "$(", "%s", "%v"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return entropy(value) < 2.5
}

// wordLength is how many letters of one case in a row are a word. One secret of
// 32 random characters in seven has one, too.
const wordLength = 6

// unguessable tells whether a value is too random to be a word, a path, a name
// or a sentence. The bounds are those of secrets with 16 random characters and
// more.
func unguessable(value string) bool {
	if len(value) < 16 || obviousFake(value) || strings.Contains(value, "://") || strings.ContainsAny(value, " {}()<>$%*,;\\") {
		return false
	}
	var digits, lower, upper, switches, run int
	kind, hex := byte(0), strings.Trim(strings.ToLower(value), "0123456789abcdef-") == ""
	for i := range len(value) {
		k := byte('x')
		switch b := value[i]; {
		case b >= '0' && b <= '9':
			digits++
			k = 'd'
		case b >= 'a' && b <= 'z':
			lower++
			k = 'l'
		case b >= 'A' && b <= 'Z':
			upper++
			k = 'u'
		case b >= 0x80:
			return false
		}
		run++
		if k != kind {
			switches++
			run = 1
		}
		if kind = k; run >= wordLength && k != 'd' && !hex {
			return false
		}
	}
	// Names are of letters, a case changing where a word begins; digits stand
	// at their end.
	if digits < 2 || lower+upper < 4 || switches*4 < len(value) {
		return false
	}
	bound := 3.6
	if upper == 0 || lower == 0 {
		bound = 3.2 // sixteen different characters at the most, where it is hexadecimal
	}
	return entropy(value) >= bound
}

// entropy is Shannon's, in bits for each byte.
func entropy(s string) float64 {
	if s == "" {
		return 0
	}
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	sum := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}
