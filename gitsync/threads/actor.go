package threads

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
)

const (
	actorDigits = 16      // of an actor's ID
	forkDigits  = 6       // of what tells a second ref of the same actor
	maxActor    = 4 << 10 // bytes of the file
)

// actor is who writes in this clone: a random ID, made with the first comment
// and kept in the git folder that all work trees share, one for each user of the
// machine. Ref is the ref it writes to, ID unless a copy of the clone has
// pushed to that one.
type actor struct {
	ID  string `json:"id"`
	Ref string `json:"ref"`
}

func isActor(s string) bool { return len(s) == actorDigits && isHex(s) }

// actorOf is whose a ref's last name is, "" for nobody's.
func actorOf(name string) string {
	id, fork, forked := strings.Cut(name, "-")
	if !isActor(id) || forked && (len(fork) != forkDigits || !isHex(fork)) {
		return ""
	}
	return id
}

func (s *Store) actorFile() string {
	return filepath.Join(s.repo.CommonDir(), "airside", fmt.Sprintf("actor-%d.json", os.Getuid()))
}

// actor is the zero value while nothing was written here.
func (s *Store) actor() (a actor) {
	data, err := durable.ReadFile(s.actorFile(), maxActor)
	if err != nil || json.Unmarshal(data, &a) != nil || !isActor(a.ID) || actorOf(a.Ref) != a.ID {
		return actor{}
	}
	return a
}

// makeActor is the actor, made if there is none. Of two processes that make one
// at once the first one's stays.
func (s *Store) makeActor() (actor, error) {
	if a := s.actor(); a.ID != "" {
		return a, nil
	}
	id := randomHex(actorDigits)
	path := s.actorFile()
	beside := path + "-" + id
	if err := s.saveActor(beside, actor{id, id}); err != nil {
		return actor{}, err
	}
	defer s.fs.Remove(beside)
	if err := s.fs.Link(beside, path); errors.Is(err, fs.ErrExist) && s.actor().ID != "" {
		return s.actor(), nil
	} else if err == nil {
		return s.actor(), s.fs.SyncDir(filepath.Dir(path))
	}
	// What is there is damaged, or this file system has no hard links.
	if err := s.fs.Rename(beside, path); err != nil {
		return actor{}, err
	}
	return s.actor(), s.fs.SyncDir(filepath.Dir(path))
}

func (s *Store) saveActor(path string, a actor) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if err := durable.OwnDir(s.fs, filepath.Dir(path)); err != nil {
		return err
	}
	return durable.WriteFile(s.fs, path, append(data, '\n'), 0o600)
}

func randomHex(digits int) string {
	b := make([]byte, digits/2)
	rand.Read(b)
	return hex.EncodeToString(b)
}
