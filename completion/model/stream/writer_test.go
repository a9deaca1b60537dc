package stream

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWriter(t *testing.T) {
	tests := []struct {
		name   string
		pieces []string
		stop   []string
		want   string
		stops  bool
	}{
		{"plain", []string{"a", "b"}, nil, "ab", false},
		{"whole stop word", []string{"ab\n\ncd"}, []string{"\n\n"}, "ab", true},
		{"stop word over two pieces", []string{"ab\n", "\ncd"}, []string{"\n\n"}, "ab", true},
		{"stop word byte by byte", []string{"x", "<", "E", "O", "T", ">", "y"}, []string{"<EOT>"}, "x", true},
		{"begun but not finished", []string{"a<EO", "b"}, []string{"<EOT>"}, "a<EOb", false},
		{"begun at the end", []string{"a<EO"}, []string{"<EOT>"}, "a<EO", false},
		{"begins within itself", []string{"a", "a", "a", "b"}, []string{"aab"}, "a", true},
		{"earliest of several", []string{"1 two one"}, []string{"one", "two"}, "1 ", true},
		{"the longer one begins earlier", []string{"ab", "cd"}, []string{"bcd", "cd"}, "a", true},
		{"empty stop words are none", []string{"ab"}, []string{""}, "ab", false},
		{"split character", []string{"a\xe2", "\x98", "\xba!"}, nil, "a☺!", false},
		{"half a character at the end", []string{"a\xe2\x98"}, nil, "a", false},
		{"bytes that are no text", []string{"a\xff\xfe", "b"}, nil, "a\uFFFDb", false},
		{"split character in a stop word", []string{"a\xe2\x98", "\xbab"}, []string{"☺"}, "a", true},
		{"nothing", nil, []string{"x"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var chunks []string
			w := NewWriter(tt.stop, func(c string) error {
				chunks = append(chunks, string(c))
				return nil
			})
			var err error
			for _, p := range tt.pieces {
				if err = w.Write(p); err != nil {
					break
				}
			}
			if stops := errors.Is(err, ErrStopWord); stops != tt.stops || w.Stopped() != tt.stops {
				t.Errorf("stopped: %v (%v), want %v", stops, err, tt.stops)
			}
			if err := w.Flush(); err != nil {
				t.Error(err)
			}
			if w.Text() != tt.want {
				t.Errorf("text %q, want %q", w.Text(), tt.want)
			}
			if got := strings.Join(chunks, ""); got != tt.want {
				t.Errorf("chunks %q add up to %q, want %q", chunks, got, tt.want)
			}
			for _, c := range chunks {
				if c == "" || !utf8.ValidString(c) {
					t.Errorf("chunk %q is empty or not whole", c)
				}
			}
		})
	}
}

func TestWriterHandsOutWhatIsCertain(t *testing.T) {
	var got string
	w := NewWriter([]string{"<EOT>"}, func(c string) error {
		got += string(c)
		return nil
	})
	if err := w.Write("abc<E"); err != nil || got != "abc" {
		t.Errorf("got %q, %v: text before a possible stop word is handed out at once", got, err)
	}
}

func TestWriterPassesTheCallersError(t *testing.T) {
	enough := errors.New("enough")
	w := NewWriter(nil, func(string) error { return enough })
	if err := w.Write("abc"); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

func FuzzWriter(f *testing.F) {
	f.Add("hello\n\nworld", "\n\n", 1)
	f.Add("a☺b<EOT>", "<EOT>", 2)
	f.Fuzz(func(t *testing.T, text, stop string, size int) {
		if size < 1 || size > 8 || !utf8.ValidString(text) || !utf8.ValidString(stop) {
			t.Skip()
		}
		w := NewWriter([]string{stop}, func(c string) error {
			if !utf8.ValidString(c) {
				return fmt.Errorf("chunk %q", c)
			}
			return nil
		})
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			err := w.Write(rest[:n])
			if errors.Is(err, ErrStopWord) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		want := text
		if stop != "" {
			want, _, _ = strings.Cut(text, stop)
		}
		if w.Text() != want {
			t.Errorf("%q in pieces of %d, stop %q: got %q, want %q", text, size, stop, w.Text(), want)
		}
	})
}

// TestAtMost: an answer that never ends is cut at what its tokens may take, and
// so is one of pieces without a text.
func TestAtMost(t *testing.T) {
	for _, piece := range []string{"", "x", "日本語", strings.Repeat("long ", 1000)} {
		w := NewWriter(nil, nil).AtMost(10)
		n := 0
		for ; n < 10_000; n++ {
			if err := w.Write(piece); err != nil {
				if !errors.Is(err, ErrStopWord) {
					t.Error(err)
				}
				break
			}
		}
		w.Flush()
		if size := len(w.Text()); size > 10*bytesPerToken || n > 10*bytesPerToken || w.Reason("stop") != "length" || !utf8.ValidString(w.Text()) {
			t.Errorf("%.10q: %d pieces, %d bytes, ended by %s", piece, n, size, w.Reason("stop"))
		}
	}
	w := NewWriter([]string{"end"}, nil).AtMost(1)
	if err := w.Write("x end"); !errors.Is(err, ErrStopWord) || w.Text() != "x " || w.Reason("") != "stop" {
		t.Errorf("%q, %v", w.Text(), err)
	}
}
