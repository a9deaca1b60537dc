package fault

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// MaxWords is how much of foreign words goes into a message, in bytes.
const MaxWords = 400

// Plain makes one line of foreign text: no control characters, no passwords in
// URLs, at most MaxWords bytes.
func Plain(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text[:min(len(text), 8*MaxWords)], " "))
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = WithoutCredentials(word)
	}
	text = strings.Join(words, " ")
	if len(text) > MaxWords {
		text = strings.ToValidUTF8(text[:MaxWords], "") + "…"
	}
	return text
}

// WithoutCredentials is a remote's URL as it may be shown and kept: user and
// password are taken out of whatever is meant as a URL, mistyped ones included;
// the user of ssh, which is no secret, stays. A password may hold any character,
// so that up to an @ all is one wherever a colon tells that there is a password,
// and that is no port's.
func WithoutCredentials(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return withoutPasswordSCP(raw)
	}
	host, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(host, '@')
	if at < 0 {
		if at = strings.LastIndexByte(rest, '@'); at < 0 || !passwordBefore(rest[:at]) {
			return scheme + "://" + withoutQuery(scheme, rest)
		}
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	if scheme == "ssh" {
		return scheme + "://" + user + rest[at:]
	}
	return scheme + "://" + withoutQuery(scheme, rest[at+1:])
}

// withoutQuery takes out what a web address has behind ? and #, where hosts take
// tokens.
func withoutQuery(scheme, rest string) string {
	if i := strings.IndexAny(rest, "?#"); i >= 0 && strings.HasPrefix(strings.ToLower(scheme), "http") {
		return rest[:i+1] + "***"
	}
	return rest
}

// passwordBefore reports that what stands before an @, slashes among it, is user
// and password, and not host, port and the beginning of a path.
func passwordBefore(text string) bool {
	_, rest, ok := strings.Cut(text, ":")
	port, _, _ := strings.Cut(rest, "/")
	_, err := strconv.ParseUint(port, 10, 16)
	return ok && err != nil
}

// withoutPasswordSCP is for user:password@host:path, and for schemes that lack a
// character: what stands before a colon and an @ may be a user's name.
func withoutPasswordSCP(raw string) string {
	at := strings.LastIndexByte(raw, '@')
	if at < 0 || filepath.IsAbs(raw) || strings.HasPrefix(raw, ".") {
		return raw
	}
	user, _, ok := strings.Cut(raw[:at], ":")
	if !ok {
		return raw
	}
	return user + raw[at:]
}
