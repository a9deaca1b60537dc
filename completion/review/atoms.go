package review

import (
	"slices"
	"strings"

	"github.com/airside-ls/airside/completion/syntax"
)

// atoms cuts lines where a reader would: before statements, as far as there is a
// tree, else at blank lines and where the indentation is least. Each has at most
// so many bytes, unless it is a single line.
func (s *source) atoms(p span, most int) []span {
	cuts := s.statementStarts(p)
	if s.cost(p) <= most || p.first == p.last {
		return []span{p}
	}
	return s.cutAt(p, cuts, most)
}

// cost is how many bytes lines take in a prompt, with their marks.
func (s *source) cost(p span) int {
	n := s.starts[p.last+1] - s.starts[p.first] + 2*(p.last-p.first+1)
	for line := p.first; line <= p.last; line++ {
		n += removedCost(s.removed[line])
	}
	if p.last == s.lines()-1 {
		n += removedCost(s.removed[s.lines()])
	}
	return n
}

func removedCost(lines []string) int {
	n := 0
	for _, line := range lines {
		n += len(line) + 3
	}
	if n > maxRemoved {
		return 40 // they are counted, not shown
	}
	return n
}

// statement is a place where a statement begins, and how deep it is nested.
type statement struct{ line, depth int }

// statementStarts lists where nodes begin that have their lines to themselves.
func (s *source) statementStarts(p span) []statement {
	if !s.parsed {
		return nil
	}
	depth := map[int]int{}
	var walk func(n *syntax.Node, level int)
	walk = func(n *syntax.Node, level int) {
		if n.End <= s.starts[p.first] || n.Start >= s.starts[p.last+1] {
			return
		}
		line := s.lineOf(n.Start)
		if n.Named && strings.TrimSpace(s.text[s.starts[line]:n.Start]) == "" {
			if known, ok := depth[line]; (!ok || level < known) && p.holds(line) {
				depth[line] = level
			}
		}
		for i := range n.Children {
			walk(&n.Children[i], level+1)
		}
	}
	walk(&s.root, 0)
	var list []statement
	for line, level := range depth {
		list = append(list, statement{line, level})
	}
	slices.SortFunc(list, func(a, b statement) int { return a.line - b.line })
	return list
}

// cutAt cuts at the least nested of the places within, and cuts the pieces again
// that are too large.
func (s *source) cutAt(p span, cuts []statement, most int) []span {
	var places []int
	var within []statement
	least := -1
	for _, c := range cuts {
		if c.line <= p.first || c.line > p.last {
			continue
		}
		within = append(within, c)
		if least < 0 || c.depth < least {
			least = c.depth
		}
	}
	for _, c := range within {
		if c.depth == least {
			places = append(places, c.line)
		}
	}
	if len(places) == 0 {
		places = s.looseCuts(p)
	}
	var list []span
	first := p.first
	for _, place := range append(places, p.last+1) {
		piece := span{first, place - 1}
		first = place
		if s.cost(piece) <= most || piece.first == piece.last {
			list = append(list, piece)
		} else if piece == p { // nowhere to cut
			for line := p.first; line <= p.last; line++ {
				list = append(list, span{line, line})
			}
		} else {
			list = append(list, s.cutAt(piece, within, most)...)
		}
	}
	return list
}

// looseCuts are where a paragraph begins, or else where the indentation is
// least.
func (s *source) looseCuts(p span) []int {
	var paragraphs, shallow []int
	least := -1
	for line := p.first + 1; line <= p.last; line++ {
		text := s.line(line)
		if strings.TrimSpace(text) == "" {
			continue
		}
		if strings.TrimSpace(s.line(line-1)) == "" {
			paragraphs = append(paragraphs, line)
		}
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		if least < 0 || indent < least {
			least, shallow = indent, nil
		}
		if indent == least {
			shallow = append(shallow, line)
		}
	}
	if len(paragraphs) > 0 {
		return paragraphs
	}
	return shallow
}
