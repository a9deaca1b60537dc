package journal

import "testing"

// FuzzOperation: an operation's file, whatever is in it, is read as far as it is one,
// and a step that is done is one of those that there are.
func FuzzOperation(f *testing.F) {
	f.Add([]byte(`{"begin":{"id":"1","kind":"sync","branch":"main"}}` + "\n" + `{"step":{"n":1,"kind":"ref","name":"refs/heads/main"}}` + "\n" + `{"done":1}` + "\n" + `{"end":{"state":"done"}}` + "\n"))
	f.Add([]byte(`{"begin":null}` + "\n" + `{"done":-1}` + "\n{"))
	f.Fuzz(func(t *testing.T, data []byte) {
		op := parse(data)
		if op == nil {
			return
		}
		for i, s := range op.Steps {
			if i >= len(data) {
				t.Fatalf("%d steps in %d bytes: %+v", len(op.Steps), len(data), s)
			}
		}
	})
}
