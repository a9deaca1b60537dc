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
func (s *Server) Token() string { return s.token }

// Started tells whether the server has been asked for.
func (s *Server) Started() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started
}

// PID is the process that answers; 0 while none does.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return 0
	}
	return s.running.cmd.Process.Pid
}

// Start begins to start the server, once. It does not wait.
func (s *Server) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started || s.closed {
		return
	}
	s.started, s.since = true, time.Now()
	go s.supervise()
}

// Client returns the server to talk to. With wait it waits until the model is
// loaded; without it fails with kind Loading. It starts the server.
func (s *Server) Client(ctx context.Context, wait bool) (*httpapi.Client, error) {
	s.Start()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.mu.Lock()
		ready, down, closed, changed := s.ready, s.down, s.closed, s.changed
		loading := fmt.Errorf("%s; %s for %s", s.note, s.name, time.Since(s.since).Round(time.Second))
		s.mu.Unlock()
		switch {
		case closed:
			return nil, s.failure(model.Unreachable, errors.New("it has been closed"), "")
		case ready != nil:
			return ready, nil
		case down != nil:
			select {
			case s.demand <- struct{}{}:
			default:
			}
			return nil, down
		case !wait:
			return nil, s.failure(model.Loading, loading, "")
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Restart ends the running server, which is then started again; false where none
// runs.
func (s *Server) Restart() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil || s.ready == nil {
		return false
	}
	return s.running.cmd.Process.Kill() == nil
}

// Close ends the server for good.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
		s.change()
	}
	started := s.started
	s.mu.Unlock()
	if started {
		<-s.done
	}
	return nil
}

// supervise keeps a server running until Close.
func (s *Server) supervise() {
	defer close(s.done)
	// Linux ends the child when the thread that started it ends (see protect),
	// so this goroutine keeps its thread for as long as there is a child. It is
	// never unlocked: the thread ends with the goroutine.
	runtime.LockOSThread()
	for failures := 0; ; {
		p, err := s.launch()
		if err == nil {
			readyAt := time.Now()
			s.log.Info("llama-server is ready", "model", s.name, "url", p.client.URL(), "pid", p.cmd.Process.Pid)
			s.set(func() { s.ready, s.running, s.down = p.client, p, nil })
			select {
			case <-p.exited:
			case <-s.closing:
			}
			if time.Since(readyAt) > steadyAfter {
				failures = 0
			}
			p.end()
			err = fmt.Errorf("it ended: %w", p.err)
		}
		select {
		case <-s.closing:
			return
		default:
		}
		failures++
		pause := backoff(failures)
		s.log.Warn("llama-server is down", "error", err, "again_in", pause)
		crashed := p != nil
		s.set(func() {
			s.ready, s.running, s.since = nil, nil, time.Now()
			if crashed {
				s.note = err.Error() + "; it is being started again"
			} else {
				s.down = err
			}
		})
		if !s.pause(pause, !crashed) {
			return
		}
		s.set(func() { s.down, s.since = nil, time.Now() })
	}
}

// pause waits, and, when asked to, goes on waiting until somebody wants the
// server. It returns false when the backend is being closed.
func (s *Server) pause(d time.Duration, forDemand bool) bool {
	select {
	case <-time.After(d):
	case <-s.closing:
		return false
	}
	if !forDemand {
		return true
	}
	select {
	case <-s.demand:
		return true
	case <-s.closing:
		return false
	}
}

// backoff doubles with every failure in a row.
func backoff(failures int) time.Duration {
	return min(firstBackoff<<min(failures-1, 16), maxBackoff)
}

func (s *Server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	s.change()
}

// change wakes those who wait. s.mu is held.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) failure(kind model.Kind, err error, advice string) error {
	return &model.Error{Kind: kind, Backend: s.options.Backend, Op: "run " + s.options.Program, Err: err, Advice: advice}
}
