// Package grammars has the grammars that airside parses with, as the runtime
// of github.com/smacker/go-tree-sitter takes them.
//
// A grammar is generated C, of megabytes, and comes as a Go module of its
// authors, pinned in go.mod. For three languages there is no such module to be
// had, and what the runtime's module brings along serves: sources.tsv says
// which, and why.
//
// # Keeping them up to date
//
// Before each release, and when a language has got new syntax, `make grammars`
// says for each language the release in use, the newest one that the registries
// know, and what hinders where they differ. To take a newer one:
//
//  1. `go get MODULE@VERSION`, then `go mod tidy`.
//  2. `go test ./completion/syntax/... ./gitsync/merge ./completion/review/... ./cmd/airside`.
//     TestTable names the kinds of nodes that are gone, the golden files show
//     what changes for a user, TestKillers and TestCured which texts still have
//     a scanner die. All that is to be understood before it is updated. The
//     kinds that merges and the review's rules name are held by the golden
//     files of gitsync/merge and completion/review alone.
//  3. `go test -run '^$' -fuzz FuzzGrammars -fuzztime 30s ./completion/syntax`.
package grammars

import (
	"sync"
	"unsafe"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/dockerfile"
	"github.com/smacker/go-tree-sitter/protobuf"
	"github.com/smacker/go-tree-sitter/swift"
	hcl "github.com/tree-sitter-grammars/tree-sitter-hcl/bindings/go"
	kotlin "github.com/tree-sitter-grammars/tree-sitter-kotlin/bindings/go"
	lua "github.com/tree-sitter-grammars/tree-sitter-lua/bindings/go"
	toml "github.com/tree-sitter-grammars/tree-sitter-toml/bindings/go"
	bash "github.com/tree-sitter/tree-sitter-bash/bindings/go"
	csharp "github.com/tree-sitter/tree-sitter-c-sharp/bindings/go"
	c "github.com/tree-sitter/tree-sitter-c/bindings/go"
	cpp "github.com/tree-sitter/tree-sitter-cpp/bindings/go"
	css "github.com/tree-sitter/tree-sitter-css/bindings/go"
	elixir "github.com/tree-sitter/tree-sitter-elixir/bindings/go"
	golang "github.com/tree-sitter/tree-sitter-go/bindings/go"
	html "github.com/tree-sitter/tree-sitter-html/bindings/go"
	java "github.com/tree-sitter/tree-sitter-java/bindings/go"
	javascript "github.com/tree-sitter/tree-sitter-javascript/bindings/go"
	php "github.com/tree-sitter/tree-sitter-php/bindings/go"
	python "github.com/tree-sitter/tree-sitter-python/bindings/go"
	ruby "github.com/tree-sitter/tree-sitter-ruby/bindings/go"
	rust "github.com/tree-sitter/tree-sitter-rust/bindings/go"
	scala "github.com/tree-sitter/tree-sitter-scala/bindings/go"
	typescript "github.com/tree-sitter/tree-sitter-typescript/bindings/go"
)

// Each function returns one grammar, always the same.
var (
	Bash       = once(bash.Language)
	C          = once(c.Language)
	Cpp        = once(cpp.Language)
	CSharp     = once(csharp.Language)
	CSS        = once(css.Language)
	Elixir     = once(elixir.Language)
	Go         = once(golang.Language)
	HCL        = once(hcl.Language)
	HTML       = once(html.Language)
	Java       = once(java.Language)
	JavaScript = once(javascript.Language)
	Kotlin     = once(kotlin.Language)
	Lua        = once(lua.Language)
	PHP        = once(php.LanguagePHP)
	Python     = once(python.Language)
	Ruby       = once(ruby.Language)
	Rust       = once(rust.Language)
	Scala      = once(scala.Language)
	TOML       = once(toml.Language)
	TypeScript = once(typescript.LanguageTypescript)
	TSX        = once(typescript.LanguageTSX)

	Dockerfile = sync.OnceValue(dockerfile.GetLanguage)
	Protobuf   = sync.OnceValue(protobuf.GetLanguage)
	Swift      = sync.OnceValue(swift.GetLanguage)
)

func once(table func() unsafe.Pointer) func() *sitter.Language {
	return sync.OnceValue(func() *sitter.Language { return sitter.NewLanguage(forRuntime(table())) })
}
