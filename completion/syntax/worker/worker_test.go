package worker

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain serves, when it is started to: see serve.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		Confine()
		serve(bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout))
		return
	}
	os.Exit(m.Run())
}

// serve answers each message by what it asks for.
func serve(in *bufio.Reader, out *bufio.Writer) {
	for {
		m, err := Read(in)
		if err != nil {
			return
		}
		switch q := string(m); q {
		case "die":
			panic("as asked")
		case "environment":
			m = fmt.Append(nil, os.Environ())
		case "open":
			_, err := os.Open("/etc/passwd")
			m = fmt.Append(nil, err != nil)
		case "babble":
			os.Stdout.WriteString("\xff\xff\xff\xff\xff\xff\xff\xff\x01")
		}
		if Write(out, m) != nil || out.Flush() != nil {
			return
		}
	}
}

// start starts this test as a worker; what it says comes on the channel, which
// is closed when it is gone.
func start(t *testing.T) (*Process, chan string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 10)
	w, err := Start(Program{exe, []string{"worker"}}, func(m []byte) { said <- string(m) }, func(*Process) { close(said) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Kill)
	return w, said
}

func TestMessages(t *testing.T) {
	w, said := start(t)
	long := strings.Repeat("long ", 1<<20)
	for _, m := range []string{"hello", "", long} {
		w.Send([]byte(m))
		if got, ok := <-said; !ok {
			t.Fatalf("it is gone: %s", w.Ended())
		} else if got != m {
			t.Fatalf("sent %d bytes, %d came back", len(m), len(got))
		}
	}
	w.Kill()
	if m, ok := <-said; ok {
		t.Errorf("it said %q", m)
	}
	w.Send([]byte("nobody"))
	w.Kill()
}

func TestConfined(t *testing.T) {
	t.Setenv("SECRET", "x")
	w, said := start(t)
	w.Send([]byte("environment"))
	if got := <-said; strings.Contains(got, "SECRET") {
		t.Errorf("its environment is %s", got)
	}
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("no limits here")
	}
	w.Send([]byte("open"))
	if got := <-said; got != "true" {
		t.Errorf("opening a file failed: %s", got)
	}
}

// TestDeath: whoever started it is told, with what it said last.
func TestDeath(t *testing.T) {
	w, said := start(t)
	w.Send([]byte("die"))
	if m, ok := <-said; ok {
		t.Errorf("it said %q", m)
	}
	if how := w.Ended(); !strings.Contains(how, "as asked") || !strings.Contains(how, "exit status 2") {
		t.Errorf("how it ended: %s", how)
	}
}

// TestBabble: one that does not keep to the protocol is killed.
func TestBabble(t *testing.T) {
	w, said := start(t)
	w.Send([]byte("babble"))
	if m, ok := <-said; ok {
		t.Errorf("it said %q", m)
	}
	if how := w.Ended(); !strings.Contains(how, "longer than") {
		t.Errorf("how it ended: %s", how)
	}
}

func TestNoProgram(t *testing.T) {
	if _, err := Start(Program{Path: filepath.Join(t.TempDir(), "none")}, nil, nil); err == nil {
		t.Error("started what is not there")
	}
}

// FuzzRead reads whatever there is, and what was written.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x05hello\x00\x01x"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Add([]byte("\x80\x80\x80\x10"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bufio.NewReader(bytes.NewReader(data))
		for {
			if _, err := Read(r); err != nil {
				break
			}
		}
		var b bytes.Buffer
		w := bufio.NewWriter(&b)
		Write(w, data)
		w.Flush()
		got, err := Read(bufio.NewReader(&b))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("wrote %q, read %q, %v", data, got, err)
		}
		if _, err := Read(bufio.NewReader(&b)); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	})
}
