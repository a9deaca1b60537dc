package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// class is a kind of bug.
type class struct {
	name string
	// edits offers the edits that plant one in a function.
	edits func(b *base, dice *rand.Rand) []edit
	// breaks tells that the result does not parse, which is the bug.
	breaks bool
}

// classes are the bugs that reviews find most, and what rules are for.
var classes = []class{
	{name: "off-by-one", edits: nodes(offByOne)},
	{name: "swapped-arguments", edits: nodes(swappedArguments)},
	{name: "missing-error-check", edits: nodes(missingErrorCheck)},
	{name: "unclosed-resource", edits: nodes(unclosedResource)},
	{name: "wrong-operator", edits: nodes(wrongOperator)},
	{name: "removed-nil-guard", edits: nodes(removedNilGuard)},
	{name: "removed-lock", edits: nodes(removedLock)},
	{name: "inverted-condition", edits: nodes(invertedCondition)},
	{name: "wrong-variable", edits: wrongVariable},
	{name: "removed-exit", edits: nodes(removedExit)},
	{name: "integer-arithmetic", edits: nodes(integerArithmetic)},
	{name: "wrong-constant", edits: nodes(wrongConstant)},
	{name: "wrong-boolean", edits: nodes(wrongBoolean)},
	{name: "missing-wait", edits: nodes(missingWait)},
	{name: "swallowed-error", edits: nodes(swallowedError)},
	{name: "weakened-test", edits: nodes(weakenedTest)},
	{name: "debug-print", edits: debugPrint},
	{name: "credential", edits: credential},
	{name: "commented-out-code", edits: nodes(commentedOut)},
	{name: "ownerless-todo", edits: nodes(ownerlessTodo)},
	{name: "conflict-marker", edits: nodes(conflictMarker), breaks: true},
	{name: "broken-syntax", edits: nodes(brokenSyntax), breaks: true},
}

// nodes makes the edits of a class from those at each node.
func nodes(at func(p place, b *base) (edit, bool)) func(*base, *rand.Rand) []edit {
	return func(b *base, _ *rand.Rand) (list []edit) {
		each(&b.function, string(b.New), func(p place) {
			if e, ok := at(p, b); ok {
				list = append(list, e)
			}
		})
		return list
	}
}

func none() (edit, bool) { return edit{}, false }

var counts = regexp.MustCompile(`(?i)len|count|size|length|num|max|min|\bn\b|\bi\b|\bj\b|index|limit|end|\d`)

func offByOne(p place, _ *base) (edit, bool) {
	op, text := p.operator()
	with := map[string]string{"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[text]
	if op != nil && with != "" && counts.MatchString(p.code()) {
		return edit{op.Start, op.End, with, text + " is " + with + " now"}, true
	}
	if op != nil && (text == "-" || text == "+") && strings.HasSuffix(p.code(), " 1") {
		return edit{op.Start - 1, p.End, "", "without " + text + " 1"}, true
	}
	return none()
}

func swappedArguments(p place, _ *base) (edit, bool) {
	if p.Type != "argument_list" && p.Type != "arguments" {
		return none()
	}
	var args []int
	for i, c := range p.Children {
		if c.Named {
			args = append(args, i)
		}
	}
	for k := 0; k+1 < len(args); k++ {
		a, b := p.Children[args[k]], p.Children[args[k+1]]
		x, y := p.text[a.Start:a.End], p.text[b.Start:b.End]
		simple := func(s string) bool { return len(s) < 40 && !strings.ContainsAny(s, "\"'`({\n=") }
		if x != y && simple(x) && simple(y) && (word.MatchString(x) || word.MatchString(y)) {
			return edit{a.Start, b.End, y + p.text[a.End:b.Start] + x, "swapped " + x + " and " + y}, true
		}
	}
	return none()
}

var errorCheck = regexp.MustCompile(`^if \(?(?:err != nil|e?rr?(?:or)? ?(?:!==? null)?|[\w.>()-]+ (?:< 0|== -1|== NULL|!= 0))\)? \{?\s*(?:return|throw|goto|panic|log\.Fatal)`)

func missingErrorCheck(p place, b *base) (edit, bool) {
	if p.Type == "try_expression" && b.language == "rust" && strings.HasSuffix(p.code(), "?") {
		return edit{p.End - 1, p.End, ".unwrap()", "unwrap in the place of ?"}, true
	}
	if p.Type == "if_statement" && errorCheck.MatchString(p.code()) {
		return p.takeOut("without " + short(p.code()))
	}
	return none()
}

var closes = regexp.MustCompile(`(?:\.(?:Close|close|Stop|Dispose|dispose|release|Release|disconnect|cancel)\(\)|^defer cancel\(\)|^(?:free|fclose|close|delete)\b.*\));?$`)

func unclosedResource(p place, _ *base) (edit, bool) {
	if (p.Type == "defer_statement" || p.Type == "expression_statement" || p.Type == "call") && p.isStatement() && closes.MatchString(p.code()) {
		return p.takeOut("without " + short(p.code()))
	}
	return none()
}

func wrongOperator(p place, _ *base) (edit, bool) {
	op, text := p.operator()
	with := map[string]string{"&&": "||", "||": "&&", "and": "or", "or": "and", "+": "-", "-": "+", "*": "+", "<<": ">>", ">>": "<<", "&": "|"}[text]
	if op == nil || with == "" || strings.ContainsAny(p.code(), "\"'`") || text == "+" && strings.HasSuffix(p.code(), " 1") {
		return none()
	}
	return edit{op.Start, op.End, with, text + " is " + with + " now in " + short(p.code())}, true
}

var guard = regexp.MustCompile(`^if \(?(?:[\w.]+ (?:==|===) (?:nil|null|undefined|NULL|nullptr)|[\w.]+ is None|not [\w.]+|!\w[\w.]*|len\(\w+\) == 0)\)?(?: \{|:|)\s*(?:return|continue|throw|raise|break)`)

func removedNilGuard(p place, _ *base) (edit, bool) {
	if p.Type == "if_statement" && guard.MatchString(p.code()) && !strings.Contains(p.code(), "else") {
		return p.takeOut("without " + short(p.code()))
	}
	return none()
}

var locks = regexp.MustCompile(`^[\w.]+\.R?[Ll]ock\(\);?$|^pthread_mutex_lock\(`)

func removedLock(p place, _ *base) (edit, bool) {
	if p.Type != "expression_statement" || !p.isStatement() || !locks.MatchString(p.code()) {
		return none()
	}
	e, ok := p.takeOut("without " + short(p.code()))
	if !ok {
		return none()
	}
	next := p.text[e.end:]
	if i := strings.IndexByte(next, '\n'); i >= 0 && strings.Contains(strings.ToLower(next[:i]), "unlock") {
		e.end += i + 1
	}
	return e, true
}

func invertedCondition(p place, _ *base) (edit, bool) {
	if p.Field != "condition" || len(p.above) == 0 {
		return none()
	}
	code := p.code()
	for _, pair := range [][2]string{{" == ", " != "}, {" != ", " == "}, {" === ", " !== "}, {" !== ", " === "}, {" is not ", " is "}, {" is ", " is not "}, {" not in ", " in "}} {
		if strings.Count(code, pair[0]) == 1 && !strings.ContainsAny(code, "&|") && !strings.Contains(code, " and ") && !strings.Contains(code, " or ") {
			return p.replace(strings.Replace(code, pair[0], pair[1], 1), short(code)+" is inverted"), true
		}
	}
	for _, not := range []string{"!", "(!", "not "} {
		if rest, ok := strings.CutPrefix(code, not); ok && !strings.ContainsAny(rest, "&|") {
			if not == "(!" {
				rest = "(" + rest
			}
			return p.replace(rest, short(code)+" is inverted"), true
		}
	}
	return none()
}

// wrongVariable puts one variable of a function in the place of another, as
// copying does.
func wrongVariable(b *base, dice *rand.Rand) (list []edit) {
	text := string(b.New)
	var names []string
	var uses []place
	each(&b.function, text, func(p place) {
		if p.Type != "identifier" && p.Type != "simple_identifier" {
			return
		}
		parent := p.parent().Type
		switch {
		case p.Field == "left" || strings.Contains(parent, "parameter"):
			if len(p.code()) > 0 && p.code() != "_" && p.code() != "self" {
				names = append(names, p.code())
			}
		case parent == "argument_list" || parent == "arguments" || strings.Contains(parent, "binary") || parent == "comparison_operator" || parent == "return_statement" || parent == "expression_list" && p.within("return"):
			uses = append(uses, p)
		}
	})
	for _, p := range uses {
		if !slices.Contains(names, p.code()) {
			continue
		}
		other := names[dice.IntN(len(names))]
		if other != p.code() && strings.HasPrefix(other, "err") == strings.HasPrefix(p.code(), "err") {
			list = append(list, p.replace(other, other+" in the place of "+p.code()))
		}
	}
	return list
}

func removedExit(p place, _ *base) (edit, bool) {
	if (p.Type == "break_statement" || p.Type == "continue_statement" || p.Type == "return_statement") && p.isStatement() && len(p.above) > 2 && p.within("if_statement") {
		return p.takeOut("without " + short(p.code()))
	}
	return none()
}

var (
	wide   = regexp.MustCompile(`^(u?int64|float64|uint|double|float)\(([\w.]+)\) ?(\*|\+|<<|/) ?([\w.()]+)$`)
	mulDiv = regexp.MustCompile(`^([\w.]+) \* ([\w.]+) / ([\w.]+)$`)
)

func integerArithmetic(p place, b *base) (edit, bool) {
	if op, _ := p.operator(); op == nil {
		return none()
	}
	code := p.code()
	if m := wide.FindStringSubmatch(code); m != nil {
		return p.replace(fmt.Sprintf("%s(%s %s %s)", m[1], m[2], m[3], strings.TrimSuffix(strings.TrimPrefix(m[4], m[1]+"("), ")")), "widened after "+m[3]+" instead of before"), true
	}
	if m := mulDiv.FindStringSubmatch(code); m != nil {
		return p.replace(fmt.Sprintf("%s / %s * %s", m[1], m[3], m[2]), "divided before it is multiplied"), true
	}
	if b.language == "python" {
		if _, op := p.operator(); op == "/" {
			return p.replace(strings.Replace(code, "/", "//", 1), "divided without the rest"), true
		}
	}
	return none()
}

var decimal = regexp.MustCompile(`^[1-9]\d{0,6}$`)

func wrongConstant(p place, _ *base) (edit, bool) {
	code := p.code()
	units := map[string]string{"time.Second": "time.Millisecond", "time.Millisecond": "time.Second", "time.Minute": "time.Second", "time.Hour": "time.Minute"}
	if with := units[code]; with != "" {
		return p.replace(with, code+" is "+with+" now"), true
	}
	if len(p.Children) == 0 && decimal.MatchString(code) && code != "1" {
		n, _ := strconv.Atoi(code)
		return p.replace(strconv.Itoa(n*10), code+" is ten times as much"), true
	}
	return none()
}

func wrongBoolean(p place, _ *base) (edit, bool) {
	with := map[string]string{"true": "false", "false": "true", "True": "False", "False": "True"}[p.code()]
	if with == "" || len(p.Children) > 0 || !p.Named {
		return none()
	}
	return p.replace(with, p.code()+" is "+with+" now"), true
}

func missingWait(p place, b *base) (edit, bool) {
	if p.Type == "await_expression" || p.Type == "await" {
		if rest, ok := strings.CutPrefix(p.code(), "await "); ok {
			return p.replace(rest, "without await"), true
		}
	}
	if p.isStatement() && p.Type == "expression_statement" && (strings.HasSuffix(p.code(), ".Wait()") || strings.HasPrefix(p.code(), "<-")) {
		return p.takeOut("without " + short(p.code()))
	}
	return none()
}

func swallowedError(p place, b *base) (edit, bool) {
	code := p.code()
	switch {
	case p.Type == "except_clause":
		if i := strings.Index(code, ":"); i > 0 && !strings.Contains(code, "pass") && strings.Count(code, "\n") > 0 {
			indent := code[strings.Index(code, "\n"):]
			indent = indent[:len(indent)-len(strings.TrimLeft(indent, "\n \t"))]
			return p.replace("except Exception:"+indent+"pass", "the error is dropped: "+short(code)), true
		}
	case p.Type == "catch_clause":
		if i := strings.Index(code, "{"); i > 0 && strings.HasSuffix(code, "}") && strings.TrimSpace(code[i+1:len(code)-1]) != "" {
			return p.replace(code[:i]+"{}", "the error is dropped: "+short(code)), true
		}
	case b.language == "go" && p.Type == "if_statement" && errorCheck.MatchString(code):
		// The check goes, and the next statement overwrites what it was for.
		next := strings.TrimSpace(p.text[p.End:])
		line, _, _ := strings.Cut(next, "\n")
		if regexp.MustCompile(`\berr :?= \w`).MatchString(line) {
			return p.takeOut("without " + short(code))
		}
	}
	return none()
}

func weakenedTest(p place, b *base) (edit, bool) {
	if !strings.Contains(b.Path, "test") && !strings.Contains(b.Path, "spec") {
		return none()
	}
	code := p.code()
	if !strings.Contains(string(b.Old), code) {
		return none() // it is new, and its absence weakens nothing
	}
	if p.isStatement() && (p.Type == "assert_statement" || regexp.MustCompile(`^(?:self\.assert\w+|assert\w*|expect|require\.\w+)\(`).MatchString(code)) {
		return p.takeOut("without " + short(code))
	}
	if b.language == "go" && p.Type == "if_statement" && regexp.MustCompile(`^if [^{}]*\{\s*t\.(?:Error|Fatal)f?\([^{}]*\)\s*\}$`).MatchString(code) {
		return p.takeOut("without " + short(code))
	}
	return none()
}

// prints are what people write to see a value.
var prints = map[string][]string{
	"go": {`fmt.Println("here", %s)`, `fmt.Printf("%%+v\n", %s)`, `fmt.Println("%[1]s:", %[1]s)`}, "python": {`print(%s)`, `print("here", %s)`, `print(f"{%s=}")`, `breakpoint()`},
	"javascript": {`console.log('%[1]s', %[1]s)`, `console.log(%s);`, `debugger;`}, "typescript": {`console.log('%[1]s', %[1]s);`, `debugger;`}, "rust": {`dbg!(&%s);`, `println!("{:?}", %s);`},
	"java": {`System.out.println("XXX " + %s);`, `System.out.println(%s);`}, "php": {`var_dump($%s);`}, "ruby": {`puts %s`, `binding.pry`}, "kotlin": {`println(%s)`},
	"csharp": {`Console.WriteLine(%s);`, `Debugger.Break();`}, "swift": {`print("=====", %s)`}, "lua": {`print(%s)`, `print("here", %s)`},
}

// firstStatement returns a statement to put something in front of, and a name
// that is known there.
func firstStatement(b *base) (at place, name string) {
	each(&b.function, string(b.New), func(p place) {
		if name == "" && strings.Contains(p.parent().Type, "parameter") && (p.Type == "identifier" || p.Type == "simple_identifier") && p.code() != "self" {
			name = p.code()
		}
		if at.Node == nil && p.isStatement() && len(p.above) <= 3 && !strings.Contains(p.Type, "comment") && !strings.Contains(p.Type, "string") && name != "" {
			at = place{p.Node, slices.Clone(p.above), p.text}
		}
	})
	return at, name
}

func debugPrint(b *base, dice *rand.Rand) []edit {
	at, name := firstStatement(b)
	list := prints[b.language]
	if at.Node == nil || len(list) == 0 {
		return nil
	}
	form := list[dice.IntN(len(list))]
	line := form
	if strings.Contains(form, "%") {
		line = fmt.Sprintf(form, name)
	}
	return []edit{at.before(line, line)}
}

// assignments are how a value is given a name.
var assignments = map[string]string{
	"go": `%s := "%s"`, "python": `%s = "%s"`, "javascript": `const %s = '%s';`, "typescript": `const %s = '%s';`, "rust": `let %s = "%s";`, "java": `String %s = "%s";`,
	"php": `$%s = '%s';`, "ruby": `%s = '%s'`, "kotlin": `val %s = "%s"`, "csharp": `var %s = "%s";`, "swift": `let %s = "%s"`, "lua": `local %s = "%s"`, "c": `const char *%s = "%s";`, "cpp": `auto %s = "%s";`,
}

func credential(b *base, dice *rand.Rand) []edit {
	at, _ := firstStatement(b)
	form := assignments[b.language]
	if at.Node == nil || form == "" {
		return nil
	}
	random := func(n int, alphabet string) string {
		var s strings.Builder
		for range n {
			s.WriteByte(alphabet[dice.IntN(len(alphabet))])
		}
		return s.String()
	}
	const base62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	kinds := [][2]string{
		{"token", "gh" + "p_" + random(36, base62)}, {"key", "AK" + "IA" + random(16, base62[:26]+"234567")},
		{"password", random(20, base62+"!#-_+")}, {"apiKey", random(32, "0123456789abcdef")}, {"clientSecret", random(40, base62)},
	}
	k := kinds[dice.IntN(len(kinds))]
	return []edit{at.before(fmt.Sprintf(form, k[0], k[1]), "a "+k[0])}
}

var lineComments = map[string]string{"python": "#", "ruby": "#", "lua": "--", "shellscript": "#"}

func marker(language string) string {
	if m := lineComments[language]; m != "" {
		return m
	}
	return "//"
}

func commentedOut(p place, b *base) (edit, bool) {
	if !p.isStatement() || !strings.Contains(p.Type, "statement") && !strings.Contains(p.Type, "assignment") || strings.Contains(p.code(), "\n") {
		return none()
	}
	e, ok := p.takeOut("commented out: " + short(p.code()))
	if !ok {
		return none()
	}
	indent := p.text[e.start:p.Start]
	e.with = indent + marker(b.language) + " " + strings.TrimLeft(p.text[p.Start:e.end], " \t")
	return e, true
}

func ownerlessTodo(p place, b *base) (edit, bool) {
	if !p.isStatement() || strings.Contains(p.Type, "comment") {
		return none()
	}
	start := strings.LastIndexByte(p.text[:p.Start], '\n') + 1
	if strings.TrimSpace(p.text[start:p.Start]) != "" {
		return none()
	}
	return p.before(marker(b.language)+" TODO: handle the other case", "a TODO"), true
}

func conflictMarker(p place, _ *base) (edit, bool) {
	if !p.isStatement() {
		return none()
	}
	e, ok := p.takeOut("a conflict around " + short(p.code()))
	if !ok {
		return none()
	}
	code := p.text[e.start:e.end]
	e.with = "<<<<<<< HEAD\n" + code + "=======\n" + code + ">>>>>>> feature\n"
	return e, true
}

func brokenSyntax(p place, _ *base) (edit, bool) {
	if p.Named || p.End != p.Start+1 || !strings.Contains(")]}", p.code()) || p.within("string") {
		return none()
	}
	return p.replace("", "without "+p.code()), true
}
