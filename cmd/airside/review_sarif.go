package main

import (
	"net/url"
	"slices"

	"github.com/airside-ls/airside/completion/review"
	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
)

// The part of SARIF 2.1.0 (OASIS, errata 01) that a review needs.
type (
	sarifFile struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		ColumnKind  string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID         string          `json:"id"`
		Properties sarifProperties `json:"properties"`
	}
	sarifProperties struct {
		Tags []string `json:"tags,omitempty"`
		Unit string   `json:"unit,omitempty"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Fixes        []sarifFix        `json:"fixes,omitempty"`
		Properties   sarifProperties   `json:"properties"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifMessage `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI  string `json:"uri"`
		Base string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int           `json:"startLine"`
		StartColumn int           `json:"startColumn"`
		EndLine     int           `json:"endLine"`
		EndColumn   int           `json:"endColumn"`
		Snippet     *sarifMessage `json:"snippet,omitempty"`
	}
	sarifFix struct {
		Changes []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifMessage `json:"insertedContent"`
	}
)

// sarifLog puts a report into SARIF. Paths are relative to the work tree's root,
// which the file does not name: another machine has it elsewhere.
func sarifLog(version string, files []diff.File, report review.Report, cut bool) sarifFile {
	texts := textsOf(files)
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{Name: "airside", Version: version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints", Results: []sarifResult{},
	}
	for _, f := range report.Findings {
		id := string(f.Source) + "/" + f.Category
		index := slices.IndexFunc(run.Tool.Driver.Rules, func(r sarifRule) bool { return r.ID == id })
		if index < 0 {
			index = len(run.Tool.Driver.Rules)
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{id, sarifProperties{Tags: []string{string(f.Source), f.Category}}})
		}
		run.Results = append(run.Results, sarifResultOf(f, texts[f.Path], id, index))
	}
	invocation := sarifInvocation{Successful: !cut}
	note := func(level, text string, locations ...sarifLocation) {
		invocation.Notifications = append(invocation.Notifications, sarifNotification{level, sarifMessage{text}, locations})
	}
	if report.NoModel != "" {
		note("warning", "no model has read this, or not all of it: "+report.NoModel)
	}
	if cut {
		note("error", "interrupted: not everything was reviewed")
	}
	for _, s := range report.Skipped {
		text := s.Reason
		if s.Unit != "" {
			text = s.Unit + ": " + text
		}
		note("note", "skipped: "+text, sarifLocation{Physical: sarifPhysical{Artifact: sarifPath(s.Path)}})
	}
	run.Invocations = []sarifInvocation{invocation}
	return sarifFile{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	}
}

func sarifPath(path string) sarifArtifact {
	return sarifArtifact{(&url.URL{Path: path}).EscapedPath(), "SRCROOT"}
}

func sarifResultOf(f finding.Finding, text, rule string, index int) sarifResult {
	region := sarifRegionOf(placeOf(text, f))
	quoted := region
	quoted.Snippet = &sarifMessage{f.Quote}
	at := sarifPath(f.Path)
	r := sarifResult{
		RuleID: rule, RuleIndex: index, Level: sarifLevel(f.Severity), Message: sarifMessage{f.Message},
		Locations:    []sarifLocation{{Physical: sarifPhysical{at, &quoted}}},
		Fingerprints: map[string]string{"airsideFinding/v1": f.ID()},
		Properties:   sarifProperties{Unit: f.Unit},
	}
	for _, related := range f.Related {
		place := sarifRegionOf(placeOf(text, finding.Finding{Start: related.Start, End: related.End}))
		r.Related = append(r.Related, sarifLocation{sarifPhysical{at, &place}, &sarifMessage{related.Message}})
	}
	if f.Fix != nil {
		r.Fixes = []sarifFix{{[]sarifChange{{at, []sarifReplacement{{region, sarifMessage{*f.Fix}}}}}}}
	}
	return r
}

func sarifRegionOf(p findingPlace) sarifRegion {
	return sarifRegion{StartLine: p.startLine, StartColumn: p.startRune, EndLine: p.endLine, EndColumn: p.endRune}
}

func sarifLevel(s finding.Severity) string {
	switch s {
	case finding.Error, finding.Warning:
		return string(s)
	}
	return "note"
}
