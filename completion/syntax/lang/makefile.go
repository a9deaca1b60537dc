package lang

import "regexp"

// Recipes are a shell's, all else is lines: there is no grammar here.
var _ = add(&Language{
	Title:      "Makefile",
	Names:      []string{"makefile", "make"},
	Extensions: []string{".mk", ".mak"},
	FileNames:  []string{"Makefile", "makefile", "GNUmakefile"},
	Lexis:      Lexis{Line: []string{"#"}, LineSpace: true, Quotes: []Quote{{`"`, `"`, Escapes | Value}, {`'`, `'`, Value}}},
	Blocks: Blocks{
		Block:   regexp.MustCompile(`^[^\s:=#][^:=#]*::?(\s[^=]*)?$|^\s*(ifn?eq|ifn?def|define|else)\b`),
		Dedents: true,
		Closers: []string{"endif", "endef"},
		Middles: []string{"else"},
		Header:  regexp.MustCompile(`^[^\s:=#][^:=#]*::?(\s[^=]*)?$|^define\b`),
		Indent:  "\t",
	},
})
