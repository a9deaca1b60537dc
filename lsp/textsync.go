package lsp

import (
	"bytes"
	"errors"
	"strings"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/marks"
	"github.com/airside-ls/airside/lsp/text"
)

var errNoURI = errors.New("textDocument.uri is missing")

// didOpen is textDocument/didOpen. A document that is open already is replaced.
func (s *Server) didOpen(params *protocol.DidOpenTextDocumentParams) error {
	item := &params.TextDocument
	if item.URI == "" {
		return errNoURI
	}
	u := canonical(item.URI)
	if old := s.documents.get(u); old != nil {
		s.log.Warn("didOpen for an open document", "uri", u)
		s.close(old)
	}
	content := valid(item.Text)
	s.changed(&document{
		uri:      u,
		spelling: string(item.URI),
		path:     pathOf(u),
		language: string(item.LanguageID),
		version:  item.Version,
		text:     text.New(content, s.documents.encoding),
		line:     new(lineage),
		nuls:     countNULs(content),
	}, nil)
	return nil
}

// didClose is textDocument/didClose.
func (s *Server) didClose(params *protocol.DidCloseTextDocumentParams) error {
	d := s.documents.get(params.TextDocument.URI)
	if d == nil {
		return errors.New("didClose for a document that is not open")
	}
	s.close(d)
	return nil
}

func (s *Server) close(d *document) {
	s.documents.remove(d.uri)
	s.notesReread(d.uri)
	s.replyClosed(d.path)
	if d.known {
		s.engine.DidClose(d.path)
	}
}

// didChange is textDocument/didChange. A change that cannot be read leaves the
// text wrong, which is remembered until the text comes whole again.
func (s *Server) didChange(raw jsonrpc2.RawMessage) error {
	var params ext.DidChangeTextDocumentParams
	err := decode(raw, &params)
	if err == nil {
		err = checkChanges(params.ContentChanges)
	}
	if err != nil {
		s.changeLost(raw)
		return err
	}
	old := s.documents.get(params.TextDocument.URI)
	if old == nil {
		return errors.New("didChange for a document that is not open")
	}
	d, edits := s.apply(old, params.ContentChanges)
	d.version = s.nextVersion(old, params.TextDocument.Version)
	d.line = old.line.follow(asMarkEdits(old, d, edits))
	s.changed(d, edits)
	return nil
}

// nextVersion is the client's version if it has one that grows, as the engine
// relies on.
func (s *Server) nextVersion(old *document, version *int32) int32 {
	if version == nil {
		return old.version + 1
	}
	if *version <= old.version {
		s.log.Warn("version does not grow", "uri", old.uri, "from", old.version, "to", *version)
		return old.version + 1
	}
	return *version
}

func checkChanges(changes []ext.ContentChange) error {
	for _, change := range changes {
		if change.Text == nil {
			return invalidParams(errors.New("a change without text"))
		}
	}
	return nil
}

// apply is the document after the changes, each of which counts in the result
// of the one before. The edits are nil if the whole text was replaced.
func (s *Server) apply(old *document, changes []ext.ContentChange) (*document, []completion.Edit) {
	d := *old
	edits := make([]completion.Edit, 0, len(changes))
	for _, change := range changes {
		replacement := valid(*change.Text)
		if change.Range == nil {
			d.text = text.New(replacement, s.documents.encoding)
			d.nuls = countNULs(replacement)
			d.lost = false
			edits = nil
			continue
		}
		if !d.text.Contains(change.Range.Start) || !d.text.Contains(change.Range.End) {
			s.log.Warn("change outside the document", "uri", d.uri, "range", *change.Range, "lines", d.text.Lines())
		}
		start, end := d.text.RangeOffsets(*change.Range)
		d.nuls += countNULs(replacement)
		if d.nuls > 0 {
			d.nuls -= countNULs(d.text.Text()[start:end])
		}
		d.text = d.text.Replace(start, end, replacement)
		if edits != nil {
			edits = append(edits, completion.Edit{Start: start, End: end, New: replacement})
		}
	}
	return &d, edits
}

// asMarkEdits are edits of a document as marks follow them.
func asMarkEdits(old, d *document, edits []completion.Edit) []marks.Edit {
	if edits == nil {
		return []marks.Edit{marks.Difference(old.text.Text(), d.text.Text())}
	}
	list := make([]marks.Edit, len(edits))
	for i, e := range edits {
		list[i] = marks.Edit(e)
	}
	return list
}

// changed makes d the present version and tells the engine, unless there are no
// completions in it: then it need not spend time on it.
func (s *Server) changed(d *document, edits []completion.Edit) {
	known := d.known
	reason := d.withheld(s.documents.maxSize)
	d.known = reason == ""
	s.documents.put(d)
	s.notesChanged(d)
	switch {
	case d.known && known:
		s.engine.DidChange(d.plain(), edits)
	case d.known:
		s.engine.DidOpen(d.plain())
	case known:
		s.engine.DidClose(d.path)
		s.log.Info("no more completions in this document", "uri", d.uri, "why", reason)
	}
}

// changeLost marks the document of a didChange that could not be read.
func (s *Server) changeLost(raw jsonrpc2.RawMessage) {
	var params protocol.DidCloseTextDocumentParams // any params with a document
	if decode(raw, &params) != nil {
		return
	}
	if d := s.documents.get(params.TextDocument.URI); d != nil {
		s.markLost(d)
	}
}

// frameDropped hears of messages that never became one. If one was a change,
// the documents it names cannot be trusted.
func (s *Server) frameDropped(prefix []byte) {
	if !s.lifecycle.listening() || !bytes.Contains(prefix, []byte(protocol.MethodTextDocumentDidChange)) {
		return
	}
	for _, d := range s.documents.all() {
		if bytes.Contains(prefix, []byte(`"`+d.spelling+`"`)) {
			s.markLost(d)
		}
	}
}

func (s *Server) markLost(old *document) {
	if old.lost {
		return
	}
	d := *old
	d.lost = true
	s.changed(&d, nil)
	s.logMessage(protocol.MessageTypeWarning, "A change of "+d.spelling+" could not be read. There are no completions in it until it is closed and opened again.")
}

// valid is s as UTF-8, which JSON carries unless by mistake; bad bytes become
// the U+FFFD that the client should have sent.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// position finds the document and the byte offset a request speaks of. The
// document is nil if it is not open, which is no error: the client may have
// closed it a moment ago.
func (s *Server) position(p *protocol.TextDocumentPositionParams) (*document, int, error) {
	if p.TextDocument.URI == "" {
		return nil, 0, invalidParams(errNoURI)
	}
	d := s.documents.get(p.TextDocument.URI)
	if d == nil {
		s.decline(completion.Request{Document: completion.Document{Path: pathOf(p.TextDocument.URI)}, Line: int(p.Position.Line) + 1}, "the document is not open")
		return nil, 0, nil
	}
	return d, d.text.PositionOffset(p.Position), nil
}
