package lsp

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/airside-ls/airside/lsp/ext"
)

const (
	// nameColumn is how many characters names have, barColumn how many a bar has.
	nameColumn, barColumn = 28, 16
	// mostRows is how many languages and models are shown one by one.
	mostRows = 12
)

// statsText is all of it for people, in lines that fit a terminal of 80 columns.
func statsText(s ext.Stats) []string {
	lines := []string{"How airside does on this machine, which these numbers never leave", ""}
	if s.Shown == 0 && s.Taken == 0 {
		lines = append(lines, "Nothing was shown yet"+ifText(s.CanUndo, " since the last reset")+".")
	} else {
		lines = append(lines, fmt.Sprintf("%s shown, %s taken (%s), %s characters saved%s",
			grouped(s.Shown), grouped(s.Taken), share(s.Taken, s.Shown), grouped(s.Characters), since(s.Since)))
		lines = append(lines, daysText(s.Days)...)
		lines = append(lines, languagesText(s.Languages)...)
	}
	return append(lines, modelsText(s.Models)...)
}

func since(day string) string {
	if day == "" {
		return ""
	}
	return " since " + day
}

func ifText(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

// daysText is a picture of the characters saved, a column for each day.
func daysText(days []ext.StatsDay) []string {
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
	first, last := shortDay(days[0].Day), shortDay(days[len(days)-1].Day)
	gap := max(1, len(days)-len(first)-len(last))
	return []string{
		"", fmt.Sprintf("Characters saved by day, at most %s", grouped(most)),
		"  " + picture.String(), "  " + first + strings.Repeat(" ", gap) + last,
	}
}

func shortDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("2 Jan")
}

func languagesText(rows []ext.StatsRow) []string {
	lines := []string{"", fmt.Sprintf("%-*s %7s %7s %6s  %s", nameColumn, "Language", "shown", "taken", "", "characters saved")}
	most := 1
	for _, r := range rows {
		most = max(most, r.Characters)
	}
	for i, r := range rows {
		if i == mostRows {
			return append(lines, fmt.Sprintf("and %d more", len(rows)-i))
		}
		lines = append(lines, row(r.Name, r.Shown, r.Taken, r.Characters, most))
	}
	return lines
}

func modelsText(rows []ext.StatsModel) []string {
	if len(rows) == 0 {
		return nil
	}
	most := 1
	for _, m := range rows {
		most = max(most, m.Characters)
	}
	lines := []string{"", fmt.Sprintf("%-*s %7s %7s %6s  %s", nameColumn, "Model", "shown", "taken", "", "characters saved")}
	for i, m := range rows {
		if i == mostRows {
			lines = append(lines, fmt.Sprintf("and %d more", len(rows)-i))
			break
		}
		lines = append(lines, row(m.Model, m.Shown, m.Taken, m.Characters, most))
	}
	lines = append(lines, "", fmt.Sprintf("%-*s %15s  %15s  %s", nameColumn, "", "tokens a second", "tokens a second", "first word"),
		fmt.Sprintf("%-*s %15s  %15s  %s", nameColumn, "Model", "read", "written", "half, 95 of 100"))
	for _, m := range rows[:min(len(rows), mostRows)] {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %15s  %15s  %s", name(m.Model), speed(m.Read), speed(m.Write), firstWord(m)), " "))
	}
	return lines
}

func row(of string, shown, taken, characters, most int) string {
	return fmt.Sprintf("%s %7s %7s %6s  %s %s", name(of), grouped(shown), grouped(taken), share(taken, shown), bar(characters, most), grouped(characters))
}

// name is cut, or filled up, to its column.
func name(of string) string {
	if of == "" {
		of = "without a name"
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

// grouped writes 12345 as 12,345.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
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
