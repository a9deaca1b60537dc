package servers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/httpapi"
	"github.com/airside-ls/airside/completion/model/llamaserver"
)

// scanTimeout is how long one port may take to show whether a llama-server is
// behind it; other software there may not answer at all.
const scanTimeout = 500 * time.Millisecond

// locator says where a server is.
type locator interface {
	// client returns the server to talk to. With wait it waits until an owned
	// server has loaded its model; without it fails with kind Loading.
	client(ctx context.Context, wait bool) (*httpapi.Client, error)
	// failed tells that a request did not reach the server.
	failed(*httpapi.Client)
	endpoint(*httpapi.Client) string
	addresses() []string // for model.Addresser
	close() error
}

// fixedServer is a server at a configured address.
type fixedServer struct{ c *httpapi.Client }

func newFixed(o LlamaCppOptions) (*fixedServer, error) {
	c, err := dialLlama(o.URL, o.Token)
	return &fixedServer{c}, err
}

func (f *fixedServer) client(context.Context, bool) (*httpapi.Client, error) { return f.c, nil }
func (f *fixedServer) failed(*httpapi.Client)                                {}
func (f *fixedServer) endpoint(c *httpapi.Client) string                     { return c.URL() }
func (f *fixedServer) addresses() []string                                   { return []string{f.c.URL()} }
func (f *fixedServer) close() error                                          { f.c.Close(); return nil }

// ownedServer is a server that airside runs.
type ownedServer struct {
	server *llamaserver.Server
	gguf   string
}

func (o ownedServer) client(ctx context.Context, wait bool) (*httpapi.Client, error) {
	return o.server.Client(ctx, wait)
}
func (o ownedServer) failed(*httpapi.Client) {} // its end is seen
func (o ownedServer) endpoint(c *httpapi.Client) string {
	return fmt.Sprintf("%s (%s)", c.URL(), o.gguf)
}
func (o ownedServer) addresses() []string { return []string{"http://127.0.0.1:0"} }
func (o ownedServer) close() error        { return o.server.Close() }

// portScan is a server on one of some ports of this machine.
type portScan struct {
	log     *slog.Logger
	ports   []string
	clients []*httpapi.Client

	mu    sync.Mutex
	found *httpapi.Client // nil: look again
}

func newScan(o LlamaCppOptions) (*portScan, error) {
	ports := o.Ports
	if ports == nil {
		ports = DefaultPorts
	}
	s := &portScan{log: o.Log}
	for _, port := range ports {
		c, err := dialLlama("http://127.0.0.1:"+strconv.Itoa(port), o.Token)
		if err != nil {
			return nil, err
		}
		s.ports = append(s.ports, strconv.Itoa(port))
		s.clients = append(s.clients, c)
	}
	return s, nil
}

// client looks on all ports at once and takes the first in order that has a
// llama-server, ready or, failing that, loading. Whatever else answers there is
// passed over.
func (s *portScan) client(ctx context.Context, _ bool) (*httpapi.Client, error) {
	s.mu.Lock()
	found := s.found
	s.mu.Unlock()
	if found != nil {
		return found, nil
	}
	errs := make([]error, len(s.clients))
	var all sync.WaitGroup
	for i, c := range s.clients {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, scanTimeout)
			defer cancel()
			_, errs[i] = readProps(limited, c)
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var loading error
	for i, err := range errs {
		switch {
		case err == nil:
			s.mu.Lock()
			defer s.mu.Unlock()
			s.found = s.clients[i]
			return s.found, nil
		case loading == nil && isLoading(err):
			loading = err
		case !model.IsKind(err, model.Unreachable):
			s.log.Debug("no llama-server there", "port", s.ports[i], "error", err)
		}
	}
	if loading != nil {
		return nil, loading
	}
	return nil, &model.Error{
		Kind: model.Unreachable, Backend: llamaCppName, Op: "GET " + propsPath,
		Err:    fmt.Errorf("no llama-server with a model on ports %s", strings.Join(s.ports, ", ")),
		Advice: startAdvice,
	}
}

// isLoading tells llama-server's own "Loading model" from any other software
// that has no time.
func isLoading(err error) bool {
	var status *httpapi.StatusError
	return model.IsKind(err, model.Loading) && errors.As(err, &status) && strings.Contains(status.Message, "oading")
}

func (s *portScan) failed(c *httpapi.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found == c {
		s.found = nil
	}
}

func (s *portScan) endpoint(c *httpapi.Client) string { return c.URL() }

func (s *portScan) addresses() (list []string) {
	for _, c := range s.clients {
		list = append(list, c.URL())
	}
	return list
}

func (s *portScan) close() error {
	for _, c := range s.clients {
		c.Close()
	}
	return nil
}
