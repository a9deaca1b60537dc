// Package llamaserver owns a llama-server process: it starts one for a GGUF file,
// watches it, starts it again after a crash, and ends it with airside, however
// airside ends.
package llamaserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 30 * time.Second
	// steadyAfter is how long a server must have run for its end not to count
	// as one more failure in a row.
	steadyAfter = time.Minute
)

// Options configure [New]; none may be left out but Fits.
type Options struct {
	// Backend is the name in errors: "llamacpp".
	Backend string
	// GGUF is the model file to serve.
	GGUF string
	// Fits says why a file is too large for this machine, and what to do about it;
	// nil asks nobody.
	Fits func(file string) (advice string, err error)
	// Program is the llama-server program, a path or a name.
	Program string
	// ContextTokens is the context of each slot, prompt and answer together.
	ContextTokens int
	// Slots is how many prompts the server keeps at once.
	Slots int
	// Threads are the CPU threads; 0 is as package cores says.
	Threads int
	// StartTimeout is how long the model may load.
	StartTimeout time.Duration
	// Dial returns a client for the server at url, which knows it by token.
	Dial func(url, token string) (*httpapi.Client, error)
	// Serves asks a server which model file it has.
	Serves func(context.Context, *httpapi.Client) (file string, err error)
	// Log gets what a person need not act on, the server's output among it.
	Log *slog.Logger
}

// Server is a llama-server that airside starts, watches, starts again after a
// crash, and ends. It is safe for concurrent use.
type Server struct {
	options Options
	token   string // API key, so that no other program on this machine, nor a web page, uses it
	log     *slog.Logger
	name    string   // of the model file
	args    []string // of the server but for the port; nil before the first start. The supervisor's

	closing chan struct{} // closed by Close
	demand  chan struct{} // somebody asks while the server is down

	mu      sync.Mutex
	started bool
	closed  bool
	done    chan struct{} // closed when the supervisor has ended
	changed chan struct{} // closed and replaced at every change of what follows
	ready   *httpapi.Client
	running *process
	down    error // why there is no client; nil while the server is starting
	note    string
	since   time.Time // when the present start began
}

// New returns a server that is not started yet.
func New(o Options) *Server {
	return &Server{
		options: o, token: rand.Text(), log: o.Log, name: filepath.Base(o.GGUF),
		closing: make(chan struct{}), demand: make(chan struct{}, 1),
		done: make(chan struct{}), changed: make(chan struct{}), note: "it is being started",
	}
}

// Token is the server's API key.
func (o *Server) Token() string { return o.token }

// Started tells whether the server has been asked for.
func (o *Server) Started() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.started
}

// PID is the process that answers; 0 while none does.
func (o *Server) PID() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running == nil {
		return 0
	}
	return o.running.cmd.Process.Pid
}

// Start begins to start the server, once. It does not wait.
func (o *Server) Start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.started || o.closed {
		return
	}
	o.started, o.since = true, time.Now()
	go o.supervise()
}

// Client returns the server to talk to. With wait it waits until the model is
// loaded; without it fails with kind Loading. It starts the server.
func (o *Server) Client(ctx context.Context, wait bool) (*httpapi.Client, error) {
	o.Start()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		o.mu.Lock()
		ready, down, closed, changed := o.ready, o.down, o.closed, o.changed
		loading := fmt.Errorf("%s; %s for %s", o.note, o.name, time.Since(o.since).Round(time.Second))
		o.mu.Unlock()
		switch {
		case closed:
			return nil, o.failure(model.Unreachable, errors.New("it has been closed"), "")
		case ready != nil:
			return ready, nil
		case down != nil:
			select {
			case o.demand <- struct{}{}:
			default:
			}
			return nil, down
		case !wait:
			return nil, o.failure(model.Loading, loading, "")
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Restart ends the running server, which is then started again; false where none
// runs.
func (o *Server) Restart() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running == nil || o.ready == nil {
		return false
	}
	return o.running.cmd.Process.Kill() == nil
}

// Close ends the server for good.
func (o *Server) Close() error {
	o.mu.Lock()
	if !o.closed {
		o.closed = true
		close(o.closing)
		o.change()
	}
	started := o.started
	o.mu.Unlock()
	if started {
		<-o.done
	}
	return nil
}

// supervise keeps a server running until Close.
func (o *Server) supervise() {
	defer close(o.done)
	// Linux ends the child when the thread that started it ends (see protect),
	// so this goroutine keeps its thread for as long as there is a child. It is
	// never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	for failures := 0; ; {
		p, err := o.launch()
		if err == nil {
			readyAt := time.Now()
			o.log.Info("llama-server is ready", "model", o.name, "url", p.client.URL(), "pid", p.cmd.Process.Pid)
			o.set(func() { o.ready, o.running, o.down = p.client, p, nil })
			select {
			case <-p.exited:
			case <-o.closing:
			}
			if time.Since(readyAt) > steadyAfter {
				failures = 0
			}
			p.end()
			err = fmt.Errorf("it ended: %w", p.err)
		}
		select {
		case <-o.closing:
			return
		default:
		}
		failures++
		pause := backoff(failures)
		o.log.Warn("llama-server is down", "error", err, "again_in", pause)
		crashed := p != nil
		o.set(func() {
			o.ready, o.running, o.since = nil, nil, time.Now()
			if crashed {
				o.note = err.Error() + "; it is being started again"
			} else {
				o.down = err
			}
		})
		if !o.pause(pause, !crashed) {
			return
		}
		o.set(func() { o.down, o.since = nil, time.Now() })
	}
}

// pause waits, and, when asked to, goes on waiting until somebody wants the
// server. It returns false when the backend is being closed.
func (o *Server) pause(d time.Duration, forDemand bool) bool {
	select {
	case <-time.After(d):
	case <-o.closing:
		return false
	}
	if !forDemand {
		return true
	}
	select {
	case <-o.demand:
		return true
	case <-o.closing:
		return false
	}
}

// backoff doubles with every failure in a row.
func backoff(failures int) time.Duration {
	return min(firstBackoff<<min(failures-1, 16), maxBackoff)
}

func (o *Server) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
	o.change()
}

// change wakes those who wait. o.mu is held.
func (o *Server) change() {
	close(o.changed)
	o.changed = make(chan struct{})
}

func (o *Server) failure(kind model.Kind, err error, advice string) error {
	return &model.Error{Kind: kind, Backend: o.options.Backend, Op: "run " + o.options.Program, Err: err, Advice: advice}
}
