package builtin

import "os"

// A model's file may be written anew, replaced or cut off while it is mapped. What
// was read of it then is worth nothing: before each use the engine looks whether
// the file is still the one that it opened, and otherwise begins again with what
// is there now. (Where it is cut off in the middle of a use, see [PanicError].)

// renewIfIdle forgets a file that has changed unless someone uses it: whoever does
// looks by himself.
func (e *Engine) renewIfIdle() {
	select {
	case <-e.turn:
		e.renew()
		e.release()
	default:
	}
}

// renew forgets a file that has changed. The caller has the turn.
func (e *Engine) renew() {
	if e.path == "" {
		return
	}
	e.header.Lock()
	was := e.info
	e.header.Unlock()
	if was == nil {
		return
	}
	now, err := os.Stat(e.path)
	if err != nil || os.SameFile(was, now) && was.Size() == now.Size() && was.ModTime().Equal(now.ModTime()) {
		return // a file that was removed is still mapped
	}
	e.forget()
}

// forget has the next call read the file again. The caller has the turn. The old
// mapping stays until Close: others may be reading its header.
func (e *Engine) forget() {
	if e.session != nil {
		e.session.Close()
		e.session = nil
	}
	e.header.Lock()
	defer e.header.Unlock()
	if e.file != nil {
		e.gone = append(e.gone, e.file)
	}
	e.file, e.tok, e.info = nil, nil, nil
}
