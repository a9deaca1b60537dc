package builtin

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/airside-ls/airside/completion/model/builtin/llama"
)

// saveBytes bounds the keys and values that outlast the process.
const saveBytes = 128 << 20

// worthSaving is from how many parameters on reading a text again takes longer
// than its keys and values from a disk: of 0.5 billion a token is 25 KB, which a
// disk gives in less than 0.1 ms, and takes some 5 ms to read.
const worthSaving = 100_000_000

// smallKeepBytes bounds the keys and values that are kept in memory of a small
// model's texts: what it has forgotten it reads again in no time.
const smallKeepBytes = 16 << 20

// keepBytes is the bound for a model of so many parameters.
func keepBytes(parameters int64) int {
	if parameters < worthSaving {
		return smallKeepBytes
	}
	return llama.DefaultKeepBytes
}

// keepFile is where the keys and values of the model at path are kept; "" for
// nowhere.
func (e *Engine) keepFile() string {
	if e.options.StateDir == "" || e.path == "" {
		return ""
	}
	name := sha256.Sum256([]byte(e.path))
	return filepath.Join(e.options.StateDir, fmt.Sprintf("read-%x.kv", name[:8]))
}

// identity names the model file as it is now, and who computes with it.
func (e *Engine) identity() (string, error) {
	info, err := os.Stat(e.path)
	if err != nil {
		return "", err
	}
	program := ""
	if b, ok := debug.ReadBuildInfo(); ok {
		program = b.Main.Version
	}
	return fmt.Sprintf("%s %d %d %s/%s %s", e.path, info.Size(), info.ModTime().UnixNano(), runtime.GOOS, runtime.GOARCH, program), nil
}

// recall takes in what a process before has read. Nothing is lost where there is
// none, or where it is of another file.
func (e *Engine) recall() {
	file := e.keepFile()
	if file == "" {
		return
	}
	identity, err := e.identity()
	if err != nil {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() < 2*saveBytes {
		_ = e.session.Restore(f, identity)
	}
}

// keep saves what was read, for the next process. The caller has the turn.
func (e *Engine) keep() error {
	file := e.keepFile()
	if file == "" || e.session == nil || e.session.Model().Parameters() < worthSaving && !e.options.keepSmall {
		return nil
	}
	identity, err := e.identity()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.tmp") // for its owner only
	if err != nil {
		return err
	}
	_, err = e.session.Save(f, identity, saveBytes)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
