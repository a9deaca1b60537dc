package merge

// hashOrder sorts paths as git's hash table of them is walked. Of several
// identical files that were deleted and several that were added, which one was
// renamed to which depends on the order in which directories are looked into,
// and git looks into those that it put off in the order of its table: 64
// buckets by the FNV-1 hash of the path, four times as many whenever four
// fifths are full, a bucket's last entry first. Paths are given in the order in
// which they were put into it.
func hashOrder(paths []string) []string {
	table := make([][]string, 64)
	put := func(path string) {
		b := fnv1(path) & uint32(len(table)-1)
		table[b] = append(table[b], path) // last first, when walked backwards
	}
	walk := func(table [][]string, visit func(string)) {
		for _, bucket := range table {
			for i := len(bucket) - 1; i >= 0; i-- {
				visit(bucket[i])
			}
		}
	}
	for n, path := range paths {
		put(path)
		if n+1 > len(table)*80/100 {
			old := table
			table = make([][]string, 4*len(old))
			walk(old, put)
		}
	}
	ordered := make([]string, 0, len(paths))
	walk(table, func(path string) { ordered = append(ordered, path) })
	return ordered
}

// fnv1 is the 32 bit FNV-1 hash, which multiplies before it mixes a byte in.
func fnv1(s string) uint32 {
	h := uint32(0x811c9dc5)
	for i := range len(s) {
		h = h*0x01000193 ^ uint32(s[i])
	}
	return h
}
