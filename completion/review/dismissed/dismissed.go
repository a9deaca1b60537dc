// Package dismissed remembers which findings a person does not want to see
// again. They are known by their content (finding.ID), so that they stay
// dismissed when lines move; and they are kept in a folder of the user's, never
// in the work tree.
package dismissed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/private"
	"github.com/airside-ls/airside/completion/review/finding"
)

// maxFile bounds what is read, in bytes: some 40,000 dismissals.
const maxFile = 8 << 20

// Store is what was dismissed in one work tree. Several processes may have it
// open: each dismissal is one line, appended in one write, and read anew by
// everyone who asks.
type Store struct {
	path string // "" remembers until the process ends

	mu   sync.Mutex
	here map[string]bool // what could not be, or is not to be, on the disk
}

// Open returns the store of a work tree, which root is the path of, in the
// folder dir; "" remembers until the process ends. Nothing is read or made yet.
func Open(dir, root string) *Store {
	s := &Store{here: make(map[string]bool)}
	if dir == "" {
		return s
	}
	if resolved, err := filepath.EvalSymlinks(root); err == nil {
		root = resolved
	}
	sum := sha256.Sum256([]byte(root))
	s.path = filepath.Join(dir, "dismissed", hex.EncodeToString(sum[:8])+".jsonl")
	return s
}

// record is one line. Path and Message are for people who look into the file.
type record struct {
	ID       string `json:"id"`
	Restored bool   `json:"restored,omitempty"`
	Path     string `json:"path,omitempty"`
	Message  string `json:"message,omitempty"`
	Time     string `json:"time"` // RFC 3339
}

// IDs are those of the findings that are dismissed. The error says that the
// file could not be read; what is known without it is returned all the same.
func (s *Store) IDs() (map[string]bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make(map[string]bool)
	data, err := s.read()
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		var r record
		if json.Unmarshal(line, &r) != nil || r.ID == "" { // cut off by a crash
			continue
		}
		if ids[r.ID] = !r.Restored; r.Restored {
			delete(ids, r.ID)
		}
	}
	for id, dismissed := range s.here {
		if ids[id] = dismissed; !dismissed {
			delete(ids, id)
		}
	}
	return ids, err
}

func (s *Store) read() ([]byte, error) {
	if s.path == "" {
		return nil, nil
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile))
}

// Dismiss remembers findings. If the disk takes none of it the error says so,
// and they are dismissed until the process ends.
func (s *Store) Dismiss(list ...finding.Finding) error {
	records := make([]record, len(list))
	for i, f := range list {
		records[i] = record{ID: f.ID(), Path: f.Path, Message: f.Message}
	}
	return s.write(records)
}

// Restore forgets that findings were dismissed.
func (s *Store) Restore(ids ...string) error {
	records := make([]record, len(ids))
	for i, id := range ids {
		records[i] = record{ID: id, Restored: true}
	}
	return s.write(records)
}

func (s *Store) write(records []record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Each begins on a line of its own even if the one before was cut off.
	var lines bytes.Buffer
	now := time.Now().UTC().Format(time.RFC3339)
	for _, r := range records {
		r.Time = now
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "\n%s\n", line)
		delete(s.here, r.ID)
	}
	err := s.append(lines.Bytes())
	if s.path == "" || err != nil {
		for _, r := range records {
			s.here[r.ID] = !r.Restored
		}
	}
	return err
}

func (s *Store) append(lines []byte) error {
	if s.path == "" || len(lines) == 0 {
		return nil
	}
	return private.Append(s.path, lines)
}
