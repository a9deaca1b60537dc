package merge

import "bytes"

// LineChange says that lines were replaced. Lines count from 1; of a side with
// no lines, Start is the line before the place, as git diff -U0 has it.
type LineChange struct {
	OldStart, OldLines int
	NewStart, NewLines int
}

// Lines finds what changed from one text to the other, by git's histogram
// algorithm. Lines that differ in their line ends alone (LF, CR LF) are equal.
func Lines(old, new []byte) []LineChange {
	c := classes{}
	a, b := c.of(withoutCR(splitLines(old))), c.of(withoutCR(splitLines(new)))
	var list []LineChange
	for _, h := range diff(a, b, Histogram) {
		change := LineChange{h.a + 1, h.na, h.b + 1, h.nb}
		if h.na == 0 {
			change.OldStart--
		}
		if h.nb == 0 {
			change.NewStart--
		}
		list = append(list, change)
	}
	return list
}

func withoutCR(lines [][]byte) [][]byte {
	for i, line := range lines {
		if bytes.HasSuffix(line, []byte("\r\n")) {
			lines[i] = append(line[:len(line)-2:len(line)-2], '\n')
		}
	}
	return lines
}

// Fingerprint is what the likeness of two files is measured by.
type Fingerprint struct {
	size  int // bytes
	spans []span
}

// FingerprintOf reads a file once for all comparisons.
func FingerprintOf(data []byte) Fingerprint { return Fingerprint{len(data), spans(data)} }

// Similarity is how much of the larger of two files both have in common, from 0
// to 1, by the measure with which git finds renames; it calls files a rename
// from 0.5 on. Below that it may be 0.
func (f Fingerprint) Similarity(g Fingerprint) float64 {
	larger := max(f.size, g.size)
	if larger == 0 || tooDifferent(int64(f.size), int64(g.size), minScore) {
		return 0
	}
	return float64(common(f.spans, g.spans)) / float64(larger)
}
