package rules

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// issuedKind is a credential with a form of its own.
type issuedKind struct {
	name  string
	has   string                // a part of each, which is fast to look for
	form  func() *regexp.Regexp // the last group is the secret
	check func(c *change, l line, secret string) bool
	// inTests tells that one in a test is reported as well: whoever makes one up
	// does not meet the form.
	inTests bool
}

// never tells whether this kind is not looked for in a file.
func (k *issuedKind) never(c *change) bool {
	return !k.inTests && (c.kind.test || c.kind.fixture || c.kind.prose)
}

func issuedForm(pattern string) func() *regexp.Regexp {
	return form(`(?:^|[^\w-])(` + pattern + `)(?:$|[^\w-])`)
}

// form compiles a pattern once it is needed, which most never are.
func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// privateKey is the kind that goes over lines.
const privateKey = "private key"

// issued are the forms as their services document them.
var issued = []issuedKind{
	{name: "AWS access key", has: "AKIA", form: issuedForm(`AKIA[A-Z2-7]{16}`), inTests: true},
	{name: "AWS session key", has: "ASIA", form: issuedForm(`ASIA[A-Z2-7]{16}`), inTests: true},
	{name: "GitHub token", has: "ghp_", form: issuedForm(`ghp_[A-Za-z0-9]{36}`), inTests: true},
	{name: "GitHub OAuth token", has: "gho_", form: issuedForm(`gho_[A-Za-z0-9]{36}`), inTests: true},
	{name: "GitHub app token", has: "ghs_", form: issuedForm(`ghs_[A-Za-z0-9]{36}`), inTests: true},
	{name: "GitHub user token", has: "ghu_", form: issuedForm(`ghu_[A-Za-z0-9]{36}`), inTests: true},
	{name: "GitHub refresh token", has: "ghr_", form: issuedForm(`ghr_[A-Za-z0-9]{36,}`), inTests: true},
	{name: "GitHub token", has: "github_pat_", form: issuedForm(`github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}`), inTests: true},
	{name: "GitLab token", has: "glpat-", form: issuedForm(`glpat-[A-Za-z0-9_-]{20}`), inTests: true},
	{name: "GitLab runner token", has: "glrt-", form: issuedForm(`glrt-[A-Za-z0-9_-]{20}`), inTests: true},
	{name: "Slack token", has: "xox", form: issuedForm(`xox[abeoprs]-(?:\d{9,14}-){1,3}[A-Za-z0-9]{20,40}`), inTests: true},
	{name: "Slack app token", has: "xapp-", form: issuedForm(`xapp-\d-[A-Z0-9]{9,13}-\d{10,14}-[a-f0-9]{50,}`), inTests: true},
	{name: "Slack webhook", has: "hooks.slack.com/services/", form: form(`hooks\.slack\.com/services/(T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24})`)},
	{name: "Stripe live key", has: "k_live_", form: issuedForm(`[rs]k_live_[A-Za-z0-9]{20,}`), inTests: true},
	{name: "Google API key", has: "AIza", form: issuedForm(`AIza[A-Za-z0-9_-]{35}`)},
	{name: "Google OAuth secret", has: "GOCSPX-", form: issuedForm(`GOCSPX-[A-Za-z0-9_-]{28}`), inTests: true},
	{name: "npm token", has: "npm_", form: issuedForm(`npm_[A-Za-z0-9]{36}`), inTests: true},
	{name: "PyPI token", has: "pypi-AgEIcHlwaS5vcmc", form: issuedForm(`pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}`), inTests: true},
	{name: "SendGrid key", has: "SG.", form: issuedForm(`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`), inTests: true},
	{name: "OpenAI key", has: "T3BlbkFJ", form: issuedForm(`sk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`), inTests: true},
	{name: "Anthropic key", has: "sk-ant-", form: issuedForm(`sk-ant-(?:api|admin)\d\d-[A-Za-z0-9_-]{80,}`), inTests: true},
	{name: "Hugging Face token", has: "hf_", form: issuedForm(`hf_[A-Za-z0-9]{34}`), inTests: true},
	{name: "DigitalOcean token", has: "dop_v1_", form: issuedForm(`dop_v1_[a-f0-9]{64}`), inTests: true},
	{name: "Docker token", has: "dckr_pat_", form: issuedForm(`dckr_pat_[A-Za-z0-9_-]{27}`), inTests: true},
	{name: "Shopify token", has: "shp", form: issuedForm(`shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`), inTests: true},
	{name: "Telegram bot token", has: ":AA", form: issuedForm(`\d{8,10}:AA[A-Za-z0-9_-]{33}`)},
	{name: "Vault token", has: "hvs.", form: issuedForm(`hvs\.[A-Za-z0-9_-]{90,}`), inTests: true},
	{name: "Grafana token", has: "glsa_", form: issuedForm(`glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}`), inTests: true},
	{name: "age key", has: "AGE-SECRET-KEY-1", form: issuedForm(`AGE-SECRET-KEY-1[A-Z0-9]{58}`)},
	{name: "Azure storage key", has: "AccountKey=", form: form(`AccountKey=([A-Za-z0-9+/]{86}==)`), check: notTheEmulator},
	{name: "JSON Web Token", has: "eyJ", form: issuedForm(`eyJ[A-Za-z0-9_-]{14,}\.eyJ[A-Za-z0-9_-]{14,}\.[A-Za-z0-9_-]{40,}`), check: realJWT},
	{name: privateKey, has: "PRIVATE KEY-----", form: form(`-----BEGIN ((?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----|PGP PRIVATE KEY BLOCK-----)`), check: withKey},
	{name: "URL with a password", has: "://", form: form(`\b[a-z][a-z0-9+]{2,20}://[\w.%-]{1,}:([^\s:@/"'<>{}$()\[\]\\]{12,})@[\w-]+(?:\.[\w-]+)+`), check: func(_ *change, _ line, s string) bool { return unguessable(s) }},
}

// notTheEmulator tells a key from the one of Azure's storage emulator, which
// its documentation gives.
func notTheEmulator(_ *change, _ line, secret string) bool {
	return !strings.HasPrefix(secret, "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
}

// realJWT tells whether a token is one by its header, and not the one that
// every documentation shows.
func realJWT(_ *change, _ line, secret string) bool {
	parts := strings.Split(secret, ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	var h struct{ Alg string }
	if err != nil || json.Unmarshal(header, &h) != nil || h.Alg == "" || strings.EqualFold(h.Alg, "none") {
		return false
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	text := strings.ToLower(string(body))
	return err == nil && json.Valid(body) && !strings.Contains(text, "john doe") && !strings.Contains(text, "1234567890") && !strings.Contains(text, "example")
}

// withKey tells whether a key follows its header, on the same line or below.
func withKey(c *change, l line, secret string) bool {
	at := l.start + strings.Index(l.text, secret) + len(secret)
	const enough = 160 // bytes, which hold 60 of the key behind its headers, quotes and indentation
	body := c.text[at:min(len(c.text), at+enough)]
	n := 0
	for i := range len(body) {
		switch b := body[i]; {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '+' || b == '/':
			if n++; n >= 60 {
				return !obviousFake(body)
			}
		case !strings.ContainsRune(" \t\r\n\"'`\\=,", rune(b)):
			return false // code, the end of it, or a header that says it is encrypted
		}
	}
	return false
}
