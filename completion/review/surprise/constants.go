package surprise

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

var booleans = map[string]string{"true": "false", "false": "true", "True": "False", "False": "True"}

var (
	decimal = regexp.MustCompile(`^\d{1,7}$`)
	units   = [][]string{
		{"time.Nanosecond", "time.Microsecond", "time.Millisecond", "time.Second", "time.Minute", "time.Hour"},
		{"TimeUnit.MILLISECONDS", "TimeUnit.SECONDS", "TimeUnit.MINUTES"},
		{"Duration.ofMillis", "Duration.ofSeconds", "Duration.ofMinutes"},
		{"Duration::from_millis", "Duration::from_secs", "Duration::from_micros"},
	}
)

// literal takes in booleans, numbers and units.
func (w *walker) literal(n *syntax.Node) {
	code := w.code(n)
	if p := w.parent(0); p != nil && booleans[w.code(p)] != "" {
		return // the word within its node
	}
	if other, ok := booleans[code]; ok {
		w.add(Boolean, n.Start, n.End, other)
		return
	}
	for _, list := range units {
		if slices.Contains(list, code) {
			w.add(Constant, n.Start, n.End, slices.Clone(list)...)
		}
	}
	if !n.Named || len(n.Children) > 0 || !decimal.MatchString(code) || strings.Contains(n.Type, "identifier") {
		return
	}
	value, _ := strconv.Atoi(code)
	var others []string
	for _, other := range []int{value / 10, value * 10, value - 1, value + 1, value * 2} {
		if other >= 0 && other != value && !slices.Contains(others, strconv.Itoa(other)) {
			others = append(others, strconv.Itoa(other))
		}
	}
	w.add(Constant, n.Start, n.End, others...)
}

var length = regexp.MustCompile(`^(?:len\([\w.]+\)|[\w.]+\.(?:length|len\(\)|size\(\)|length\(\)))$`)

// offset takes in what could be one more or less.
func (w *walker) offset(n *syntax.Node) {
	if !n.Named {
		return
	}
	if strings.Contains(n.Type, "binary") && len(n.Children) == 3 && w.code(&n.Children[2]) == "1" {
		if op := w.code(&n.Children[1]); op == "-" || op == "+" {
			left := w.code(&n.Children[0])
			w.add(Offset, n.Start, n.End, left)
		}
		return
	}
	p := w.parent(0)
	if p == nil || strings.Contains(p.Type, "binary") && len(p.Children) == 3 && w.code(&p.Children[2]) == "1" {
		return
	}
	code := w.code(n)
	indexes := strings.Contains(p.Type, "subscript") || strings.Contains(p.Type, "index") || strings.Contains(p.Type, "slice")
	if length.MatchString(code) && (strings.Contains(p.Type, "binary") || p.Type == "comparison_operator" || indexes) {
		w.add(Offset, n.Start, n.End, code+" - 1", code+"-1", code+" + 1")
		return
	}
	if indexes && n.Field != "operand" && n.Field != "value" && n.Field != "object" && n.Type == "identifier" && n.Start > p.Start {
		w.add(Offset, n.Start, n.End, code+" - 1", code+"-1", code+" + 1", code+"+1")
	}
}
