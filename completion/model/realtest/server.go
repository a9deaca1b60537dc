package realtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"
)

// Server is a running llama-server.
type Server struct {
	URL string // "http://127.0.0.1:41234"

	cmd    *exec.Cmd
	exited chan struct{} // closed once the process has ended
	log    bytes.Buffer
}

// serverPatience bounds how long a server may take until it is ready.
const serverPatience = 5 * time.Minute

// StartServer serves a model's file on a free port of loopback, with one slot of
// 1536 tokens unless args say otherwise. AIRSIDE_LLAMA_SERVER names the program.
// The server must be closed.
func StartServer(file string, args ...string) (*Server, error) {
	program := os.Getenv("AIRSIDE_LLAMA_SERVER")
	if program == "" {
		return nil, errors.New("AIRSIDE_LLAMA_SERVER does not name a llama-server program")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := listener.Addr().String()
	listener.Close()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	args = append([]string{"--offline", "-m", file, "-c", "1536", "-np", "1", "--host", host, "--port", port}, args...)
	s := &Server{URL: "http://" + address, cmd: exec.Command(program, args...), exited: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // how it ended stands in its log
		close(s.exited)
	}()
	if err := s.ready(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) ready() error {
	for deadline := time.Now().Add(serverPatience); time.Now().Before(deadline); {
		if resp, err := http.Get(s.URL + "/health"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.exited:
			return fmt.Errorf("llama-server ended:\n%s", s.log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("llama-server does not get ready")
}

// Close kills the server and waits until it is gone. (It takes SIGTERM slowly
// while it reads.)
func (s *Server) Close() {
	_ = s.cmd.Process.Kill()
	<-s.exited
}

// PID is the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Post sends a request as JSON and decodes the reply.
func (s *Server) Post(path string, request, reply any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	resp, err := http.Post(s.URL+path, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s %s", path, resp.Status, answer)
	}
	if err := json.Unmarshal(answer, reply); err != nil {
		return fmt.Errorf("%s: %s: %w", path, answer, err)
	}
	return nil
}
