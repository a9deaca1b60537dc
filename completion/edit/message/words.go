package message

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxBody is how many lines a body has.
const maxBody = 6

// message puts what was found into words.
func (f facts) message(s Style, c Change) Message {
	if len(f.list) == 0 {
		return Message{}
	}
	first := f.list[0]
	objects := []string{first.object}
	var others []fact
	for _, next := range f.list[1:] {
		if next.verb == first.verb && next.rest == first.rest && (first.verb == "add" || first.verb == "remove" || first.verb == "update" || first.verb == "move" || first.verb == "bump") {
			objects = append(objects, next.object)
		} else {
			others = append(others, next)
		}
	}
	m := Message{Verb: first.verb, Object: first.object}
	if first.verb == "bump" && len(f.list) > 2 {
		m.Subject = s.subject(c, f.kind, "bump "+strconv.Itoa(len(f.list))+" dependencies")
		others = f.list
	} else {
		for n := len(objects); n > 0; n-- {
			text := first
			if text.object = joined(objects[:n]); n < len(objects) && n <= 2 {
				text.object = strings.Join(objects[:n], ", ") + " and " + strconv.Itoa(len(objects)-n) + " more"
			} else if n < len(objects) {
				continue
			}
			if m.Subject = s.subject(c, f.kind, text.text()); utf8.RuneCountInString(m.Subject) <= s.Longest {
				break
			}
		}
	}
	if utf8.RuneCountInString(m.Subject) > s.Longest+20 && first.rest != "" {
		first.rest = ""
		m.Subject = s.subject(c, f.kind, first.text())
	}
	if s.Bodies && len(others) > 0 {
		var lines []string
		for i, other := range others {
			if i == maxBody-1 && len(others) > maxBody {
				lines = append(lines, "- and "+strconv.Itoa(len(others)-i)+" more")
				break
			}
			lines = append(lines, "- "+other.text())
		}
		m.Body = strings.Join(lines, "\n")
	}
	return m
}
