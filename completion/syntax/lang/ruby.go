package lang

import (
	"regexp"
	"strings"

	"github.com/airside-ls/airside/completion/syntax/grammars"
)

var _ = add(&Language{
	Title:      "Ruby",
	Names:      []string{"ruby", "rb"},
	Extensions: []string{".rb", ".rake", ".gemspec"},
	FileNames:  []string{"Gemfile", "Rakefile", "Vagrantfile"},
	Grammar:    grammars.Ruby,
	Lexis:      Lexis{Line: []string{"#"}, Quotes: []Quote{{`"`, `"`, Escapes | Lines}, {`'`, `'`, Escapes | Lines}}},
	Blocks: Blocks{
		Block:     regexp.MustCompile(`\bdo(\s*\|[^|]*\|)?\s*$|\{\s*\|[^|]*\|\s*$|^\s*(begin|else|ensure)\s*$|\bthen\s*$`),
		Above:     regexp.MustCompile(`^\s*((private|public|protected|private_class_method)\s+)?(def\s+[\w.]+[?!=]?(\s*\(.*\)|[^=(]*)\s*$|(class|module|if|unless|while|until|for|case|when|in|elsif|rescue)\b)|=\s*(if|unless|case|begin)\b`),
		Dedents:   true,
		Closers:   []string{"end"},
		Middles:   []string{"else", "elsif", "when", "in", "rescue", "ensure"},
		Header:    regexp.MustCompile(`^\s*((private|public|protected|private_class_method)\s+)?(def|class|module)\b`),
		Signature: regexp.MustCompile(`^\s*((private|public|protected)\s+)?def\s+[\w.]+[?!=]?\s*\([^{};]*\)$|^\s*class\s+[\w:]+\s*<\s*[\w:]+$`),
		Indent:    "  ",
	},
	Nodes: Nodes{
		Calls:    []string{"call"},
		Words:    map[string]Word{"require": {Imports: true}, "require_relative": {Imports: true}, "load": {Imports: true}},
		Scopes:   map[string]Kind{"method": Method, "singleton_method": Method, "class": Class, "singleton_class": Class, "module": Module},
		Strings:  []string{"string", "heredoc_body", "regex", "string_array", "symbol_array", "subshell", "delimited_symbol"},
		Embedded: []string{"interpolation"},
		Comments: []string{"comment"},
		Defines:  map[string]Kind{},
	},
	Merge: &Merge{
		Lists: []UnorderedList{
			{What: "declarations", In: []string{"program"}, Items: rubyItems},
			{What: "members", In: []string{"body_statement"}, Parents: []string{"class", "module", "singleton_class"}, Items: rubyItems},
			{What: "keys", In: []string{"hash"}, Open: "{", Sep: ",", Items: of(byKey, "pair")},
		},
	},
	Debug:  &Debug{Always: []string{"binding.pry", "binding.irb", "binding.break", "byebug"}, Prints: []string{"puts", "p", "pp"}},
	Frames: []string{"%s\n"},
	Errors: Rescues,
	Tests:  Tests{Skips: []string{"skip", "pending"}, Only: regexp.MustCompile(`^\s*(?:(f)(?:describe|it|context)\s+["']|(?:it|describe|context)\s.*(,\s*(?:focus:\s*true|:focus))\b)`)},
})

var rubyItems = and(of(byName, "method", "class", "module"), of(rubyMethod, "singleton_method"), of(rubyRequire, "call"), of(rubyConstant, "assignment"))

func rubyMethod(p Source, n Node) ([]string, bool) {
	keys := Names(p, n)
	for i := range keys {
		keys[i] = "self." + keys[i]
	}
	return keys, true
}

func rubyRequire(p Source, n Node) ([]string, bool) {
	text := p.Text(n)
	return []string{squeeze(text)}, strings.HasPrefix(text, "require ") || strings.HasPrefix(text, "require_relative ")
}

// rubyConstant are constants whose values run nothing.
func rubyConstant(p Source, n Node) ([]string, bool) {
	return Names(p, n), len(n.Children) > 0 && n.Children[0].Type == "constant" && !n.has("call", "identifier")
}
