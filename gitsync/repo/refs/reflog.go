package refs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/object"
)

// logRef appends to the reflogs as git does: those of branches,
// remote-tracking refs and notes, any that exists, and HEAD's for the branch it
// is on.
func (s *Store) logRef(u Update) error {
	c, err := s.config.All()
	if err != nil {
		return err
	}
	who, err := s.config.Identity()
	if err != nil {
		who = Nobody
	}
	who.When = time.Now()
	line := fmt.Sprintf("%s %s %s\t%s\n", u.Old, u.New, who, strings.Join(strings.Fields(u.Reason), " "))
	logs := []string{filepath.Join(s.refDir(u.Name), "logs", filepath.FromSlash(u.Name))}
	if head, err := s.Head(); err == nil && Heads+head.Branch == u.Name {
		logs = append(logs, filepath.Join(s.at.Git, "logs", "HEAD"))
	}
	logged := strings.HasPrefix(u.Name, Heads) || strings.HasPrefix(u.Name, "refs/remotes/") || strings.HasPrefix(u.Name, "refs/notes/")
	switch strings.ToLower(c.Last("core.logallrefupdates")) {
	case "always":
		logged = true
	case "false", "no", "off", "0":
		logged = false
	}
	for _, path := range logs {
		info, err := os.Lstat(path)
		switch {
		case err == nil && info.IsDir(): // of refs that are gone
			durable.RemoveEmpty(s.fs, path)
			if !logged {
				continue
			}
		case err != nil && !logged:
			continue
		}
		if err := appendLine(s.fs, path, line); err != nil {
			return err
		}
	}
	return nil
}

// Nobody signs reflogs and snapshots where git does not know who works here.
var Nobody = object.Signature{Name: "airside", Email: "airside@localhost"}

// appendLine appends a line, on a line of its own even where a crash has cut
// the one before. When it fails nothing is left of it.
func appendLine(f durable.FS, path, line string) error {
	if err := durable.MkdirAll(f, filepath.Dir(path), 0o777); err != nil {
		return err
	}
	size, whole, err := endOf(path)
	if err != nil {
		return err
	}
	if !whole {
		line = "\n" + line
	}
	file, err := f.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return err
	}
	if _, err = file.Write([]byte(line)); err != nil {
		file.Truncate(size)
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return err
}

// endOf is a file's size in bytes, and whether it ends with a line.
func endOf(path string) (size int64, whole bool, err error) {
	file, _, err := durable.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer file.Close()
	if size, err = file.Seek(0, io.SeekEnd); err != nil || size == 0 {
		return size, true, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], size-1)
	return size, last[0] == '\n', err
}
