package surprise

import (
	"fmt"
	"math"
)

var categories = map[Class]string{
	Bound: "off-by-one", Offset: "off-by-one", Comparison: "inverted-condition", Negation: "inverted-condition",
	Logic: "wrong-operator", Arithmetic: "wrong-operator", Argument: "swapped-arguments",
	Boolean: "wrong-boolean", Variable: "wrong-variable", Constant: "wrong-constant",
}

// Category is the word for what would be wrong at a place of a class, in a finding.
func (c Class) Category() string { return categories[c] }

// Message says in plain words what stands there, and what the model expects.
func (o Odds) Message(text string) string {
	own := text[o.Start:o.End]
	if o.Class == Argument {
		return fmt.Sprintf("`%s` is unlikely here, the other way round (`%s`) is %s times likelier", own, o.Best, times(o.Ln))
	}
	return fmt.Sprintf("`%s` is unlikely here, `%s` is %s times likelier", own, o.Best, times(o.Ln))
}

// times is a ratio, as exact as people want it.
func times(ln float64) string {
	ratio := math.Exp(ln)
	switch {
	case ratio > 1000:
		return ">1000"
	case ratio >= 20:
		return fmt.Sprint(10 * int(ratio/10))
	}
	return fmt.Sprint(int(ratio))
}
