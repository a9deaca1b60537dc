package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
)

// TestSARIF holds reports of all kinds against the official schema.
func TestSARIF(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("testdata/sarif/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	files, report := someReport()
	for name, tt := range map[string]struct {
		report review.Report
		cut    bool
	}{
		"nothing": {}, "findings": {report: report}, "cut short": {report, true},
		"no model": {report: review.Report{NoModel: "ollama is not reachable", Skipped: []review.Skipped{{Path: "a b/%20\x1b.go", Reason: "a binary file"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := json.Marshal(sarifLog("1.2", files, tt.report, tt.cut))
			if err != nil {
				t.Fatal(err)
			}
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(instance); err != nil {
				t.Errorf("%v\n%s", err, data)
			}
		})
	}
	// The schema is not so lax that it takes anything.
	bad, _ := jsonschema.UnmarshalJSON(strings.NewReader(`{"version":"2.1.0","runs":[{"results":[{}]}]}`))
	if schema.Validate(bad) == nil {
		t.Error("the schema takes a run without a tool")
	}
}

// TestSARIFPlaces: columns count characters, and what a fix deletes is what the
// finding speaks of.
func TestSARIFPlaces(t *testing.T) {
	files, report := someReport()
	run := sarifLog("1", files, report, false).Runs[0]
	r := run.Results[0]
	region := r.Locations[0].Physical.Region
	if region.StartLine != 2 || region.StartColumn != 7 || region.EndLine != 2 || region.EndColumn != 13 || region.Snippet.Text != `"große` {
		t.Errorf("%+v", region)
	}
	if fix := r.Fixes[0].Changes[0].Replacements[0]; fix.Deleted.StartColumn != region.StartColumn || fix.Inserted.Text != `"kleine` {
		t.Errorf("%+v", fix)
	}
	if r.Level != "error" || run.Results[1].Level != "note" || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
		t.Errorf("%+v", run)
	}
	if uri := r.Locations[0].Physical.Artifact.URI; uri != "d%20d/a%23.go" {
		t.Errorf("uri %q", uri)
	}
}

// someReport has a fix, a related place, several lines and characters of more
// than a byte.
func someReport() ([]diff.File, review.Report) {
	text := "// é\n\té := \"große\"\n\tif x {\n\t\ty()\n\t}\n"
	fix := `"kleine`
	at := func(code string, f finding.Finding) finding.Finding {
		f.Start = strings.Index(text, code)
		f.End = f.Start + len(code)
		f.StartLine, f.EndLine = strings.Count(text[:f.Start], "\n")+1, strings.Count(text[:f.End], "\n")+1
		f.Path, f.Quote = "d d/a#.go", code
		return f
	}
	return []diff.File{{Path: "d d/a#.go", New: []byte(text), Hunks: []diff.Hunk{{NewStart: 1, NewLines: 5}}}},
		review.Report{
			Findings: []finding.Finding{
				at(`"große`, finding.Finding{Severity: finding.Error, Category: "bug", Message: "It is too large.", Fix: &fix, Source: finding.Model, Unit: "f"}),
				at("if x {\n\t\ty()\n\t}", finding.Finding{
					Severity: finding.Hint, Category: "todo", Message: "Later.", Source: finding.Rule,
					Related: []finding.Related{{Start: 0, End: 4, Message: "said here"}},
				}),
			},
			Units: 2, Model: "some:7b", Backend: "ollama",
		}
}
