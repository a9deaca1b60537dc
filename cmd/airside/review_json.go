package main

import (
	"strings"
	"unicode/utf8"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/finding"
)

// reviewJSON is what --json prints; its names are part of the contract.
type reviewJSON struct {
	Findings []findingJSON `json:"findings"`
	Skipped  []skippedJSON `json:"skipped"`
	Base     string        `json:"base"` // what the changes are since
	Files    int           `json:"files"`
	Units    int           `json:"units"` // parts that the model has read
	Backend  string        `json:"backend"`
	Model    string        `json:"model"`
	// Answers is how many the model gave, Malformed how many of them were not the
	// JSON that it was asked for, to the letter.
	Answers   int    `json:"answers"`
	Malformed int    `json:"malformed"`
	NoModel   string `json:"no_model"` // why no model has read it, or not all of it
	// Compared is how many places were compared with what the model expects there,
	// NoOdds why not all were.
	Compared int    `json:"compared"`
	NoOdds   string `json:"no_odds"`
	// Dismissed is how many findings are left out because they were dismissed in
	// an editor.
	Dismissed int  `json:"dismissed"`
	CutShort  bool `json:"cut_short"` // interrupted
}

// findingJSON counts lines and columns from 1, columns in bytes; the end is the
// column behind the last byte.
type findingJSON struct {
	ID          string        `json:"id"`
	Path        string        `json:"path"`
	StartLine   int           `json:"start_line"`
	StartColumn int           `json:"start_column"`
	EndLine     int           `json:"end_line"`
	EndColumn   int           `json:"end_column"`
	Severity    string        `json:"severity"`
	Category    string        `json:"category"`
	Message     string        `json:"message"`
	Quote       string        `json:"quote"`
	Fix         *string       `json:"fix"`
	Source      string        `json:"source"`
	Unit        string        `json:"unit"`
	Related     []relatedJSON `json:"related,omitempty"`
}

// relatedJSON is a place of the same file that belongs to a finding.
type relatedJSON struct {
	StartLine   int    `json:"start_line"`
	StartColumn int    `json:"start_column"`
	EndLine     int    `json:"end_line"`
	EndColumn   int    `json:"end_column"`
	Message     string `json:"message"`
}

type skippedJSON struct {
	Path   string `json:"path"`
	Unit   string `json:"unit,omitempty"`
	Reason string `json:"reason"`
}

func (r *reviewCommand) jsonReport(report review.Report) reviewJSON {
	out := reviewJSON{
		Findings: []findingJSON{}, Skipped: []skippedJSON{}, Base: r.changes.Base, Files: len(r.files),
		Units: report.Units, Backend: report.Backend, Model: report.Model, NoModel: report.NoModel, Compared: report.Compared, NoOdds: report.NoOdds, CutShort: r.cut,
		Dismissed: r.hidden,
		Answers:   report.Answers, Malformed: report.Malformed,
	}
	texts := textsOf(r.files)
	for _, f := range report.Findings {
		p := placeOf(texts[f.Path], f)
		var related []relatedJSON
		for _, place := range f.Related {
			at := placeOf(texts[f.Path], finding.Finding{Start: place.Start, End: place.End})
			related = append(related, relatedJSON{at.startLine, at.startByte, at.endLine, at.endByte, place.Message})
		}
		out.Findings = append(out.Findings, findingJSON{
			f.ID(), valid(f.Path), p.startLine, p.startByte, p.endLine, p.endByte, string(f.Severity), f.Category,
			f.Message, f.Quote, f.Fix, string(f.Source), f.Unit, related,
		})
	}
	for _, s := range report.Skipped {
		out.Skipped = append(out.Skipped, skippedJSON{valid(s.Path), s.Unit, s.Reason})
	}
	return out
}

func valid(path string) string { return strings.ToValidUTF8(path, "\uFFFD") }

// findingPlace is where a finding stands, all counted from 1; the end is behind
// the last character.
type findingPlace struct {
	startLine, startByte, startRune int
	endLine, endByte, endRune       int
}

func placeOf(text string, f finding.Finding) findingPlace {
	count := func(offset int) (line, column, runes int) {
		offset = min(max(offset, 0), len(text))
		start := strings.LastIndexByte(text[:offset], '\n') + 1
		return strings.Count(text[:offset], "\n") + 1, offset - start + 1, utf8.RuneCountInString(text[start:offset]) + 1
	}
	var p findingPlace
	p.startLine, p.startByte, p.startRune = count(f.Start)
	p.endLine, p.endByte, p.endRune = count(f.End)
	return p
}
