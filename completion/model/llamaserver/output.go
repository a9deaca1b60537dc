package llamaserver

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

const (
	maxOutputLine = 500 // bytes; the rest of a line is dropped
	keptLines     = 50
)

// output takes what the server prints: every line goes to the log, and the
// last ones are kept to explain its end.
type output struct {
	log *slog.Logger

	mu   sync.Mutex
	line []byte
	kept []string
}

func newOutput(log *slog.Logger) *output { return &output{log: log} }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for rest := p; len(rest) > 0; {
		piece, after, ended := bytes.Cut(rest, []byte("\n"))
		if room := maxOutputLine - len(o.line); room > 0 {
			o.line = append(o.line, piece[:min(len(piece), room)]...)
		}
		if ended {
			o.take(strings.TrimSpace(strings.ToValidUTF8(string(o.line), "?")))
			o.line = o.line[:0]
		}
		rest = after
	}
	return len(p), nil
}

// take logs and keeps one line. o.mu is held.
func (o *output) take(line string) {
	if line == "" {
		return
	}
	o.log.Debug("llama-server: " + line)
	o.kept = append(o.kept, line)
	if len(o.kept) > keptLines {
		o.kept = append(o.kept[:0], o.kept[1:]...)
	}
}

// contains says whether one of the kept lines holds text.
func (o *output) contains(text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, line := range o.kept {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// complaint is the first of the kept lines that tells of an error, or the last.
func (o *output) complaint() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, line := range o.kept {
		if strings.Contains(strings.ToLower(line), "error") {
			return line
		}
	}
	if len(o.kept) == 0 {
		return "it printed nothing"
	}
	return o.kept[len(o.kept)-1]
}
