package review

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
)

// Bounds of an answer: what goes beyond them is not read, and ends it.
const (
	maxAnswer = 12 << 10 // bytes
	maxProse  = 1 << 10  // bytes without a brace: no JSON will come
	maxClaims = 8        // findings read of one answer
	maxTries  = 64       // braces at which an object is looked for
)

// claim is a finding as a model states it, not looked at yet.
type claim struct {
	Quote    string `json:"quote"`
	Severity string `json:"severity"`
	Category string `json:"category"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

// readClaims reads the answer of the first pass. Models that nothing holds to a
// schema put prose or a code fence around their JSON, forget a comma or break
// off: each whole finding in it counts. whole says that the answer was JSON as
// asked for, readable that it could be made sense of, be it that there is no
// finding.
func readClaims(answer string) (claims []claim, readable, whole bool) {
	var strict struct {
		Findings []claim `json:"findings"`
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(answer)), &strict); err == nil && strict.Findings != nil {
		return strict.Findings[:min(len(strict.Findings), maxClaims)], true, true
	}
	answer = mend(answer)
	tries := 0
	for at := 0; at < len(answer) && tries < maxTries && len(claims) < maxClaims; {
		i := strings.IndexByte(answer[at:], '{')
		if i < 0 {
			break
		}
		at += i
		tries++
		decoder := json.NewDecoder(strings.NewReader(answer[at:]))
		var found struct {
			claim
			Findings []claim `json:"findings"`
		}
		if err := decoder.Decode(&found); err != nil {
			at++
			continue
		}
		at += int(decoder.InputOffset())
		switch {
		case found.Findings != nil:
			claims, readable = append(claims, found.Findings...), true
		case found.Quote != "":
			claims, readable = append(claims, found.claim), true
		}
	}
	if !readable && strings.Contains(strings.Join(strings.Fields(answer), ""), `"findings":[]`) {
		readable = true
	}
	return claims[:min(len(claims), maxClaims)], readable, false
}

// enoughClaims tells whether an answer need not be read on.
func enoughClaims(answer string) bool {
	if strings.IndexByte(answer, '{') < 0 {
		return len(answer) > maxProse
	}
	if len(answer) > maxAnswer {
		return true
	}
	if last := answer[len(answer)-1]; last != '}' && last != '\n' {
		return false
	}
	if json.Valid([]byte(answer)) {
		return true
	}
	return strings.Count(answer, `"quote"`) > maxClaims
}

// verdict is the answer of the second pass.
type verdict struct {
	Confirmed *bool  `json:"confirmed"`
	Reason    string `json:"reason"`
}

// readVerdict reads it; ok is false when it says neither yes nor no.
func readVerdict(answer string) (v verdict, ok, whole bool) {
	if err := json.Unmarshal([]byte(strings.TrimSpace(answer)), &v); err == nil && v.Confirmed != nil {
		return v, true, true
	}
	answer = mend(answer)
	for tries := 0; tries < maxTries; tries++ {
		i := strings.IndexByte(answer, '{')
		if i < 0 {
			break
		}
		answer = answer[i:]
		var found verdict
		if err := json.NewDecoder(strings.NewReader(answer)).Decode(&found); err == nil && found.Confirmed != nil {
			return found, true, false
		}
		answer = answer[1:]
	}
	return verdict{}, false, false
}

func enoughVerdict(answer string) bool {
	if strings.IndexByte(answer, '{') < 0 {
		return len(answer) > maxProse
	}
	return len(answer) > maxAnswer || strings.HasSuffix(answer, "}") && json.Valid([]byte(strings.TrimSpace(answer)))
}

// mend repairs what models do to JSON: line breaks within strings, a comma
// before a closing bracket, Python's words for true and false.
func mend(text string) string {
	text = text[:min(len(text), maxAnswer)]
	var b strings.Builder
	inString, escaped := false, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inString && escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case inString && c < 0x20:
			if escapes := map[byte]string{'\n': `\n`, '\t': `\t`}; escapes[c] != "" {
				b.WriteString(escapes[c])
			}
			continue
		case !inString && c == ',':
			if rest := strings.TrimLeft(text[i+1:], " \t\r\n"); rest != "" && (rest[0] == '}' || rest[0] == ']') {
				continue
			}
		case !inString && (strings.HasPrefix(text[i:], "True") || strings.HasPrefix(text[i:], "False")):
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// severityOf reads a severity, and the words that models use in its place.
func severityOf(word string) finding.Severity {
	word = strings.ToLower(strings.TrimSpace(word))
	if slices.Contains(severities, finding.Severity(word)) {
		return finding.Severity(word)
	}
	switch word {
	case "critical", "high", "blocker", "fatal", "severe", "major":
		return finding.Error
	case "medium", "moderate", "warn":
		return finding.Warning
	case "note", "nit", "trivial", "suggestion":
		return finding.Hint
	}
	return finding.Information
}

// categoryOf reads a category; one that was not offered is another.
func categoryOf(word string) string {
	word = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(word)), " ", "-")
	if slices.Contains(categories, word) {
		return word
	}
	return "other"
}
