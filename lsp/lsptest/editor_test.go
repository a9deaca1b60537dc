package lsptest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// failures collects what an editor complains of, in the place of a test.
type failures struct {
	testing.TB
	mu   sync.Mutex
	list []string
}

func (f *failures) Helper() {}

func (f *failures) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, fmt.Sprintf(format, args...))
}

// TestEditorCatchesBreaches plays a server that breaks the specification.
func TestEditorCatchesBreaches(t *testing.T) {
	for name, test := range map[string]struct{ reply, complaint string }{
		"empty list":      {`{"jsonrpc":"2.0","id":1,"result":{"items":[]}}`, "should be null"},
		"two lines":       {`{"jsonrpc":"2.0","id":1,"result":{"items":[{"insertText":"x","range":{"start":{"line":0,"character":0},"end":{"line":1,"character":0}},"command":{"title":"t","command":"c"}}]}}`, "not in the line"},
		"not the cursor":  {`{"jsonrpc":"2.0","id":1,"result":{"items":[{"insertText":"x","range":{"start":{"line":0,"character":0},"end":{"line":0,"character":1}},"command":{"title":"t","command":"c"}}]}}`, "does not hold"},
		"no such place":   {`{"jsonrpc":"2.0","id":1,"result":[{"insertText":"x","range":{"start":{"line":0,"character":2},"end":{"line":0,"character":9}}}]}`, "not in the document"},
		"no result":       {`{"jsonrpc":"2.0","id":1}`, "needs a result or an error"},
		"another id":      {`{"jsonrpc":"2.0","id":7,"result":null}`, "response to no request"},
		"too early":       {`{"jsonrpc":"2.0","method":"window/showMessage","params":{}}`, "before the response to initialize"},
		"unwanted status": {`{"jsonrpc":"2.0","method":"airside/status","params":{}}`, "does not want it"},
		"no message":      {`[]x`, "not a message"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := Pipe()
			f := &failures{TB: t}
			e := Start(f, client, Options{})
			go e.Open("file:///a", "go", "ab\nc")
			if _, err := server.Read(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			go e.InlineCompletion("file:///a", 2, false, nil)
			if _, err := server.Read(make([]byte, 1000)); err != nil {
				t.Fatal(err)
			}
			if _, err := server.Write(Frame([]byte(test.reply))); err != nil {
				t.Fatal(err)
			}
			server.Close()
			e.Close()
			if all := strings.Join(f.list, "\n"); !strings.Contains(all, test.complaint) {
				t.Errorf("complaints: %q, want %q", all, test.complaint)
			}
		})
	}
}
