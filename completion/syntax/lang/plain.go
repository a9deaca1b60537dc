package lang

import "regexp"

// Plain stands for every language that has no file here.
var Plain = &Language{
	Lexis: Lexis{Line: []string{"//", "#", "--", ";;", "%"}, LineStart: true,
		Quotes: []Quote{{`"`, `"`, Escapes}, {"'", "'", Escapes | Char}}},
	Blocks: Blocks{
		Dedents: true,
		Closers: []string{"end", "fi", "done", "esac", "until"},
		Middles: []string{"else", "elsif", "elif", "elseif", "rescue", "ensure", "then", "do"},
		Openers: []string{":", "=>", "->", " do", " then", " begin", " else", " where", " of", "="},
		Header:  regexp.MustCompile(`^\s*((pub|public|private|protected|internal|export|local|static|async|override|open|final|abstract)\s+)*(func|fun|fn|def|defp|defmodule|function|sub|proc|method|class|object|trait|interface|struct|enum|module|namespace|impl|record|type|protocol|extension)\b`),
		Indent:  "    ",
	},
}
