package rules

import (
	"regexp"
	"strings"
)

// assignedSecret is a value that the name in front of it, or the URL around it,
// says to be a secret: bytes of a line.
type assignedSecret struct {
	start, end int
	name       string // what it looks like
}

var (
	secretWord = regexp.MustCompile(`(?i)pass|pwd|secret|token|api_?-?key|access_?-?key|auth_?-?key|private_?-?key|encryption_?-?key|credential|bearer|://`)

	secretName = `[\w.-]*(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api_?-?key|access_?-?key|auth_?-?key|private_?-?key|encryption_?-?key|credentials?|pass)[\w-]*`
	// assignment is a name, what assigns to it, and a quoted value: x := "v",
	// "x": "v", x => 'v'.
	assignment = regexp.MustCompile("(?i)(" + secretName + ")[\"'\\]]{0,2}\\s*(?::\\s*[\\w<>?]+\\s*=|:=|=>|=|:)\\s*[bru]?[\"'`]([^\"'`\\s]{6,200})[\"'`]")
	// setter is a call that sets a secret: SetX("v"), with_x('v'), .x("v").
	setter = regexp.MustCompile("(?i)(?:\\bset|\\bwith|\\.)_?(" + secretName + ")\\(\\s*[bru]?[\"'`]([^\"'`\\s]{6,200})[\"'`]\\s*\\)")
	// option is one of a command line: --x=v, --x v, in a string or a script.
	option = regexp.MustCompile("(?i)--(" + secretName + ")[=\\s][\"']?([^\\s\"'`,)\\]]{6,200})")
	// bearer is a header that says who asks. What follows is a token, never a word.
	bearer = regexp.MustCompile(`\b([Bb]earer)\s+([\w.~+/-]{16,500}=*)`)
	// plainAssignment is one without quotes, as files of settings and shells have
	// it: X=v, x: v, export X=v, ENV X=v.
	plainAssignment = regexp.MustCompile(`(?i)^\s*(?:export\s+|ENV\s+|ARG\s+|-\s+)?[\"\']?(` + secretName + `)[\"\']?\s*[=:]\s*([^\s"\'#]{6,200})\s*(?:#.*)?$`)
	// urlPassword is a user, a password and a host.
	urlPassword = regexp.MustCompile(`\b[a-z][a-z0-9+]{1,20}://([\w.%+-]*):([^\s:@/"\'<>{}$()\[\]\\]{5,200})@([\w.-]+)`)

	// passwordName is the name of what a person may have made up.
	passwordName = regexp.MustCompile(`(?i)(?:passw(?:or)?d|passwd|passphrase|pwd|[_.-]pass|^pass)$|[a-z]Pass$`)
	// publicName is a name of what is no secret although the word is in it.
	publicName = regexp.MustCompile(`(?i)hash|digest|sha\d|md5|public|_?id$|_?name$|_?type$|_?url$|_?uri$|_?path$|_?file$|_?field$|_?header$|_?param|_?prefix$|_?label$|_?pattern$|_?regex|_?format$|_?env$|_?var$|_?endpoint$|placeholder|_?message$|_?text$|error|tokenizer|csrf|ref$|arn$`)
	// noHost is a host that nobody else reaches, or that a document made up.
	noHost = regexp.MustCompile(`(?i)^(?:localhost|127\.|0\.0\.0\.0|host$|hostname$|db$|database$|postgres$|mysql$|redis$|mongo(?:db)?$|rabbitmq$|proxy$|.*(?:example|\.test$|\.invalid$|\.local$))`)
)

// forms are how a secret is given a name. The first group is the name, the second
// the value. No text without has, in which case counts, is of the form.
var forms = []struct {
	*regexp.Regexp
	has    string
	config bool // in files of settings alone
}{{assignment, "", false}, {setter, "(", false}, {option, "--", false}, {bearer, "earer ", false}, {plainAssignment, "", true}}

// defaults are what servers of a developer's machine come with.
var defaults = []string{"postgres", "postgresql", "rabbitmq", "mongodb", "mariadb", "minioadmin", "elastic", "grafana", "airflow", "keycloak", "sonar", "docker", "vagrant", "administrator", "default", "required", "optional", "enabled", "disabled", "disable", "nopass", "nothing", "prompt", "string", "hidden", "masked"}

// assigned are the secrets that are assigned on a line, or stand in a URL. config
// tells that values stand without quotes in this file, env that it is made to
// hold secrets, so that a plain word is one.
func assigned(text string, config, env bool) (list []assignedSecret) {
	if !secretWord.MatchString(text) {
		return nil
	}
	for _, m := range urlPassword.FindAllStringSubmatchIndex(text, -1) {
		user, password, host := text[m[2]:m[3]], text[m[4]:m[5]], text[m[6]:m[7]]
		if !noHost.MatchString(host) && !strings.EqualFold(user, password) && madeUp(password, false) {
			list = append(list, assignedSecret{m[4], m[5], "URL with a password"})
		}
	}
	for _, form := range forms {
		if form.config && !config || !strings.Contains(text, form.has) {
			continue
		}
		m := form.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		switch name, value := text[m[2]:m[3]], text[m[4]:m[5]]; {
		case publicName.MatchString(name):
		case unguessable(value):
			return append(list, assignedSecret{m[4], m[5], "secret"})
		case passwordName.MatchString(name) && madeUp(value, env):
			return append(list, assignedSecret{m[4], m[5], "password"})
		}
	}
	return list
}

// madeUp tells whether a value may be a password that a person made up: letters
// with digits or signs among them, which is no reference, path, rule or format.
// plain takes a word for one, too.
func madeUp(value string, plain bool) bool {
	if len(value) < 6 || obviousFake(value) || strings.ContainsAny(value, "{}()<>[]|:;,/\\`") || strings.ContainsAny(value[:1], "$%&*@#.-=") {
		return false
	}
	for _, d := range defaults {
		if strings.EqualFold(value, d) {
			return false
		}
	}
	letters := strings.ContainsFunc(value, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	others := strings.ContainsAny(value, "0123456789!@#$%^&*+=?~")
	if plain {
		return letters || others
	}
	return letters && others
}
