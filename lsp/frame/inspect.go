package frame

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"go.lsp.dev/jsonrpc2"
)

// verdict is what becomes of one body.
type verdict struct {
	accepted bool
	call     bool // an accepted single message that is owed a response

	// The error it is answered with when not accepted. Code 0: none, because
	// it is a notification or a response, which are never answered.
	code    jsonrpc2.Code
	message string
	id      []byte // raw JSON; nil when it is unknown, which is told as null
}

func refuse(code jsonrpc2.Code, id []byte, message string) verdict {
	return verdict{code: code, id: id, message: message}
}

// ignore drops a body without an answer.
func ignore(message string) verdict { return verdict{message: message} }

// envelope is the outside of a JSON-RPC message: what kinds of values its
// members have. Kinds are those of jsontext, 0 for a member that is not there.
type envelope struct {
	version                       string
	id                            []byte // raw, nil when absent
	method, params, result, error jsontext.Kind
}

// inspect judges a body by the JSON-RPC 2.0 and LSP base protocol
// specifications.
func inspect(body []byte) verdict {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	switch dec.PeekKind() {
	case '{':
		var e envelope
		if err := e.read(dec); err != nil {
			return notJSON(err)
		}
		if err := atEnd(dec); err != nil {
			return notJSON(err)
		}
		return e.judge(body)
	case '[':
		// The connection answers each member of a batch.
		if err := dec.SkipValue(); err != nil {
			return notJSON(err)
		}
		if err := atEnd(dec); err != nil {
			return notJSON(err)
		}
		return verdict{accepted: true}
	default:
		if err := dec.SkipValue(); err != nil {
			return notJSON(err)
		}
		return refuse(jsonrpc2.InvalidRequest, nil, "a message is an object")
	}
}

func notJSON(err error) verdict {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return refuse(jsonrpc2.ParseError, nil, fmt.Sprintf("not JSON: %.200v", err))
}

func atEnd(dec *jsontext.Decoder) error {
	_, err := dec.ReadToken()
	if err == io.EOF {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("something follows the message")
	}
	return err
}

// read takes in the members of the object that comes next; of those that
// appear twice, the last one counts.
func (e *envelope) read(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := e.member(name.String(), dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (e *envelope) member(name string, dec *jsontext.Decoder) error {
	kind := dec.PeekKind()
	switch name {
	case "jsonrpc":
		value, err := dec.ReadValue()
		e.version = string(value)
		return err
	case "id":
		value, err := dec.ReadValue()
		e.id = bytes.Clone(value)
		return err
	case "method":
		e.method = kind
	case "params":
		e.params = kind
	case "result":
		e.result = kind
	case "error":
		e.error = kind
	}
	return dec.SkipValue()
}

func (e *envelope) judge(body []byte) verdict {
	if e.method == 0 && (e.result != 0 || e.error != 0) {
		return e.judgeResponse(body)
	}
	hasID := e.id != nil && string(e.id) != "null"
	id := e.answerID()
	switch {
	case e.version != `"2.0"`:
		return refuse(jsonrpc2.InvalidRequest, id, `jsonrpc is not "2.0"`)
	case e.method == 0:
		return refuse(jsonrpc2.InvalidRequest, id, "neither a method nor a result")
	case e.method != '"':
		return refuse(jsonrpc2.InvalidRequest, id, "the method is not a string")
	case e.result != 0 || e.error != 0:
		return refuse(jsonrpc2.InvalidRequest, id, "a method and a result in one message")
	case hasID && !isRequestID(e.id):
		return refuse(jsonrpc2.InvalidRequest, id, "the id is neither an integer nor a string")
	case e.params != 0 && e.params != '{' && e.params != '[' && e.params != 'n':
		if !hasID {
			return ignore("a notification whose params are neither object nor array")
		}
		return refuse(jsonrpc2.InvalidParams, id, "params are neither object nor array")
	}
	if _, err := jsonrpc2.DecodeMessage(body); err != nil {
		return refuse(jsonrpc2.InvalidRequest, id, err.Error())
	}
	return verdict{accepted: true, call: hasID}
}

// judgeResponse lets through what the connection can decode: it would close
// over anything else.
func (e *envelope) judgeResponse(body []byte) verdict {
	if _, err := jsonrpc2.DecodeMessage(body); err != nil {
		return ignore("a response that is not one: " + err.Error())
	}
	return verdict{accepted: true}
}

// answerID is the id under which an error can be told: that of the message if
// it is a string or any number, fractions too.
func (e *envelope) answerID() []byte {
	if len(e.id) == 0 {
		return nil
	}
	switch kind := jsontext.Value(e.id).Kind(); kind {
	case '"', '0':
		return e.id
	default:
		return nil
	}
}

// isRequestID reports whether a raw id is one by LSP: a string or an integer.
func isRequestID(id []byte) bool {
	if id[0] == '"' {
		return true
	}
	_, err := strconv.ParseInt(string(id), 10, 64)
	return err == nil
}

// oversized answers a body of n bytes of which only the prefix was read. Its
// id is known if it stands there.
func oversized(prefix []byte, n, limit int64) verdict {
	dec := jsontext.NewDecoder(io.MultiReader(bytes.NewReader(prefix), moreInput{}),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var e envelope
	if dec.PeekKind() == '{' {
		_ = e.read(dec) // it ends where the prefix does
	}
	return refuse(jsonrpc2.InvalidRequest, e.answerID(),
		fmt.Sprintf("message of %d bytes, the limit is %d", n, limit))
}

// moreInput ends a prefix other than with the end of input: a number at its end may
// go on.
type moreInput struct{}

func (moreInput) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// errorBody is the response that tells a verdict.
func errorBody(v verdict) []byte {
	id := v.id
	if id == nil {
		id = []byte("null")
	}
	message, err := json.Marshal(v.message)
	if err != nil {
		message = []byte(`"invalid message"`)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, v.code, message)
}
