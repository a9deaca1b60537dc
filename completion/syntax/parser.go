package syntax

import (
	"context"
	"errors"
	"sync"
	"time"

	sitter "github.com/smacker/go-tree-sitter"
)

// errTooSlow says that a parse was given up at its time limit.
var errTooSlow = errors.New("syntax: parsing takes too long")

// parsers keeps idle parsers, which are costly to make and serve one parse at
// a time.
type parsers struct {
	mu     sync.Mutex
	idle   map[*language][]*sitter.Parser
	closed bool
}

// maxIdle bounds the idle parsers of one language.
const maxIdle = 2

func (p *parsers) take(l *language) *sitter.Parser {
	p.mu.Lock()
	defer p.mu.Unlock()
	if list := p.idle[l]; len(list) > 0 {
		p.idle[l] = list[:len(list)-1]
		return list[len(list)-1]
	}
	parser := sitter.NewParser()
	parser.SetLanguage(l.Grammar())
	return parser
}

func (p *parsers) give(l *language, parser *sitter.Parser) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.idle[l]) >= maxIdle {
		parser.Close()
		return
	}
	if p.idle == nil {
		p.idle = map[*language][]*sitter.Parser{}
	}
	p.idle[l] = append(p.idle[l], parser)
}

func (p *parsers) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, list := range p.idle {
		for _, parser := range list {
			parser.Close()
		}
	}
	p.idle = nil
}

// parse parses text within limit, from base if there is one, which must have
// been edited to match text. It leaves base as it is.
//
// The time is bounded by the parser's operation limit and never by a context:
// the binding's watch of a context that can be cancelled leaves parsers behind
// that fail for good.
func (p *parsers) parse(l *language, text string, base *tree, limit time.Duration) (*tree, error) {
	parser := p.take(l)
	defer p.give(l, parser)
	var old *sitter.Tree
	if base != nil {
		old = base.Tree
	}
	parser.SetOperationLimit(int(limit.Microseconds()))
	parsed, err := parser.ParseInputCtx(context.Background(), old, sitter.Input{Read: reader(text), Encoding: sitter.InputEncodingUTF8})
	if err != nil {
		// Without this the next parse would go on with this one.
		parser.Reset()
		return nil, errTooSlow
	}
	return newTree(parsed, l, text), nil
}

// reader hands text to the parser by the piece. A reparse asks for few pieces,
// where the parser's other entry copies the whole text twice.
func reader(text string) sitter.ReadFunc {
	const piece = 8 << 10
	return func(offset uint32, _ sitter.Point) []byte {
		if int64(offset) >= int64(len(text)) {
			return nil
		}
		rest := text[offset:]
		return []byte(rest[:min(len(rest), piece)])
	}
}
