package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"go.lsp.dev/jsonrpc2"
)

// ends is a connection made of an input and an output.
type ends struct {
	io.Reader
	io.Writer
	closed chan struct{}
}

func newEnds(in io.Reader, out io.Writer) ends { return ends{in, out, make(chan struct{})} }

func (e ends) Close() error {
	select {
	case <-e.closed:
	default:
		close(e.closed)
	}
	return nil
}

func framed(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

// readAll returns the bodies a stream hands on, and what it wrote.
func readAll(t testing.TB, in io.Reader, opts Options) (bodies []string, written string, err error) {
	t.Helper()
	var out bytes.Buffer
	s := NewStream(newEnds(in, &out), opts)
	for {
		body, n, err := s.ReadFrame(context.Background())
		if err != nil {
			s.Close()
			return bodies, out.String(), err
		}
		if n < int64(len(body)) {
			t.Errorf("a frame of %d bytes with a body of %d", n, len(body))
		}
		bodies = append(bodies, string(body))
	}
}

const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`

func TestReadFrame(t *testing.T) {
	in := framed(ping) + "\r\n" + framed(`{"jsonrpc":"2.0","method":"note","params":{}}`) + framed(" [1] ")
	for name, reader := range map[string]io.Reader{
		"whole":       strings.NewReader(in),
		"byte by one": iotest.OneByteReader(strings.NewReader(in)),
	} {
		bodies, written, err := readAll(t, reader, Options{})
		if err != io.EOF || len(bodies) != 3 || bodies[0] != ping || written != "" {
			t.Errorf("%s: %q, written %q, %v", name, bodies, written, err)
		}
	}
}

// TestTwoLengths: of a header that says two lengths neither is believed, and the
// messages behind it are all read.
func TestTwoLengths(t *testing.T) {
	body := `{"jsonrpc":"2.0","id":1,"method":"one"}`
	for _, length := range []int{0, 5, 100, 400} {
		in := fmt.Sprintf("Content-Length: %d\r\nContent-Length: %d\r\n\r\n%s", len(body), length, body) + framed(ping) + framed(ping) + framed(ping)
		bodies, written, err := readAll(t, strings.NewReader(in), Options{})
		if err != io.EOF || len(bodies) != 3 || strings.Count(written, "-32700") != 1 {
			t.Errorf("%d: %q, written %q, %v", length, bodies, written, err)
		}
	}
	in := "Content-Length: 40\r\nContent-Length: 40\r\n\r\n" + ping
	if bodies, _, err := readAll(t, strings.NewReader(in), Options{}); err != io.EOF || len(bodies) != 1 {
		t.Errorf("the same twice: %q, %v", bodies, err)
	}
}

func TestReadFrameEnds(t *testing.T) {
	for in, want := range map[string]error{
		"":                                    io.EOF,
		framed(ping):                          io.EOF,
		"\r\n":                                io.EOF,
		"Content-Length: 5":                   io.ErrUnexpectedEOF,
		"Content-Length: 5\r\n":               io.ErrUnexpectedEOF,
		"Content-Length: 5\r\n\r\n":           io.ErrUnexpectedEOF,
		"Content-Length: 5\r\n\r\n{}":         io.ErrUnexpectedEOF,
		"Content-Length: 500000000\r\n\r\n{}": io.ErrUnexpectedEOF,
		"garbage\r\n":                         io.EOF,
		"garbage\r\nContent-Length":           io.EOF,
		"garbage\r\nContent-Length: 1":        io.ErrUnexpectedEOF,
	} {
		if _, _, err := readAll(t, strings.NewReader(in), Options{}); err != want {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}

// over repeats a text for ever.
type over string

func (o over) Read(p []byte) (n int, err error) {
	for n+len(o) <= len(p) {
		n += copy(p[n:], o)
	}
	return n, nil
}

// TestNoMessage: an input without end in which nothing is a message is given up.
func TestNoMessage(t *testing.T) {
	for _, in := range []string{"\x00", "\n", "A: b\n", "Content-Length: x\n", "{}\r\n\r\n"} {
		bodies, written, err := readAll(t, io.MultiReader(strings.NewReader(framed(ping)), over(in)), Options{MaxBody: 1 << 20})
		if err != ErrNoMessage || len(bodies) != 1 || len(written) > 1000 {
			t.Errorf("%q: %q, written %.100q, %v", in, bodies, written, err)
		}
	}
}

// TestAnnouncedBodyIsNotAllocated: a header alone must not cost memory.
func TestAnnouncedBodyIsNotAllocated(t *testing.T) {
	allocated := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			readAll(b, strings.NewReader("Content-Length: 100000000\r\n\r\n{}"), Options{})
		}
	}).AllocedBytesPerOp()
	if allocated > 4<<20 {
		t.Errorf("%d bytes for a body that does not come", allocated)
	}
}

func TestOversizedIsSkippedWithoutBuffering(t *testing.T) {
	const size = 300 << 20
	in := io.MultiReader(
		strings.NewReader(fmt.Sprintf("Content-Length: %d\r\n\r\n", size)),
		io.LimitReader(zeros{}, size),
		strings.NewReader(framed(ping)))
	var dropped [][]byte
	allocated := allocatedBy(func() {
		bodies, written, err := readAll(t, in, Options{Dropped: func(p []byte) { dropped = append(dropped, p) }})
		if err != io.EOF || len(bodies) != 1 || !strings.Contains(written, "-32600") {
			t.Errorf("%q, written %q, %v", bodies, written, err)
		}
	})
	if len(dropped) != 1 || len(dropped[0]) != prefixLen {
		t.Errorf("Dropped was called with %d prefixes", len(dropped))
	}
	if allocated > 4<<20 {
		t.Errorf("%d bytes to skip %d", allocated, size)
	}
}

func allocatedBy(f func()) int64 {
	return testing.Benchmark(func(b *testing.B) {
		if b.N == 1 {
			f()
		}
	}).AllocedBytesPerOp()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestOversizedID(t *testing.T) {
	for prefix, want := range map[string]string{
		`{"jsonrpc":"2.0","id":7,"method":"x","params":{`: "7",
		`{"params":{"a":1},"id":"s"`:                      `"s"`,
		`{"params":{"id":3,"a":[`:                         "null",
		`{"id":1.5,`:                                      "1.5",
		`{"id":12`:                                        "null", // perhaps there is more of it
		`xx`:                                              "null",
	} {
		v := oversized([]byte(prefix), 10, 5)
		if got := string(errorBody(v)); !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":`+want+`,`) {
			t.Errorf("%s: %s", prefix, got)
		}
	}
}

func TestReadRefusesBatches(t *testing.T) {
	var out bytes.Buffer
	s := NewStream(newEnds(strings.NewReader(framed("[]")+framed(ping)), &out), Options{})
	msg, _, err := s.Read(context.Background())
	if call, ok := msg.(*jsonrpc2.Call); err != nil || !ok || call.Method() != "ping" {
		t.Errorf("%v, %v", msg, err)
	}
	s.Close()
	if !strings.Contains(out.String(), "-32600") {
		t.Errorf("written %q", out.String())
	}
}

func TestStop(t *testing.T) {
	s := NewStream(newEnds(strings.NewReader(framed(ping)), io.Discard), Options{})
	s.Stop()
	if _, _, err := s.ReadFrame(context.Background()); err != io.EOF {
		t.Errorf("after Stop: %v", err)
	}
	s.Close()
}

func TestWriteAndClose(t *testing.T) {
	var out bytes.Buffer
	s := NewStream(newEnds(strings.NewReader(""), &out), Options{})
	for i := range 100 {
		if _, err := s.Write(context.Background(), jsonrpc2.NewNotification("note", fmt.Appendf(nil, "[%d]", i))); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if n := strings.Count(out.String(), "Content-Length: "); n != 100 {
		t.Errorf("%d frames of 100", n)
	}
	if !strings.HasSuffix(out.String(), `"params":[99]}`) {
		t.Errorf("it ends in %q", out.String()[out.Len()-40:])
	}
	if _, err := s.WriteFrame(context.Background(), nil); err == nil {
		t.Error("a write after Close")
	}
}

// TestUnreadClient: a client that never reads costs bounded memory and then the
// connection, and closing does not wait for it for long.
func TestUnreadClient(t *testing.T) {
	_, never := io.Pipe()
	conn := newEnds(strings.NewReader(""), never)
	s := NewStream(conn, Options{})
	body := bytes.Repeat([]byte("x"), 10<<20)
	var err error
	for range 20 {
		if _, err = s.WriteFrame(context.Background(), body); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrUnread) {
		t.Errorf("after 200 MB unread: %v", err)
	}
	select {
	case <-conn.closed:
	default:
		t.Error("the connection is still open")
	}
	s.Close() // returns, though nobody reads
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenWriterClosesTheConnection(t *testing.T) {
	conn := newEnds(strings.NewReader(""), brokenWriter{})
	s := NewStream(conn, Options{})
	s.WriteFrame(context.Background(), []byte("{}"))
	<-conn.closed
	s.Close()
	if _, err := s.WriteFrame(context.Background(), nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write on a broken connection: %v", err)
	}
}

func TestDrain(t *testing.T) {
	s := NewStream(newEnds(strings.NewReader(framed(ping)), io.Discard), Options{})
	defer s.Close()
	if _, _, err := s.ReadFrame(context.Background()); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		s.Drain(time.Hour)
		close(drained)
	}()
	s.Write(context.Background(), jsonrpc2.NewNotification("note", nil)) // no answer
	s.Write(context.Background(), jsonrpc2.NewResponse(jsonrpc2.NewNumberID(1), nil, nil))
	<-drained
	s.Drain(time.Hour) // nothing is owed any more
}

// FuzzReadFrame: whatever comes, a good frame behind it is found unless the
// garbage itself announced a body that swallows it.
// saysLength finds what may be a header that is meant.
var saysLength = regexp.MustCompile(`(?i)content-length[ \t]*:`)

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte(framed(ping)))
	f.Add([]byte("Content-Length: abc\r\n\r\n{}"))
	f.Add([]byte("Content-Type: x\r\n\r\n"))
	f.Add([]byte("xContent-Length: y\nContent-Length: 1 Content-Length: z"))
	f.Add([]byte("Content-Length: 3\r\n\r\n[[[Content-Length: 2\r\n\r\n{}"))
	f.Add([]byte("\xff\x00Content-content-length: -1\n\n\r\r"))
	f.Add([]byte(framed(`{"jsonrpc":"2.0","id":1.5,"method":"x","params":"\ud800"}`)))
	f.Add([]byte("Content-Length: 99999999\r\n\r\n"))
	f.Add([]byte("Content-Length\r:99"))
	f.Add([]byte("\n\x00Content\rLength:9"))
	f.Fuzz(func(t *testing.T, garbage []byte) {
		bodies, _, err := readAll(t, bytes.NewReader(garbage), Options{MaxBody: 1000})
		if err != io.EOF && err != io.ErrUnexpectedEOF {
			t.Fatalf("error %v", err)
		}
		for _, body := range bodies {
			if strings.HasPrefix(strings.TrimSpace(body), "[") {
				continue
			}
			if _, err := jsonrpc2.DecodeMessage([]byte(body)); err != nil {
				t.Fatalf("%q was handed on: %v", body, err)
			}
		}
		if saysLength.Match(garbage) {
			return
		}
		bodies, _, err = readAll(t, strings.NewReader(string(garbage)+framed(ping)), Options{})
		if err != io.EOF || len(bodies) != 1 || bodies[0] != ping {
			t.Fatalf("behind %q: %q, %v", garbage, bodies, err)
		}
	})
}

// FuzzInspect: what is let through is JSON that the connection can take.
func FuzzInspect(f *testing.F) {
	for _, body := range []string{ping, "[]", "[1,{}]", `{"jsonrpc":"2.0","id":null,"result":1}`, `{"jsonrpc":"2.0","error":{"code":1,"message":"\q"}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v := inspect(body)
		if !v.accepted {
			if v.message == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		if strings.HasPrefix(strings.TrimSpace(string(body)), "[") {
			if _, err := jsonrpc2.ParseRequests(body); err != nil {
				t.Fatalf("%q: %v", body, err)
			}
		} else if _, err := jsonrpc2.DecodeMessage(body); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
	})
}

func BenchmarkInspectKeystroke(b *testing.B) {
	body := []byte(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///home/someone/project/main.go","version":1234},"contentChanges":[{"range":{"start":{"line":120,"character":14},"end":{"line":120,"character":14}},"rangeLength":0,"text":"x"}]}}`)
	b.ReportAllocs()
	for b.Loop() {
		inspect(body)
	}
}

func BenchmarkInspect10MB(b *testing.B) {
	text := strings.Repeat(`\tif err := work(); err != nil {\n`, 10<<20/33)
	body := []byte(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a.go","languageId":"go","version":1,"text":"` + text + `"}}}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		inspect(body)
	}
}
