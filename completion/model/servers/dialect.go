package servers

import (
	"bytes"
	"encoding/json"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

// dialect is how a server is spoken to: where prompts go and in what form, what
// may be asked for beside, and how answers read.
type dialect struct {
	name string // in logs
	path string // where prompts go

	// tokenize makes the body of POST /tokenize, with the begin of sequence if begin
	// and with control tokens read in the text if parse. It is nil for a server that
	// encodes prompts itself.
	tokenize func(model, text string, begin, parse bool) any
	// parses: /tokenize reads control tokens whether or not that is asked.
	parses bool
	// detokenizes: /detokenize shows how a token is spelled.
	detokenizes bool
	// suffix: the server takes prompt and suffix apart and lays them out itself.
	suffix bool

	// request makes the body of a generation.
	request func(*session, layout, model.Request) any
	// record reads one record of the answer.
	record func(*httpapi.Lines, []byte) (event, error)
	// chat changes the fields of a chat's request, where langchaingo's client cannot
	// say what the server understands.
	chat func(*session, map[string]json.RawMessage)

	demands bool // the answer can be held to a beginning
	likely  bool // records tell how likely tokens were
	scores  bool // it names the likeliest next tokens by their ids
	reads   bool // records tell how far the prompt has been read
}

// layout is a prompt as it is handed over: as token ids, as prompt and suffix, or
// as one text.
type layout struct {
	ids          []int
	text, suffix string
}

// event is one record of an answer.
type event struct {
	text    string
	ids     []int         // of the tokens, where the server tells them
	count   int           // tokens, as far as is known
	likely  []model.Token // without their End
	reading *reading
	counts  *counts
	reason  string // why the answer ended, "" while it goes on
	last    bool   // nothing comes behind it
	failed  error  // what the server says of an error
}

// reading is how far a prompt has been read, in tokens.
type reading struct{ cached, read, of int }

// counts are what the server counted in the end, in tokens.
type counts struct {
	prompt    int // 0 where it does not tell
	cached    int
	generated int
}

// dataOf returns the data of a server-sent event. Comments (pings) are none.
func dataOf(line []byte) ([]byte, bool) {
	if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
		return bytes.TrimSpace(data), true
	}
	if data, ok := bytes.CutPrefix(line, []byte("error:")); ok {
		// Older llama-servers put the error's object here without a name.
		return append(append([]byte(`{"error":`), data...), '}'), true
	}
	return line, bytes.HasPrefix(line, []byte("{"))
}
