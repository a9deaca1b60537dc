package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// asksPeople tells whether somebody sits in front of this command who can answer.
func asksPeople(std stdio) bool {
	f, ok := std.in.(*os.File)
	return ok && isTerminal(f)
}

// questions asks the person in front of a terminal.
type questions struct {
	std     stdio
	answers *bufio.Reader
}

func newQuestions(std stdio) *questions { return &questions{std, bufio.NewReader(std.in)} }

// ask shows a question and what an empty answer means. The end of the input is no
// answer at all.
func (q *questions) ask(question, otherwise string) (answer string, answered bool) {
	fmt.Fprintf(q.std.err, "%s [%s] ", question, otherwise)
	answer, err := q.answers.ReadString('\n')
	if err != nil {
		fmt.Fprintln(q.std.err)
		return "", false
	}
	if answer = strings.TrimSpace(answer); answer == "" {
		return otherwise, true
	}
	return answer, true
}

// yes asks for a yes or a no. No answer is a no.
func (q *questions) yes(question string, otherwise bool) bool {
	choice := map[bool]string{true: "Y/n", false: "y/N"}[otherwise]
	answer, answered := q.ask(question, choice)
	switch answer = strings.ToLower(answer); answer {
	case "y", "yes", "j", "ja":
		return answered
	case strings.ToLower(choice):
		return answered && otherwise
	}
	return false
}
