package review

import "github.com/airside-ls/airside/completion/syntax"

// spread gives the old lines of a change that covers several declarations to
// the declaration of the same name, where one change is all that the diff saw.
// Old declarations that are gone have no place to be shown at.
func (s *source) spread(regions []region, trees *syntax.Cache) {
	var names []string // of the old lines' declarations
	for _, h := range s.file.Hunks {
		first, last := h.NewStart-1, h.NewStart-2+h.NewLines
		if h.OldLines == 0 || h.NewLines == 0 {
			continue
		}
		var covered []region
		for _, r := range regions {
			if r.first <= last && r.last >= first {
				covered = append(covered, r)
			}
		}
		if len(covered) < 2 {
			continue
		}
		if names == nil {
			names = s.oldNames(trees)
		}
		gone := s.removed[first]
		delete(s.removed, first)
		for i, line := range gone {
			at := h.OldStart - 1 + i
			if at >= len(names) {
				break
			}
			for _, r := range covered {
				if r.name == names[at] {
					place := max(r.first, first)
					s.removed[place] = append(s.removed[place], line)
					break
				}
			}
		}
	}
}

// oldNames are the names of the declarations that hold the lines of the old
// text.
func (s *source) oldNames(trees *syntax.Cache) []string {
	file := s.file
	file.New, file.Old, file.Hunks = file.Old, nil, nil
	if file.OldPath != "" {
		file.Path = file.OldPath
	}
	old := newSource(file, trees)
	names := make([]string, old.lines())
	for _, r := range old.regions() {
		for line := r.first; line <= r.last; line++ {
			names[line] = r.name
		}
	}
	return names
}
