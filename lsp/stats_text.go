package lsp

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/lsp/catalogue"
	"github.com/airside-ls/airside/lsp/ext"
)

const (
	// nameColumn is how many characters names have, barColumn how many a bar has.
	nameColumn, barColumn = 28, 16
	// mostRows is how many languages and models are shown one by one.
	mostRows = 12
)

// statsText is all of it for people, in lines that fit a terminal of 80 columns.
func statsText(s ext.Stats, l *catalogue.Language) []string {
	t := statsTexts{l}
	lines := []string{l.Text("How airside does on this machine, which these numbers never leave"), ""}
	switch {
	case s.Shown == 0 && s.Taken == 0 && s.CanUndo:
		lines = append(lines, l.Text("Nothing was shown yet since the last reset."))
	case s.Shown == 0 && s.Taken == 0:
		lines = append(lines, l.Text("Nothing was shown yet."))
	default:
		sum := l.Sayf("%s shown, %s taken (%s), %s characters saved", t.grouped(s.Shown), t.grouped(s.Taken), share(s.Taken, s.Shown), t.grouped(s.Characters))
		if s.Since != "" {
			sum += l.Sayf(" since %s", s.Since)
		}
		lines = append(lines, sum)
		lines = append(lines, t.days(s.Days)...)
		lines = append(lines, t.languages(s.Languages)...)
	}
	return append(lines, t.models(s.Models)...)
}

// statsTexts writes parts of it in a language.
type statsTexts struct{ *catalogue.Language }

// days is a picture of the characters saved, a column for each day.
func (l statsTexts) days(days []ext.StatsDay) []string {
	most := 0
	for _, d := range days {
		most = max(most, d.Characters)
	}
	if most == 0 {
		return nil
	}
	var picture strings.Builder
	for _, d := range days {
		picture.WriteString(column(d.Characters, most))
	}
	first, last := l.shortDay(days[0].Day), l.shortDay(days[len(days)-1].Day)
	gap := max(1, len(days)-len(first)-len(last))
	return []string{
		"", l.Sayf("Characters saved by day, at most %s", l.grouped(most)),
		"  " + picture.String(), "  " + first + strings.Repeat(" ", gap) + last,
	}
}

func (l statsTexts) shortDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil || l.Language != nil {
		return day
	}
	return t.Format("2 Jan")
}

func (l statsTexts) languages(rows []ext.StatsRow) []string {
	lines := []string{"", l.heading("Language")}
	most := 1
	for _, r := range rows {
		most = max(most, r.Characters)
	}
	for i, r := range rows {
		if i == mostRows {
			return append(lines, l.Sayf("and %d more", len(rows)-i))
		}
		lines = append(lines, l.row(r.Name, r.Shown, r.Taken, r.Characters, most))
	}
	return lines
}

func (l statsTexts) models(rows []ext.StatsModel) []string {
	if len(rows) == 0 {
		return nil
	}
	most := 1
	for _, m := range rows {
		most = max(most, m.Characters)
	}
	lines := []string{"", l.heading("Model")}
	for i, m := range rows {
		if i == mostRows {
			lines = append(lines, l.Sayf("and %d more", len(rows)-i))
			break
		}
		lines = append(lines, l.row(m.Model, m.Shown, m.Taken, m.Characters, most))
	}
	lines = append(lines, "", fmt.Sprintf("%-*s %15s  %15s  %s", nameColumn, "", l.Text("tokens a second"), l.Text("tokens a second"), l.Text("first word")),
		fmt.Sprintf("%-*s %15s  %15s  %s", nameColumn, l.Text("Model"), l.Text("read"), l.Text("written"), l.Text("half, 95 of 100")))
	for _, m := range rows[:min(len(rows), mostRows)] {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %15s  %15s  %s", l.name(m.Model), speed(m.Read), speed(m.Write), firstWord(m)), " "))
	}
	return lines
}

func (l statsTexts) heading(of string) string {
	return fmt.Sprintf("%-*s %7s %7s %6s  %s", nameColumn, l.Text(of), l.Text("shown"), l.Text("taken"), "", l.Text("characters saved"))
}

func (l statsTexts) row(of string, shown, taken, characters, most int) string {
	return fmt.Sprintf("%s %7s %7s %6s  %s %s", l.name(of), l.grouped(shown), l.grouped(taken), share(taken, shown), bar(characters, most), l.grouped(characters))
}

// name is cut, or filled up, to its column.
func (l statsTexts) name(of string) string {
	if of == "" {
		of = l.Text("without a name")
	}
	if i := strings.LastIndexAny(of, `/\`); i >= 0 && i < len(of)-1 {
		of = of[i+1:]
	}
	n := utf8.RuneCountInString(of)
	if n > nameColumn {
		return string([]rune(of)[:nameColumn-1]) + "…"
	}
	return of + strings.Repeat(" ", nameColumn-n)
}

// share is taken of shown in percent. Some editors do not tell what they show.
func share(taken, shown int) string {
	if shown == 0 {
		return "–"
	}
	return fmt.Sprintf("%d %%", min(100, (100*taken+shown/2)/shown))
}

func speed(perSecond float64) string {
	if perSecond == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", perSecond)
}

func firstWord(m ext.StatsModel) string {
	if m.FirstP50 == 0 {
		return "–"
	}
	return fmt.Sprintf("%s, %s", seconds(m.FirstP50), seconds(m.FirstP95))
}

func seconds(ms float64) string {
	if ms < 1000 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

// grouped writes 12345 as 12,345, or as 12 345 where a comma is read as something else.
func (l statsTexts) grouped(n int) string {
	text, between := fmt.Sprint(n), ","
	if l.Language != nil {
		between = "\u202f"
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + between + text[i:]
	}
	return text
}

// bar is as long as n is of most, in eighths of a character.
func bar(n, most int) string {
	eighths := (n*barColumn*8 + most - 1) / most
	full := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		full += string([]rune(" ▏▎▍▌▋▊▉")[rest])
	}
	return full + strings.Repeat(" ", barColumn-utf8.RuneCountInString(full))
}

// column is as high as n is of most.
func column(n, most int) string {
	if n == 0 {
		return "·"
	}
	return string([]rune("▁▂▃▄▅▆▇█")[min(7, n*8/most)])
}
