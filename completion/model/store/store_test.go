package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// content is a file of a megabyte and a bit that begins as a model's.
var content = append([]byte("GGUF"), bytes.Repeat([]byte("weights. "), 130_000)...)

func sumText(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

func newStore(t *testing.T) *Store { return &Store{Dir: filepath.Join(t.TempDir(), "a", "models")} }

// wanted is content, pinned.
func wanted() Wanted { return Wanted{Name: "m.gguf", SHA256: sumText(content)} }

// serve answers the n-th request, from 0 on, as do says.
func serve(t *testing.T, do func(n int, w http.ResponseWriter, r *http.Request)) *Web {
	t.Helper()
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		i := n
		n++
		mu.Unlock()
		do(i, w, r)
	}))
	t.Cleanup(s.Close)
	web, err := NewWeb(s.URL+"/m.gguf", func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return web
}

// half sends half of the content and drops the connection.
func half(w http.ResponseWriter) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Write(content[:len(content)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "m.gguf", time.Unix(1e9, 0), bytes.NewReader(content))
}

// TestReceiveWeb: what servers, proxies and lines do to a file on its way. A name is
// had by a whole file or by none.
func TestReceiveWeb(t *testing.T) {
	html := func(w http.ResponseWriter, status int) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		io.WriteString(w, "<html>Please sign in")
	}
	for _, tt := range []struct {
		name string
		do   func(n int, w http.ResponseWriter, r *http.Request)
		part []byte // what there is beforehand
		err  string // "" for none
		kept int    // bytes of the part that are kept
	}{
		{"whole", func(_ int, w http.ResponseWriter, r *http.Request) { whole(w, r) }, nil, "", 0},
		{"dropped half way, and goes on", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				half(w)
			}
			if got := r.Header.Get("Range"); !strings.HasPrefix(got, "bytes=") || got == "bytes=0-" {
				t.Errorf("asked for the range %q", got)
			}
			whole(w, r)
		}, nil, "", 0},
		{"goes on with an earlier part", func(_ int, w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Range"); got != "bytes=1000-" {
				t.Errorf("asked for the range %q", got)
			}
			whole(w, r)
		}, content[:1000], "", 0},
		{"the earlier part was of another file", func(_ int, w http.ResponseWriter, r *http.Request) { whole(w, r) }, []byte("GGUFother"), "", 0},
		{"all of it was there, under the name of a part", func(_ int, w http.ResponseWriter, r *http.Request) {
			whole(w, r)
		}, content, "", 0},
		{"range ignored", func(n int, w http.ResponseWriter, r *http.Request) {
			if n == 0 {
				half(w)
			}
			r.Header.Del("Range")
			whole(w, r)
		}, nil, "", 0},
		{"another range", func(n int, w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", "bytes=7-")
			whole(w, r)
		}, content[:1000], "asked for the rest from 1000", 1000},
		{"busy, then not", func(n int, w http.ResponseWriter, r *http.Request) {
			if n < 2 {
				http.Error(w, "later", http.StatusServiceUnavailable)
				return
			}
			whole(w, r)
		}, nil, "", 0},
		{"busy for ever", func(_ int, w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "later", http.StatusServiceUnavailable)
		}, content[:1000], "503 Service Unavailable; what came is kept", 1000},
		{"a page", func(_ int, w http.ResponseWriter, _ *http.Request) { html(w, 200) }, nil, "a page and not with a file", 0},
		{"a page for a part", func(_ int, w http.ResponseWriter, _ *http.Request) { html(w, 200) }, content[:1000], "a page and not with a file", 1000},
		{"a page that calls itself a file", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			io.WriteString(w, "<html>Please sign in")
		}, nil, "no GGUF file", 0},
		{"not there", func(_ int, w http.ResponseWriter, _ *http.Request) { html(w, 404) }, nil, "404 Not Found: is the address right?", 0},
		{"not allowed", func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, nil, "401 Unauthorized", 0},
		{"another file", func(_ int, w http.ResponseWriter, r *http.Request) {
			other := bytes.Clone(content)
			other[5000]++
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(other))
		}, nil, "its SHA-256 is", 0},
		{"nothing", func(_ int, w http.ResponseWriter, _ *http.Request) {}, nil, "is empty", 0},
		{"cut, and its length says so", func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(content[:1000])
		}, nil, "its SHA-256 is", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStore(t)
			part := filepath.Join(s.Dir, "m.gguf.part")
			if tt.part != nil {
				if err := errors.Join(os.MkdirAll(s.Dir, 0o755), os.WriteFile(part, tt.part, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			got, err := s.Receive(t.Context(), wanted(), serve(t, tt.do))
			there, _ := os.ReadFile(filepath.Join(s.Dir, "m.gguf"))
			left, _ := os.ReadFile(part)
			if tt.err == "" {
				if err != nil || !bytes.Equal(there, content) || got.SHA256 != sumText(content) || left != nil {
					t.Errorf("%+v, %v; %d bytes, and %d of a part", got, err, len(there), len(left))
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.err) || there != nil || len(left) != tt.kept {
				t.Errorf("%v; %d bytes, and %d of a part", err, len(there), len(left))
			}
			if locks, _ := filepath.Glob(filepath.Join(s.Dir, ".*")); locks != nil {
				t.Errorf("left behind: %v", locks)
			}
		})
	}
}

// TestReceiveSize: a length that is known is held to.
func TestReceiveSize(t *testing.T) {
	long := append(bytes.Clone(content), 'x')
	for name, do := range map[string]func(n int, w http.ResponseWriter, r *http.Request){
		"said": func(_ int, w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(long))
		},
		"without end": func(_ int, w http.ResponseWriter, _ *http.Request) {
			for range 3 {
				w.Write(long)
				w.(http.Flusher).Flush()
			}
		},
	} {
		s := newStore(t)
		w := wanted()
		w.Bytes = int64(len(content))
		_, err := s.Receive(t.Context(), w, serve(t, do))
		var wrong *WrongFileError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
		if list, err := s.List(); err != nil || len(list) > 1 || len(list) == 1 && !list[0].Part {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}

// TestReceiveFile: from a stick, with and without a sum.
func TestReceiveFile(t *testing.T) {
	stick := t.TempDir()
	file := filepath.Join(stick, "m.gguf")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, sum := range []string{"", sumText(content), strings.ToUpper(sumText(content))} {
		s := newStore(t)
		var last int64
		w := Wanted{Name: "m.gguf", SHA256: sum, Progress: func(done, of int64) {
			if done < last || of != int64(len(content)) {
				t.Errorf("%d of %d after %d", done, of, last)
			}
			last = done
		}}
		got, err := s.Receive(t.Context(), w, File(file))
		if err != nil || got.Was || last != int64(len(content)) {
			t.Errorf("%+v, %v", got, err)
		}
		last = 0
		again, err := s.Receive(t.Context(), w, File(file))
		if err != nil || again.Was != (sum != "") {
			t.Errorf("again: %+v, %v", again, err)
		}
		if sum == "" { // another file of that name stays
			other := filepath.Join(t.TempDir(), "o.gguf")
			if err := os.WriteFile(other, []byte("GGUFother"), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Receive(t.Context(), w2("m.gguf"), File(other)); err == nil || !strings.Contains(err.Error(), "another file") {
				t.Errorf("%v", err)
			}
		}
		if got, err := os.ReadFile(got.Path); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	s := newStore(t)
	for name, from := range map[string]Source{"a.gguf": File(filepath.Join(stick, "none.gguf")), "b.gguf": File(stick), "../c.gguf": File(file), "d.bin": File(file), ".e.gguf": File(file)} {
		if _, err := s.Receive(t.Context(), w2(name), from); err == nil {
			t.Errorf("%s from %s was received", name, from)
		}
	}
	if _, err := s.Receive(t.Context(), w2("m.gguf"), &Web{}); err == nil {
		t.Error("whatever an address gives is taken")
	}
}

func w2(name string) Wanted { return Wanted{Name: name} }

// TestReplace: with a sum, too, another file of that name stays unless it is to go.
func TestReplace(t *testing.T) {
	s := newStore(t)
	path, other := filepath.Join(s.Dir, "m.gguf"), []byte("GGUFother")
	if err := errors.Join(os.MkdirAll(s.Dir, 0o755), os.WriteFile(path, other, 0o644)); err != nil {
		t.Fatal(err)
	}
	asked := 0
	from := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { asked++; whole(w, r) })
	w := wanted()
	if _, err := s.Receive(t.Context(), w, from); err == nil || !strings.Contains(err.Error(), "another file") || asked != 0 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, other) {
		t.Error("it was replaced")
	}
	w.Replace = true
	_, err := s.Receive(t.Context(), w, from)
	if got, _ := os.ReadFile(path); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%v, %d bytes", err, len(got))
	}
}

// TestReceiveCheck: what the engine cannot run has no name; it is kept only where it is
// the right one, and then not fetched again.
func TestReceiveCheck(t *testing.T) {
	s := newStore(t)
	w := wanted()
	w.Check = func(path string) error {
		if !strings.HasSuffix(path, ".part") {
			t.Errorf("%s has its name before it was looked at", path)
		}
		return errors.New("half a tensor")
	}
	asked := 0
	from := serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { asked++; whole(w, r) })
	for range 2 {
		if _, err := s.Receive(t.Context(), w, from); err == nil || !strings.Contains(err.Error(), "half a tensor") || asked != 1 {
			t.Errorf("asked %d times, %v", asked, err)
		}
		if list, err := s.List(); err != nil || len(list) != 1 || !list[0].Part {
			t.Errorf("%v, %v", list, err)
		}
	}
	file := filepath.Join(t.TempDir(), "n.gguf")
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
	s = newStore(t)
	w.SHA256 = ""
	if _, err := s.Receive(t.Context(), w, File(file)); err == nil || !strings.Contains(err.Error(), "half a tensor") {
		t.Errorf("%v", err)
	}
	if list, err := s.List(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

// TestReceiveEnds: an interruption at any moment keeps what came, and the next try
// does not ask for it again.
func TestReceiveEnds(t *testing.T) {
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	web := serve(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 0 {
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:len(content)/2])
			w.(http.Flusher).Flush()
			<-stopped
			return
		}
		whole(w, r)
	})
	w := wanted()
	w.Progress = func(done, _ int64) {
		if done > int64(len(content))/3 {
			cancel()
		}
	}
	_, err := s.Receive(ctx, w, web)
	close(stopped)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || !list[0].Part || list[0].Bytes < int64(len(content))/3 {
		t.Fatalf("%v, %v", list, err)
	}
	w.Progress = func(done, _ int64) {
		if done <= list[0].Bytes {
			t.Errorf("%d bytes were fetched again", done)
		}
	}
	if _, err := s.Receive(t.Context(), w, web); err != nil {
		t.Error(err)
	}
}

// TestTwoAtOnce: of two that bring one file the second is told so.
func TestTwoAtOnce(t *testing.T) {
	s := newStore(t)
	w := wanted()
	second := make(chan error, 1)
	asked := false
	w.Progress = func(int64, int64) {
		if !asked {
			asked = true
			_, err := s.Receive(t.Context(), wanted(), File("/none"))
			second <- err
		}
	}
	if _, err := s.Receive(t.Context(), w, serve(t, func(_ int, w http.ResponseWriter, r *http.Request) { whole(w, r) })); err != nil {
		t.Fatal(err)
	}
	if err := <-second; !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
}

// TestNoRoom: a disk that is too small is told before anything is fetched.
func TestNoRoom(t *testing.T) {
	s := newStore(t)
	w := wanted()
	w.Bytes = 1 << 60
	_, err := s.Receive(t.Context(), w, serve(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(int64(1)<<60))
		w.Write(content)
	}))
	var room *NoRoomError
	if !errors.As(err, &room) || room.Needs != 1<<60 {
		t.Errorf("%v", err)
	}
}

// TestRedirects: each other host is told, and what is encrypted stays so.
func TestRedirects(t *testing.T) {
	to := httptest.NewServer(http.HandlerFunc(whole))
	defer to.Close()
	from := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to.URL+"/x", http.StatusFound) }))
	defer from.Close()
	var told []string
	web, err := NewWeb(from.URL, func(host string) { told = append(told, host) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newStore(t).Receive(t.Context(), wanted(), web); err != nil || len(told) != 1 || "http://"+told[0] != to.URL {
		t.Errorf("%v, %v", told, err)
	}
	sure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to.URL+"/x", http.StatusFound) }))
	defer sure.Close()
	if web, err = NewWeb(sure.URL, func(host string) { t.Errorf("told of %s", host) }); err != nil {
		t.Fatal(err)
	}
	s := newStore(t)
	if _, err := s.Receive(t.Context(), wanted(), web); err == nil || !strings.Contains(err.Error(), "does not prove who it is") {
		t.Errorf("a certificate that nobody signed: %v", err)
	}
	web.client.Transport.(*http.Transport).TLSClientConfig = sure.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := s.Receive(t.Context(), wanted(), web); err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"", "ftp://x/y", "x.gguf", "https://", "://", "https://user:secret@[::1/x"} {
		if _, err := NewWeb(address, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestRemove(t *testing.T) {
	s := newStore(t)
	if err := errors.Join(os.MkdirAll(s.Dir, 0o755), os.WriteFile(filepath.Join(s.Dir, "m.gguf"), content, 0o644),
		os.WriteFile(filepath.Join(s.Dir, "m.gguf.part"), content[:10], 0o644), os.WriteFile(filepath.Join(s.Dir, "n.txt"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(); err != nil || len(list) != 2 || list[0].Part || !list[1].Part {
		t.Errorf("%+v, %v", list, err)
	}
	if freed, err := s.Remove("m.gguf"); err != nil || freed != int64(len(content))+10 {
		t.Errorf("%d, %v", freed, err)
	}
	for _, name := range []string{"m.gguf", "../m.gguf", "n.txt"} {
		if _, err := s.Remove(name); err == nil {
			t.Errorf("%s was removed", name)
		}
	}
}

func TestKnown(t *testing.T) {
	for _, k := range AllKnown() {
		if len(k.SHA256) != 64 || k.Bytes == 0 || k.License == "" || CheckName(k.File) != nil {
			t.Errorf("%+v", k)
		}
		for _, name := range []string{k.Name, k.File, strings.ToUpper(k.File), strings.TrimSuffix(k.File, Suffix)} {
			if got, ok := Find(name); !ok || got != k {
				t.Errorf("%q is %+v", name, got)
			}
		}
		if _, err := NewWeb(k.Address, nil); err != nil || !strings.HasPrefix(k.Address, "https://") {
			t.Errorf("%s: %v", k.Address, err)
		}
		if got := k.AtMirror("https://mirror.lan/m?token=x"); got != "https://mirror.lan/m/"+k.File+"?token=x" {
			t.Error(got)
		}
		if got := k.AtMirror("https://u@mirror.lan:8443/models/"); got != "https://u@mirror.lan:8443/models/"+k.File {
			t.Errorf("%s", got)
		}
	}
	if _, ok := Find("codellama:7b-code"); ok {
		t.Error("Ollama's names are Ollama's")
	}
}
