package prompt

import (
	"strings"
	"unicode/utf8"
)

// bytesPerToken is how many bytes of source one token covers, low enough that
// ordinary code fits the budget: CodeLlama's tokenizer makes about 3.2 of Go
// and Python, the built-in model's 2.6. Text that is denser (digits, CJK) is
// refused by the backend as too long and cut again, smaller.
const bytesPerToken = 2.6

// Range is the bytes [Start, End) of a document.
type Range struct{ Start, End int }

// Budget bounds a window, in bytes.
type Budget struct {
	Prefix int
	Suffix int
}

// suffixShare is the part of the budget that shows what follows the cursor. Most
// families put it last, behind the prefix, so a server reads all of it anew with every
// other place whatever its KV cache holds, and with every key where the line that is
// written belongs to the prefix: with a quarter of the budget 32% of all prompt tokens
// were read again over a typing session, now 1% are (editors/e2e,
// PromptCacheStaysWarm), and that is what a slow machine waits for. The lines next to
// the cursor, which say how the code goes on, are few.
const suffixShare = 1.0 / 16

// suffixFirstShare is the same for families that put the suffix first, where it
// stays in the cache.
const suffixFirstShare = 1.0 / 4

// BudgetFor divides the tokens that a prompt may have.
func BudgetFor(tokens int, form Form) Budget {
	bytes := max(0, int(float64(tokens)*bytesPerToken))
	if !form.Insert {
		return Budget{Prefix: bytes}
	}
	share := suffixShare
	if form.SuffixFirst {
		share = suffixFirstShare
	}
	suffix := int(float64(bytes) * share)
	return Budget{Prefix: bytes - suffix, Suffix: suffix}
}

// Cut returns the window around a place that fits the budget: before is the
// text that stands before what is to be written, after what follows it. When
// before has to be cut, whole lines go, and of what goes the keep ranges of it
// (imports, signatures of the enclosing scopes; in source order) stay as far as
// a third of the prefix holds them; the innermost are kept first.
//
// The cut moves in steps of a quarter of the budget rather than with every
// keystroke: an unchanged beginning is what lets a server reuse its KV cache.
func Cut(before, after string, b Budget, keep []Range) Window {
	return Window{
		Prefix: cutPrefix(before, b.Prefix, keep),
		Suffix: cutSuffix(after, b.Suffix),
	}
}

func cutPrefix(prefix string, budget int, keep []Range) string {
	if len(prefix) <= budget {
		return prefix
	}
	keepBudget := 0
	if len(keep) > 0 {
		keepBudget = budget / 3
	}
	start := windowStart(prefix, budget-keepBudget)
	head := skeleton(prefix[:start], keepBudget, keep)
	return head + prefix[start:]
}

// windowStart is the first byte kept of a prefix that is longer than budget:
// a line's start, or, inside a line that alone is too long, a character's.
func windowStart(prefix string, budget int) int {
	drop := len(prefix) - budget
	step := max(1, budget/4)
	drop = min((drop+step-1)/step*step, len(prefix))
	if i := strings.IndexByte(prefix[drop:], '\n'); i >= 0 {
		return drop + i + 1
	}
	// No line begins in what is left.
	drop = len(prefix) - budget
	for drop < len(prefix) && !utf8.RuneStart(prefix[drop]) {
		drop++
	}
	return drop
}

// skeleton returns the lines of the keep ranges that lie in head, within
// budget, innermost (last) first chosen, in source order.
func skeleton(head string, budget int, keep []Range) string {
	var kept []string
	for i := len(keep) - 1; i >= 0; i-- {
		r := keep[i]
		if r.Start < 0 || r.Start >= r.End || r.End > len(head) {
			continue
		}
		for r.End < len(head) && !utf8.RuneStart(head[r.End]) {
			r.End++
		}
		lines := head[strings.LastIndexByte(head[:r.Start], '\n')+1 : r.End]
		if !strings.HasSuffix(lines, "\n") {
			lines += "\n"
		}
		if len(lines) > budget {
			continue
		}
		budget -= len(lines)
		kept = append(kept, lines)
	}
	var b strings.Builder
	for i := len(kept) - 1; i >= 0; i-- {
		b.WriteString(kept[i])
	}
	return b.String()
}

// cutSuffix keeps whole lines, or the beginning of the first if it alone is
// too long.
func cutSuffix(suffix string, budget int) string {
	if len(suffix) <= budget {
		return suffix
	}
	if i := strings.LastIndexByte(suffix[:budget], '\n'); i >= 0 {
		return suffix[:i+1]
	}
	for budget > 0 && !utf8.RuneStart(suffix[budget]) {
		budget--
	}
	return suffix[:budget]
}
