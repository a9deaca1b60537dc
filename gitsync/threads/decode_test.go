package threads

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// sealed is a line with content under its right ID.
func sealed(content string) string {
	return idStart + contentID([]byte(content)) + `",` + content[1:]
}

const goodComment = `{"v":1,"actor":"00000000000000aa","author":{"name":"a","email":"a@b"},"lamport":1,"time":"2026-11-25T12:00:00Z","type":"comment","body":"b","anchor":{"blob":"0123456789012345678901234567890123456789","path":"f","range":{"start":1,"end":1},"quote":"q","contextHash":""}}`

func with(old, new string) string {
	if !strings.Contains(goodComment, old) {
		panic(old)
	}
	return sealed(strings.Replace(goodComment, old, new, 1))
}

// TestDecode is what hostile refs may hold.
func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"good", sealed(goodComment), ""},
		{"fields of tomorrow are kept", with(`"body"`, `"mood":"fine","body"`), ""},
		{"empty", ``, "begin with its ID"},
		{"no object", `[1]`, "begin with its ID"},
		{"prose", `I think that this is wrong`, "begin with its ID"},
		{"half", sealed(goodComment)[:200], "not that of its content"},
		{"bad JSON", sealed(`{"v":1,"actor":}`), "not JSON"},
		{"deep JSON", sealed(`{"v":1,"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}`), "not JSON"},
		{"another ID", strings.Replace(sealed(goodComment), `{"id":"`, `{"id":"0`, 1), "begin with its ID"},
		{"changed content", strings.Replace(sealed(goodComment), `"body":"b"`, `"body":"c"`, 1), "not that of its content"},
		{"unknown type", with(`"comment"`, `"vote"`), "not known"},
		{"next version", with(`"v":1`, `"v":2`), "not known"},
		{"no version", with(`"v":1`, `"v":0`), "no version"},
		{"another's clock", with(`"lamport":1`, `"lamport":0`), "its clock"},
		{"clock beyond integers", with(`"lamport":1`, `"lamport":9007199254740992`), "its clock"},
		{"clock that is none", with(`"lamport":1`, `"lamport":-1`), "not JSON"},
		{"no time", with(`2026-11-25T12:00:00Z`, `yesterday`), "not JSON"},
		{"before time", with(`2026-11-25`, `0001-01-01`), "out of all bounds"},
		{"actor", with(`00000000000000aa`, `../../../heads/m`), "actor is none"},
		{"enormous body", with(`"body":"b"`, `"body":"`+strings.Repeat("x", MaxBody+1)+`"`), "65537 bytes"},
		{"enormous line", with(`"body":"b"`, `"body":"`+strings.Repeat("x", MaxLine)+`"`), "are the most"},
		{"enormous address", with(`"email":"a@b"`, `"email":"`+strings.Repeat("x", 1000)+`"`), "name is too long"},
		{"enormous model", with(`"body":"b"`, `"source":{"model":"`+strings.Repeat("x", 1000)+`"},"body":"b"`), "source's name is too long"},
		{"enormous prompt", with(`"body":"b"`, `"source":{"model":"m","promptHash":"`+strings.Repeat("x", 1000)+`"},"body":"b"`), "source's name is too long"},
		{"enormous quote", with(`"quote":"q"`, `"quote":"`+strings.Repeat("x", maxQuote+1)+`"`), "4097 bytes"},
		{"enormous context", with(`"contextHash":""`, `"contextHash":"`+strings.Repeat("a", idLength+1)+`"`), "context is no hash"},
		{"enormous path", with(`"path":"f"`, `"path":"`+strings.Repeat("x", maxPath+1)+`"`), "path is too long"},
		{"lines beyond all files", with(`"end":1`, `"end":1073741825`), "lines are none"},
		{"enormous name", with(`"name":"a"`, `"name":"`+strings.Repeat("x", 1000)+`"`), "name is too long"},
		{"no anchor", sealed(goodComment[:strings.Index(goodComment, `,"anchor"`)] + "}"), "names no place"},
		{"path out of the repository", with(`"path":"f"`, `"path":"../f"`), "no file has"},
		{"absolute path", with(`"path":"f"`, `"path":"/etc/passwd"`), "no file has"},
		{"path into .git", with(`"path":"f"`, `"path":"a/.git/config"`), "no file has"},
		{"path with an escape", with(`"path":"f"`, `"path":"a\u001b[2Jb"`), "no file has"},
		{"no lines", with(`"start":1`, `"start":2`), "lines are none"},
		{"reply to nothing", with(`"comment"`, `"reply"`), "names no thread"},
		{"edit of nothing", sealed(`{"v":1,"actor":"00000000000000aa","lamport":1,"time":"2026-11-25T12:00:00Z","type":"edit","review":"` + strings.Repeat("a", 64) + `","body":"b"}`), "names no comment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, err := Decode([]byte(c.line))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err == nil && (o.ID != contentID([]byte("{"+c.line[len(idStart)+idLength+2:])) || o.Body != "b") {
				t.Errorf("%+v", o)
			}
			if strings.Contains(c.want, "not known") && !errors.Is(err, ErrUnknown) {
				t.Errorf("%v is not ErrUnknown", err)
			}
		})
	}
}

func TestSegment(t *testing.T) {
	var skipped skips
	data := sealed(goodComment) + "\n\nnonsense\nnonsense\n" + with(`"v":1`, `"v":9`) + "\r\n" + with("00000000000000aa", "00000000000000bb")
	ops := decodeSegment("00000000000000aa", []byte(data), &skipped)
	got := fmt.Sprint(len(ops), skipped.sorted())
	for _, want := range []string{"1 [", "{00000000000000aa an operation was skipped: it does not begin with its ID 2}", "not known to this version", "another actor's"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

// FuzzDecode: whatever comes, Decode ends, and what it takes encodes to an
// operation of the same meaning.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(sealed(goodComment)), false)
	f.Add([]byte(goodComment), true)
	f.Add([]byte(`{"v":1,"type":"reply"}`), true)
	f.Add([]byte(`{"v":2}`), true)
	f.Add([]byte(`{"`), false)
	f.Fuzz(func(t *testing.T, line []byte, seal bool) {
		if seal && len(line) > 0 && !bytes.Contains(line, []byte("\n")) {
			line = []byte(sealed(string(line)))
		}
		o, err := Decode(line)
		if err != nil {
			return
		}
		Fold([]Operation{o, o})
		again, err := o.Encode()
		if err != nil {
			return // it had come in a shorter spelling
		}
		if _, err := Decode(again[:len(again)-1]); err != nil {
			t.Errorf("%q encodes to %q: %v", line, again, err)
		}
	})
}
