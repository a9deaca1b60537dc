package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/review/diff"
	"github.com/airside-ls/airside/completion/review/finding"
	"github.com/airside-ls/airside/completion/syntax"
)

// weakerTests finds tests that check less than before: one that alone is run,
// one that is skipped now, an assertion that is gone or asks for less, a test
// that is gone.
func weakerTests(c *change) {
	if !c.kind.test || c.kind.generated || c.language == "" {
		return
	}
	c.focused()
	if c.file.Old == nil {
		return
	}
	c.skipped()
	old := string(c.file.Old)
	oldStarts := lineStarts(old)
	var taken []taken
	names := 0
	asserted := map[diff.Hunk]bool{} // hunks with an assertion that is new
	for _, h := range c.file.Hunks {
		r := lineRange(c.text, c.starts, h.NewStart, h.NewLines)
		now := splitLines(c.text[r.Start:r.End])
		r = lineRange(old, oldStarts, h.OldStart, h.OldLines)
		was := splitLines(old[r.Start:r.End])
		for _, l := range now {
			if assertion.MatchString(l) {
				asserted[h] = true
			}
			if testName(l) != "" {
				names++
			}
		}
		c.loosened(h, was, now)
		taken = append(taken, takenOut(h, was, now)...)
	}
	for _, t := range taken {
		if t.name != "" && names == 0 && !strings.Contains(c.text, t.name) || t.name == "" && c.onlyChangeNear(t.hunk, asserted) {
			c.reportTaken(t)
		}
	}
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, "\r")
	}
	return lines
}

// focused finds what keeps the other tests of a file from being run.
func (c *change) focused() {
	pattern := c.lang.Tests.Only
	if pattern == nil {
		return
	}
	c.lines(func(l line) {
		m := pattern.FindStringSubmatchIndex(l.text)
		if m == nil || len(l.text) > 500 || c.meant(l.start+m[1]-1) {
			return
		}
		start, end := m[2], m[3]
		if start < 0 {
			start, end = m[4], m[5]
		}
		f := finding.Finding{Start: l.start + start, End: l.start + end, Severity: finding.Warning, Category: "weaker-test",
			Message: "only this test is run, the others of the file are not"}
		f.Fix = c.fix(f.Start, f.End, "")
		c.report(f)
	})
}

var skipMark = regexp.MustCompile(`^\s*(?:@pytest\.mark\.(?:skip|xfail)\s*(?:\(|$)|@unittest\.skip\b\s*(?:\(|$)|@(?:org\.junit\.jupiter\.api\.)?Disabled\b|@Ignore\b|\[Ignore\b|#\[ignore\b|@tag :skip)`)

// skipped finds a test that was run before.
func (c *change) skipped() {
	const message = "this test is not run any more"
	c.nodes(func(n *syntax.Node, above []*syntax.Node) bool {
		if len(above) < 2 || !isStatement(n, above) && n.Type != "throw_statement" {
			return true
		}
		code := c.code(n)
		callee, _, _ := strings.Cut(code, "(")
		if !slices.Contains(c.lang.Tests.Skips, strings.TrimSpace(callee)) || c.moved(code) {
			return true
		}
		// Right in the function, not in an if, and the function is not new.
		if above[len(above)-1].Type == "statement_list" { // Go's, in a block
			above = above[:len(above)-1]
		}
		holder := above[max(0, len(above)-2)]
		if !strings.Contains(holder.Type, "func") && !strings.Contains(holder.Type, "method") && holder.Type != "arrow_function" && holder.Type != "do_block" ||
			c.changed(holder.Start, holder.Start+1) {
			return true
		}
		c.report(finding.Finding{Start: n.Start, End: n.End, Severity: finding.Warning, Category: "weaker-test", Message: message})
		return true
	})
	c.lines(func(l line) {
		if len(l.text) > 500 || c.moved(l.text) {
			return
		}
		indent := len(l.text) - len(strings.TrimLeft(l.text, " \t"))
		is := false
		if skipMark.MatchString(l.text) {
			// What it stands above was there before.
			next := c.lineAt(l.start) + 1
			for next < len(c.starts) && attribute.MatchString(c.lineText(c.starts[next])) {
				next++
			}
			is = next < len(c.starts) && !c.changed(c.starts[next], c.starts[next]+1)
		} else if skip := c.lang.Tests.Skip; skip != nil {
			if m := skip.FindStringSubmatch(l.text); m != nil {
				is = c.removed[strings.TrimSpace(strings.Join(m[1:], ""))] > 0
			}
		}
		if is && !c.meant(l.start+indent) {
			c.report(finding.Finding{Start: l.start + indent, End: l.start + len(l.text), Severity: finding.Warning, Category: "weaker-test", Message: message})
		}
	})
}

var attribute = regexp.MustCompile(`^\s*(?:@|\[|#\[|$)`)

// taken is what a hunk took out: an assertion, or the test called name.
type taken struct {
	hunk diff.Hunk
	name string
}

var (
	assertion = regexp.MustCompile(`^\s*(?:await\s+)?(?:assert\b|assert\w*!?\s*[(.]|(?:self|\$this|this)(?:\.|->)assert\w*\(|expect\s*[({]|(?:assert|require|is|qt|Assert|XCTAssert\w*|Assertions)\.\w+\(|XCTAssert\w*\(|\w+\.should\b|t\.(?:Error|Fatal)f?\(|verify\(|debug_assert)`)
	checkInGo = regexp.MustCompile(`^(?:(?:if .* \{ t\.(?:Error|Fatal)f?\([^{}]*\) \}|(?:assert|require)\.\w+\(.*\)) ?)+$`)
	tests     = regexp.MustCompile(`^func (Test\w+|Fuzz\w+)\(|^\s*(?:async )?def (test\w*)\(|^\s*[xf]?(?:it|test|specify)(?:\.\w+)*\s*\(\s*["'` + "`" + `]([^"'` + "`" + `]+)|^\s*(?:public )?function (test\w+)\(|^\s*(?:it|specify|test)\s+["']([^"']+)["']\s+do\b`)
)

// testName returns the name of the test that a line begins, "" for none.
func testName(line string) string {
	if m := tests.FindStringSubmatch(line); m != nil {
		return strings.Join(m[1:], "") // one of them is there
	}
	return ""
}

// takenOut returns the tests that a hunk takes out, or that it takes out
// assertions and nothing else.
func takenOut(h diff.Hunk, was, now []string) (list []taken) {
	for _, l := range was {
		if name := testName(l); name != "" {
			list = append(list, taken{h, name})
		}
	}
	if list != nil || len(was) == 0 || strings.TrimSpace(strings.Join(now, "")) != "" {
		return list
	}
	all, any := true, false
	for _, l := range was {
		if strings.TrimSpace(l) == "" {
			continue
		}
		all, any = all && assertion.MatchString(l) && !strings.HasPrefix(strings.TrimSpace(l), "t."), true
	}
	if any && (all || checkInGo.MatchString(strings.Join(strings.Fields(strings.Join(was, " ")), " "))) {
		return []taken{{hunk: h}}
	}
	return nil
}

// onlyChangeNear tells whether around a hunk nothing else was taken out, which
// the assertion may have been about, and no other assertion put in.
func (c *change) onlyChangeNear(h diff.Hunk, asserted map[diff.Hunk]bool) bool {
	const near = 40 // lines, a long test
	from, _ := slices.BinarySearchFunc(c.file.Hunks, h.OldStart-near, func(o diff.Hunk, line int) int { return o.OldStart - line })
	for _, other := range c.file.Hunks[from:] {
		if other.OldStart >= h.OldStart+near {
			break
		}
		if other != h && (other.OldLines > 0 || asserted[other]) {
			return false
		}
	}
	return true
}

// reportTaken shows it at the line before the place, or at the one behind it
// where that is blank.
func (c *change) reportTaken(t taken) {
	if len(c.starts) == 0 {
		return
	}
	at := c.starts[max(0, min(t.hunk.NewStart-1, len(c.starts)-1))]
	text := c.lineText(at)
	if next := t.hunk.NewStart; strings.TrimSpace(text) == "" && next < len(c.starts) {
		at = c.starts[next]
		text = c.lineText(at)
	}
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	if strings.TrimSpace(text) == "" {
		indent = 0
		text += "\n"
	}
	f := finding.Finding{Start: at + indent, End: min(len(c.text), at+len(strings.TrimRight(text, "\r"))), Severity: finding.Warning, Category: "weaker-test",
		Message: "an assertion was taken out here, and the rest of the test is as before"}
	if t.name != "" {
		f.Severity, f.Message = finding.Information, "the test "+strconv.Quote(t.name)+" is gone from this file"
	}
	c.report(f)
}

// weaker are assertions and those that ask for less of the same value.
var weaker = []struct{ strong, weak *regexp.Regexp }{
	{regexp.MustCompile(`^(\s*(?:await )?expect\(.*\)\.(?:resolves\.)?)(?:toBe|toEqual|toStrictEqual|toHaveLength|toMatchObject|toHaveBeenCalledWith|toHaveBeenCalledTimes)\(`),
		regexp.MustCompile(`^(\s*(?:await )?expect\(.*\)\.(?:resolves\.)?)(?:toBeTruthy|toBeDefined|not\.toBeNull|not\.toBeUndefined|toHaveBeenCalled)\(`)},
	{regexp.MustCompile(`^(\s*self\.)assert(?:Equal|Equals|ListEqual|DictEqual|Is)(\([^,]+)`),
		regexp.MustCompile(`^(\s*self\.)assert(?:True|IsNotNone|IsInstance|Greater|GreaterEqual|Less|LessEqual)(\([^,)]+)`)},
	{regexp.MustCompile(`^(\s*assert [^=<>]+?) == \S`),
		regexp.MustCompile(`^(\s*assert [^=<>]+?)(?:| is not None| >= .*| <= .*| != .*)$`)},
	{regexp.MustCompile(`^(\s*(?:Assertions\.|Assert\.|\$this->)?)assert(?:Equals|Same)\(.*[,(] *([\w.$>()-]+)\);`),
		regexp.MustCompile(`^(\s*(?:Assertions\.|Assert\.|\$this->)?)assert(?:NotNull|True)\(([\w.$>()-]+)\);`)},
	{regexp.MustCompile(`^(\s*(?:assert|require)\.)(?:Equal|EqualValues|Exactly)\(t, .*, ([^,]+)\)$`),
		regexp.MustCompile(`^(\s*(?:assert|require)\.)(?:NotNil|NotEmpty|NotZero)\(t, ([^,]+)\)$`)},
	{regexp.MustCompile(`^(\s*expect\(.*\)\.to )(?:eq|eql|match_array)\b`),
		regexp.MustCompile(`^(\s*expect\(.*\)\.to )(?:be_truthy|be_present|be)\b`)},
}

// tolerance is a bound of an assertion on floating point numbers: the larger,
// the weaker, and of places the smaller.
var tolerance = regexp.MustCompile(`((?:delta|rel|abs|rtol|atol|epsilon|rel_tol|abs_tol)\s*=\s*|places\s*=\s*|toBeCloseTo\([^()]+,\s*|InDelta\(t, [^()]+, |InEpsilon\(t, [^()]+, )(\d[\d.eE+-]*)`)

// loosened compares the lines of a hunk that stand in each other's place.
func (c *change) loosened(h diff.Hunk, was, now []string) {
	if len(was) != len(now) {
		return
	}
	for i := range now {
		if len(now[i]) > 500 || len(was[i]) > 500 || was[i] == now[i] {
			continue
		}
		message := ""
		for _, w := range weaker {
			a, b := w.strong.FindStringSubmatch(was[i]), w.weak.FindStringSubmatch(now[i])
			if a != nil && b != nil && slices.Equal(a[1:], b[1:]) {
				message = "this asks for less than the assertion before: " + strings.Join(strings.Fields(was[i]), " ")
			}
		}
		a, b := tolerance.FindStringSubmatchIndex(was[i]), tolerance.FindStringSubmatchIndex(now[i])
		if a != nil && b != nil && was[i][:a[4]] == now[i][:b[4]] && was[i][a[5]:] == now[i][b[5]:] {
			before, err1 := strconv.ParseFloat(was[i][a[4]:a[5]], 64)
			after, err2 := strconv.ParseFloat(now[i][b[4]:b[5]], 64)
			digits := strings.Contains(was[i][a[2]:a[3]], "places") || strings.Contains(was[i][a[2]:a[3]], "CloseTo")
			if err1 == nil && err2 == nil && (digits && after < before || !digits && after > before) {
				message = "this tolerates more than before: " + was[i][a[4]:a[5]] + " was the bound"
			}
		}
		n := h.NewStart - 1 + i
		if message == "" || n < 0 || n >= len(c.starts) {
			continue
		}
		indent := len(now[i]) - len(strings.TrimLeft(now[i], " \t"))
		c.report(finding.Finding{Start: c.starts[n] + indent, End: c.starts[n] + len(now[i]), Severity: finding.Warning, Category: "weaker-test", Message: message})
	}
}
