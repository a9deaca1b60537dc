package message

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/shown"
)

// Style is how the subjects of a repository are written.
type Style struct {
	// Prefix is what a subject begins with: "" nothing, "topic" ("sync: "), "typed"
	// ("feat(sync): ", or "feat: " where Scoped is false), "bracket" ("[sync] ").
	Prefix string
	Scoped bool
	// Ticket says that subjects begin with a ticket's name, such as ABC-12, which the
	// branch has; Colon that a colon stands behind it.
	Ticket, Colon bool
	Upper         bool // the first word behind the prefix begins with a capital letter
	Period        bool // it ends with a full stop
	// Mood is the form of the verb: "add", "adds", "added" or "adding".
	Mood string
	// Longest is how many characters a subject has at most, Usual the median.
	Longest, Usual int
	Bodies         bool // most commits have more than a subject
	// Topics are those that were in use, by how often.
	Topics map[string]int
	Signs  bool // the user's own commits have their Signed-off-by
}

var (
	typedSubject   = regexp.MustCompile(`^(feat|fix|docs?|style|refactor|perf|tests?|build|ci|chore|revert|release|types|deps)(\(([^)]{1,40})\))?!?: +(\S.*)$`)
	topicSubject   = regexp.MustCompile(`^([\pL\pN_./*{}, @+-]{1,40}): +(\S.*)$`)
	bracketSubject = regexp.MustCompile(`^\[([^\]]{1,40})\] *(\S.*)$`)
	ticketSubject  = regexp.MustCompile(`^([A-Z][A-Z0-9]{1,9}-\d+)(:?) +(\S.*)$`)
	ticketName     = regexp.MustCompile(`[A-Z][A-Z0-9]{1,9}-\d+`)
	pullNumber     = regexp.MustCompile(` *\(#\d+\)$`)
)

// StyleOf learns the style of the commits that were made before. A program's commits say
// nothing of how people write here.
func StyleOf(c Change) Style {
	s := Style{Mood: "add", Longest: 72, Usual: 50, Topics: map[string]int{}}
	var all, topics, typed, scoped, brackets, tickets, colons, upper, periods, bodies, mine, signed int
	moods, lengths := map[string]int{}, []int(nil)
	for _, past := range c.Past {
		subject, body, _ := strings.Cut(strings.TrimSpace(past.Message), "\n")
		if strings.Contains(past.Author, "[bot]") || strings.HasPrefix(subject, "Merge ") || strings.HasPrefix(subject, "Revert ") || subject == "" {
			continue
		}
		all++
		subject = pullNumber.ReplaceAllString(strings.TrimSpace(subject), "")
		lengths = append(lengths, utf8.RuneCountInString(subject))
		rest := subject
		if m := ticketSubject.FindStringSubmatch(rest); m != nil {
			tickets, rest = tickets+1, m[3]
			colons += len(m[2])
		}
		if m := typedSubject.FindStringSubmatch(rest); m != nil {
			typed++
			if m[3] != "" {
				scoped++
				s.Topics[m[3]]++
			}
			rest = m[4]
		} else if m := topicSubject.FindStringSubmatch(rest); m != nil && strings.Count(m[1], " ") < 3 {
			topics++
			s.Topics[m[1]]++
			rest = m[2]
		} else if m := bracketSubject.FindStringSubmatch(rest); m != nil {
			brackets++
			s.Topics[m[1]]++
			rest = m[2]
		}
		first, _ := utf8.DecodeRuneInString(rest)
		if unicode.IsUpper(first) {
			upper++
		}
		if strings.HasSuffix(rest, ".") {
			periods++
		}
		moods[moodOf(firstWord(rest))]++
		if hasBody(body) {
			bodies++
		}
		if c.Email != "" && past.Email == c.Email {
			mine++
			if strings.Contains(past.Message, signedOff(c)) {
				signed++
			}
		}
	}
	if all == 0 {
		return s
	}
	switch most := all * 2 / 5; {
	case typed > most:
		s.Prefix, s.Scoped = "typed", scoped*2 >= typed
	case topics > most:
		s.Prefix = "topic"
	case brackets > most:
		s.Prefix = "bracket"
	}
	s.Ticket, s.Colon = tickets*2 > all, colons*2 > tickets
	s.Upper, s.Period, s.Bodies = upper*2 > all, periods*2 > all, bodies*2 > all
	s.Signs = mine >= 2 && signed == mine
	for _, mood := range []string{"adds", "added", "adding"} {
		if moods[mood]*2 > all {
			s.Mood = mood
		}
	}
	slices.Sort(lengths)
	s.Usual, s.Longest = lengths[len(lengths)/2], min(100, max(50, lengths[len(lengths)*9/10]))
	return s
}

// hasBody tells whether there is anything but trailers behind a subject.
func hasBody(body string) bool {
	for line := range strings.Lines(body) {
		if line = strings.TrimSpace(line); line != "" && !trailer.MatchString(line) {
			return true
		}
	}
	return false
}

var trailer = regexp.MustCompile(`^[A-Z][A-Za-z-]+: \S`)

func signedOff(c Change) string { return "Signed-off-by: " + c.Author + " <" + c.Email + ">" }

// trailers are the lines at the end: what the user signs every time.
func (s Style) trailers(c Change) []string {
	if !s.Signs {
		return nil
	}
	return []string{shown.Line(signedOff(c), len(signedOff(c)))}
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return strings.ToLower(strings.Trim(word, ".,:;"))
}

// moodOf tells which form of a verb a word is, as far as its end tells.
func moodOf(word string) string {
	switch {
	case strings.HasSuffix(word, "ed") && len(word) > 4 && word != "embed" && word != "speed", word == "made":
		return "added"
	case strings.HasSuffix(word, "ing") && len(word) > 5:
		return "adding"
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && slices.Contains(verbs, baseOf(word)):
		return "adds"
	}
	return "add"
}

// verbs are those that rules use, and others that begin subjects.
var verbs = []string{"add", "remove", "rename", "move", "update", "change", "use", "set", "bump", "fix", "document", "reformat", "make", "support", "allow", "handle", "improve", "replace", "drop", "test", "reword", "delete"}

func baseOf(verb string) string {
	if base := strings.TrimSuffix(verb, "s"); slices.Contains(verbs, base) {
		return base
	}
	return strings.TrimSuffix(verb, "es")
}

// inMood puts a verb into the form that is in use.
func (s Style) inMood(verb string) string {
	stem := strings.TrimSuffix(verb, "e")
	double := verb == "drop" || verb == "set"
	switch s.Mood {
	case "adds":
		if strings.HasSuffix(verb, "x") {
			return verb + "es"
		}
		return verb + "s"
	case "added":
		switch {
		case verb == "set":
			return verb
		case verb == "make":
			return "made"
		case double:
			return verb + "ped"
		}
		return stem + "ed"
	case "adding":
		if double {
			return verb + verb[len(verb)-1:] + "ing"
		}
		return stem + "ing"
	}
	return verb
}

// subject puts what was found into the style: text begins with a verb in its base form.
func (s Style) subject(c Change, kind, text string) string {
	verb, rest, _ := strings.Cut(text, " ")
	if slices.Contains(verbs, verb) {
		verb = s.inMood(verb)
	}
	return s.dressed(c, kind, strings.TrimSpace(verb+" "+rest))
}

// dressed is a subject with its prefix, in the case that is in use.
func (s Style) dressed(c Change, kind, text string) string {
	first, size := utf8.DecodeRuneInString(text)
	word, _, _ := strings.Cut(text, " ")
	switch plain := strings.ToLower(word[size:]) == word[size:]; {
	case first == utf8.RuneError:
	case s.Upper && plain:
		text = string(unicode.ToUpper(first)) + text[size:]
	case !s.Upper && plain:
		text = string(unicode.ToLower(first)) + text[size:]
	}
	topic := s.topic(c)
	prefix := ""
	switch {
	case s.Prefix == "typed" && s.Scoped && topic != "":
		prefix = kind + "(" + topic + "): "
	case s.Prefix == "typed":
		prefix = kind + ": "
	case s.Prefix == "topic" && topic != "":
		prefix = topic + ": "
	case s.Prefix == "bracket" && topic != "":
		prefix = "[" + topic + "] "
	}
	if ticket := ticketName.FindString(c.Branch); s.Ticket && ticket != "" {
		if prefix = ticket + " " + prefix; s.Colon {
			prefix = ticket + ": " + strings.TrimPrefix(prefix, ticket+" ")
		}
	}
	if s.Period && !strings.HasSuffix(text, ".") {
		text += "."
	}
	return prefix + text
}

// topic is what the files of a change have in common: a topic that was in use before,
// else the innermost folder, else the one file's name.
func (s Style) topic(c Change) string {
	var paths []string
	for _, f := range c.Files {
		if k := classOf(f.Path); k != locked && k != noted {
			paths = append(paths, f.Path)
		}
	}
	if len(paths) == 0 {
		paths = append(paths, c.Files[0].Path)
	}
	votes := map[string]int{}
	for _, p := range paths {
		for i, part := range parts(p) {
			for topic, n := range s.Topics {
				if strings.EqualFold(part, topic) || strings.EqualFold(strings.TrimSuffix(p, path.Ext(p)), topic) || strings.EqualFold(path.Dir(p), topic) {
					votes[topic] += 100 + 10*min(i, 5) + min(n, 9)
				}
			}
		}
	}
	best := ""
	for topic, n := range votes {
		if n >= 100*len(paths)/2 && (best == "" || n > votes[best] || n == votes[best] && topic < best) {
			best = topic
		}
	}
	if best != "" || s.Prefix == "typed" {
		return name(best)
	}
	dir := common(paths)
	if dir == "" && len(paths) == 1 {
		return name(strings.TrimSuffix(path.Base(paths[0]), path.Ext(paths[0])))
	}
	if dir == "" {
		return ""
	}
	return name(path.Base(dir))
}

// parts are a path's folders, and its file's name without what is behind a dot.
func parts(p string) []string {
	list := strings.Split(p, "/")
	last := list[len(list)-1]
	if i := strings.IndexByte(last, '.'); i > 0 {
		list[len(list)-1] = last[:i]
	}
	return list
}

// common is the innermost folder that holds all paths, "" for the root.
func common(paths []string) string {
	dir := path.Dir(paths[0])
	for _, p := range paths[1:] {
		for dir != "." && !strings.HasPrefix(p, dir+"/") {
			dir = path.Dir(dir)
		}
	}
	if dir == "." {
		return ""
	}
	return dir
}
