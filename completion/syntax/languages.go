package syntax

import (
	"sync"

	"github.com/airside-ls/airside/completion/syntax/lang"
)

// language is a language with what its grammar calls the kinds of nodes.
type language struct {
	*lang.Language
	classify sync.Once
	classes  []class // by symbol, see class
}

var (
	languages = func() map[*lang.Language]*language {
		m := map[*lang.Language]*language{}
		for _, l := range lang.All() {
			m[l] = &language{Language: l}
		}
		return m
	}()
	// plain stands for every language that airside does not know.
	plain = &language{Language: lang.Plain}
)

// languageOf returns the language with an LSP identifier, or plain.
func languageOf(identifier string) *language {
	if l := languages[lang.Of(identifier)]; l != nil {
		return l
	}
	return plain
}
