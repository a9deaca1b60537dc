package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/lsp/catalogue"
)

// textsOf are the new texts by path.
func textsOf(files []diff.File) map[string]string {
	texts := make(map[string]string, len(files))
	for _, f := range files {
		texts[f.Path] = string(f.New)
	}
	return texts
}

// findingPrinter prints findings for people as they come.
type findingPrinter struct {
	w      io.Writer
	colors colors
	say    *catalogue.Language
	texts  map[string]string
}

func newFindingPrinter(std stdio, files []diff.File) *findingPrinter {
	return &findingPrinter{std.out, palette(std.out), std.language, textsOf(files)}
}

// maxShown is how many lines of code are shown of a finding.
const maxShown = 6

// print shows where a finding is and what it says, its code with the place
// marked, and its fix as a small diff.
func (p *findingPrinter) print(f finding.Finding) {
	io.WriteString(p.w, renderFinding(p.colors, p.say, p.texts[f.Path], f))
}

func renderFinding(c colors, l *catalogue.Language, text string, f finding.Finding) string {
	var b strings.Builder
	at := placeOf(text, f)
	fmt.Fprintf(&b, "%s %s %s\n", c.bold(fmt.Sprintf("%s:%d:%d:", printable(f.Path), at.startLine, at.startByte)), c.bold(c.severityMark(f.Severity, l.Text(string(f.Severity))+":")), messageOf(l, f))
	lines := strings.Split(text, "\n")
	width := len(fmt.Sprint(f.EndLine))
	gutter := func(n int) string {
		if n == 0 {
			return c.dim(strings.Repeat(" ", width+2) + "│ ")
		}
		return c.dim(fmt.Sprintf(" %*d │ ", width, n))
	}
	shown := min(f.EndLine, f.StartLine+maxShown-1, len(lines))
	for n := f.StartLine; n <= shown; n++ {
		line := strings.TrimRight(lines[n-1], "\r")
		if f.Category == finding.Credential && f.Source == finding.Rule && n == at.endLine {
			line = line[:min(at.endByte-1, len(line))] + "…" // logs are read by more people than code is
		}
		fmt.Fprintf(&b, "%s%s\n", gutter(n), plainCode(line))
		if mark := underline(line, n, at); mark != "" {
			fmt.Fprintf(&b, "%s%s\n", gutter(0), c.severityMark(f.Severity, mark))
		}
	}
	if shown < f.EndLine {
		fmt.Fprintf(&b, "%s%s\n", gutter(0), c.dim(l.Sayf("… %d more lines", f.EndLine-shown)))
	}
	for _, line := range fixLines(l, text, f) {
		paint := c.green
		if line[0] == '-' {
			paint = c.red
		}
		fmt.Fprintf(&b, "%s%s\n", gutter(0), paint(line))
	}
	for _, related := range f.Related {
		there := placeOf(text, finding.Finding{Start: related.Start, End: related.End})
		fmt.Fprintf(&b, "%s%s\n", gutter(0), c.dim(l.Sayf("line %d: %s", there.startLine, l.Say(printable(related.Message)))))
	}
	by := l.Text("by a rule")
	if f.Source == finding.Model {
		by = l.Text("by the model")
	}
	if f.Unit != "" {
		by = l.Sayf("in %s, %s", printable(f.Unit), by)
	}
	fmt.Fprintf(&b, "%s%s\n\n", gutter(0), c.dim(printable(f.Category)+" "+by))
	return b.String()
}

// messageOf is what a finding says; a model's own words stay as they are.
func messageOf(l *catalogue.Language, f finding.Finding) string {
	if f.Source == finding.Model && !f.Words {
		return printable(f.Message)
	}
	return l.Say(printable(f.Message))
}

// underline marks the part of a line that a finding speaks of.
func underline(line string, n int, at findingPlace) string {
	from, to := 0, len(line)
	if n == at.startLine {
		from = min(at.startByte-1, len(line))
	}
	if n == at.endLine {
		to = min(at.endByte-1, len(line))
	}
	from = max(from, len(line)-len(strings.TrimLeft(line, " \t")))
	to = min(to, len(strings.TrimRight(line, " \t")))
	if from >= to {
		return ""
	}
	return strings.Repeat(" ", utf8.RuneCountInString(plainCode(line[:from]))) + "^" +
		strings.Repeat("~", max(0, utf8.RuneCountInString(plainCode(line[from:to]))-1))
}

// plainCode is a line of code without what a terminal would obey; a tab takes
// four columns.
func plainCode(line string) string {
	var b strings.Builder
	for _, r := range line {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteRune('\uFFFD')
		}
	}
	return b.String()
}

// maxFixLines is how many lines of a fix are shown.
const maxFixLines = 16

// fixLines are the lines that a fix replaces, and those that it puts there.
func fixLines(l *catalogue.Language, text string, f finding.Finding) []string {
	if f.Fix == nil || f.Start > f.End || f.End > len(text) {
		return nil
	}
	from := strings.LastIndexByte(text[:f.Start], '\n') + 1
	to := len(text)
	if i := strings.IndexByte(text[f.End:], '\n'); i >= 0 {
		to = f.End + i
	}
	if f.End > f.Start && text[f.End-1] == '\n' { // whole lines with their ends
		to = f.End - 1
	}
	split := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	}
	before := split(text[from:to])
	after := split(text[from:f.Start] + *f.Fix + text[min(f.End, to):to])
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after = before[1:], after[1:]
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	var list []string
	add := func(mark string, lines []string) {
		for i, line := range lines {
			if i == maxFixLines {
				list = append(list, mark+" "+l.Sayf("… %d more lines", len(lines)-i))
				return
			}
			list = append(list, mark+" "+plainCode(strings.TrimRight(line, "\r")))
		}
	}
	add("-", before)
	add("+", after)
	return list
}

func (c colors) severityMark(s finding.Severity, text string) string {
	switch s {
	case finding.Error:
		return c.red(text)
	case finding.Warning:
		return c.yellow(text)
	}
	return c.paint("36", text)
}

// maxSkippedLines is how many skipped files the summary names.
const maxSkippedLines = 10

// summary is what stands below the findings.
func (r *reviewCommand) summary(c colors, report review.Report) string {
	l := r.std.language
	var b strings.Builder
	for i, s := range report.Skipped {
		if i == maxSkippedLines {
			fmt.Fprintf(&b, "%s\n", c.dim(l.Sayf("… and %d more that were skipped; --json names them", len(report.Skipped)-i)))
			break
		}
		at := printable(s.Path)
		if s.Unit != "" {
			at += " (" + printable(s.Unit) + ")"
		}
		fmt.Fprintf(&b, "%s\n", c.dim(l.Sayf("skipped %s: %s", at, l.Say(printable(s.Reason)))))
	}
	if report.NoModel != "" {
		why, _, _ := strings.Cut(report.NoModel, "\n")
		what := "only the rules have read this"
		if report.Units > 0 {
			what = "the model has not read all of it"
		}
		fmt.Fprintf(&b, "%s %s: %s\n", c.yellow("!"), l.Text(what), l.Say(printable(why)))
	}
	if report.NoOdds != "" && report.NoModel == "" {
		fmt.Fprintf(&b, "%s\n", c.dim(l.Sayf("what %s expects was not compared with the code: %s", printable(report.Model), l.Say(printable(report.NoOdds)))))
	}
	if r.hidden > 0 {
		fmt.Fprintf(&b, "%s\n", c.dim(plural(l, r.hidden, "1 finding that you dismissed is left out", "%d findings that you dismissed are left out")))
	}
	b.WriteString(r.verdict(c, report) + "\n")
	return b.String()
}

// verdict is the last line.
func (r *reviewCommand) verdict(c colors, report review.Report) string {
	l := r.std.language
	if len(r.files) == 0 {
		return l.Sayf("Nothing changed since %s.", printable(r.changes.Base))
	}
	count := map[finding.Severity]int{}
	for _, f := range report.Findings {
		count[f.Severity]++
	}
	var parts []string
	for _, s := range []struct {
		severity  finding.Severity
		one, many string
	}{
		{finding.Error, "1 error", "%d errors"}, {finding.Warning, "1 warning", "%d warnings"},
		{finding.Information, "1 information", "%d informations"}, {finding.Hint, "1 hint", "%d hints"},
	} {
		if n := count[s.severity]; n > 0 {
			parts = append(parts, c.severityMark(s.severity, plural(l, n, s.one, s.many)))
		}
	}
	found := c.green(l.Text("No findings"))
	if len(parts) > 0 {
		found = strings.Join(parts, ", ")
	}
	where := l.Sayf(" in %s since %s", plural(l, len(r.files), "1 changed file", "%d changed files"), printable(r.changes.Base))
	by := l.Text("; by rules alone")
	if report.Units > 0 {
		by = l.Sayf("; %s read by %s", plural(l, report.Units, "1 part", "%d parts"), printable(report.Model))
	}
	took := r.now().Sub(r.started).Round(time.Millisecond)
	if took > time.Second {
		took = took.Round(100 * time.Millisecond)
	}
	return found + where + by + c.dim(fmt.Sprintf(" (%s)", took))
}

// plural is the text for one, or that for n of them.
func plural(l *catalogue.Language, n int, one, many string) string {
	if n == 1 {
		return l.Text(one)
	}
	return l.Sayf(many, n)
}
