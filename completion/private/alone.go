package private

import (
	"errors"
	"os"
	"path/filepath"
	"time"
)

const (
	// waitFor is how long Alone waits for another process, which writes some kilobytes.
	waitFor = 3 * time.Second
	// waitStep is how often it looks.
	waitStep = 5 * time.Millisecond
)

// ErrBusy says that another process has kept a file for itself for seconds.
var ErrBusy = errors.New("another process has it")

// Alone has do read a file and write it anew while no other process does so by Alone,
// for what several add to. A process that dies keeps it from nobody. Where the file
// system knows no locks it goes on without. do does not call Alone for the same file.
func Alone(file string, do func() error) error {
	if err := Folder(filepath.Dir(file)); err != nil {
		return err
	}
	f, err := os.OpenFile(file+".lock", os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return err
	}
	defer f.Close() // which lets go of it
	for end := time.Now().Add(waitFor); ; time.Sleep(waitStep) {
		switch held, err := tryLock(f); {
		case err != nil || held:
			return do()
		case time.Now().After(end):
			return &os.PathError{Op: "lock", Path: file, Err: ErrBusy}
		}
	}
}
