package secrecy

import "regexp"

// login is what stands before the host of a URL, or of the short form
// without a scheme, user:password@host.
var (
	login      = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>]*@`)
	shortLogin = regexp.MustCompile(`(^|[\s"'(=])[\w.+-]+:[^\s@/"']+@([\w.-]+)`)
	parameter  = regexp.MustCompile(`(?i)([?&;](?:[\w-]*(?:key|token|secret|password|passwd|signature)|sig|pwd|auth)=)[^&;#\s"'<>]+`)
)

// MaskURLs takes names and passwords, and parameters that are secrets, out of the
// URLs in a text for people: a message, a log, a status. "***" stands for them.
func MaskURLs(text string) string {
	text = login.ReplaceAllString(text, "$1***@")
	text = shortLogin.ReplaceAllString(text, "$1***@$2")
	return parameter.ReplaceAllString(text, "$1***")
}
