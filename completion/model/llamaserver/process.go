package llamaserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/airside-ls/airside/completion/model"
	"github.com/airside-ls/airside/completion/model/cores"
	"github.com/airside-ls/airside/completion/model/httpapi"
)

const (
	// bindAttempts is how many ports are tried: between the choice of a free one
	// and its use another program may take it.
	bindAttempts = 5
	// outputDelay is how long the output of a process that has ended is waited
	// for.
	outputDelay = time.Second
	// cpuBatch is how many tokens of a prompt are read at a time without an
	// accelerator. A cancelled request is noticed after a batch, for which who asks next
	// waits. On two cores, with Qwen2.5-Coder 1.5B, batches of 64 are read at 92 tokens
	// a second, those of 32 at 89, of 16 at 74.
	cpuBatch = 32
	helpTime = 10 * time.Second
)

// briefWaits has a server's threads wait for each other by turning round for a moment
// and then sleeping: GNU's and LLVM's OpenMP read it. Else a thread that has to wait
// keeps a core from the one that it waits for. With Qwen2.5-Coder 1.5B on two threads of
// two cores it reads and writes, in tokens a second: alone 68 and 10 (without this 58
// and 9), beside one busy process for each core 43 and 4.9 (15 and 1.8), beside two for
// each core, with sleep alone, 27 and 2.5 (3.3 and 1.2).
var briefWaits = []string{"GOMP_SPINCOUNT=1000", "OMP_WAIT_POLICY=PASSIVE"}

// process is one run of a server.
type process struct {
	cmd     *exec.Cmd
	output  *output
	client  *httpapi.Client
	release func()        // ends what guards the process
	exited  chan struct{} // closed when it has ended; err says how
	err     error
}

// end kills the process and waits for its end.
func (p *process) end() {
	_ = p.cmd.Process.Kill()
	<-p.exited
	p.client.Close()
}

// launch starts a server and waits until it has loaded the model. It must be
// called on the supervisor's thread.
func (s *Server) launch() (*process, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.args == nil {
		s.args = s.findArgs()
	}
	for attempt := 1; ; attempt++ {
		p, err := s.run()
		if err != nil {
			return nil, err
		}
		if err = s.await(p); err == nil {
			return p, nil
		}
		p.end()
		if attempt == bindAttempts || !p.output.contains("bind") {
			s.args = nil // the program may be another one next time
			return nil, err
		}
	}
}

// check finds what a person can put right before anything is started.
func (s *Server) check() error {
	if _, err := exec.LookPath(s.options.Program); err != nil {
		return s.failure(model.Unreachable, err, "install llama.cpp, or set llamacpp.server to its llama-server")
	}
	if info, err := os.Stat(s.options.GGUF); err != nil || info.IsDir() {
		if err == nil {
			err = fmt.Errorf("%s is a folder", s.options.GGUF)
		}
		return s.failure(model.NoModel, err, "set llamacpp.model to a GGUF file")
	}
	if s.options.Fits != nil {
		if advice, err := s.options.Fits(s.options.GGUF); err != nil {
			return s.failure(model.Broken, err, advice)
		}
	}
	return nil
}

// findArgs returns the server's arguments but for the port. Servers of some ages lack
// some flags, and end at once when given one that they do not know.
func (s *Server) findArgs() []string {
	threads := s.options.Threads
	if threads <= 0 {
		threads = cores.Threads()
	}
	args := []string{
		"-m", s.options.GGUF,
		"--host", "127.0.0.1",
		"-c", strconv.Itoa(s.options.Slots * s.options.ContextTokens), // divided among the slots
		"-t", strconv.Itoa(threads),
		"-np", strconv.Itoa(s.options.Slots),
	}
	help := s.ask("--help")
	optional := [][]string{
		{"--offline"},                   // load no model from elsewhere
		{"--cache-ram", "0"},            // else up to 8 GiB of old prompts
		{"--cors-origins", "localhost"}, // no web page may ask
	}
	for _, flag := range optional {
		if hasFlag(help, flag[0]) {
			args = append(args, flag...)
		}
	}
	for _, flag := range []string{"--no-ui", "--no-webui"} {
		if hasFlag(help, flag) {
			args = append(args, flag)
			break
		}
	}
	if hasFlag(help, "--list-devices") && !hasDevice(s.ask("--list-devices")) {
		args = append(args, "-b", strconv.Itoa(cpuBatch), "-ub", strconv.Itoa(cpuBatch))
	}
	return args
}

// ask runs the server program with one flag that makes it print and end.
func (s *Server) ask(flag string) string {
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.options.Program, flag)
	cmd.Env, cmd.WaitDelay = environ(cmd.Environ()), outputDelay
	text, _ := cmd.CombinedOutput()
	return string(text)
}

// hasFlag finds flag as a word of the help text.
func hasFlag(help, flag string) bool {
	for _, word := range strings.FieldsFunc(help, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
		if word == flag {
			return true
		}
	}
	return false
}

// hasDevice reads the output of --list-devices: after its heading, an indented
// line "CUDA0: NAME (…)" for every accelerator.
func hasDevice(list string) bool {
	_, list, _ = strings.Cut(list, "Available devices")
	for _, line := range strings.Split(list, "\n")[1:] {
		if strings.HasPrefix(line, " ") && strings.Contains(line, ": ") {
			return true
		}
	}
	return false
}

// run starts the process on a free port of loopback.
func (s *Server) run() (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, s.failure(model.Unreachable, err, "")
	}
	client, err := s.options.Dial("http://127.0.0.1:"+port, s.token)
	if err != nil {
		return nil, s.failure(model.Unreachable, err, "")
	}
	p := &process{
		cmd:    exec.Command(s.options.Program, append(slices.Clone(s.args), "--port", port)...),
		output: newOutput(s.log), client: client, exited: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.WaitDelay = outputDelay
	p.cmd.Env = slices.Concat(briefWaits, environ(p.cmd.Environ()), []string{"LLAMA_API_KEY=" + s.token}) // not an argument: those are public
	protect(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, s.failure(model.Unreachable, err, "set llamacpp.server to a llama-server that runs on this machine")
	}
	if p.release, err = guard(p.cmd.Process); err != nil {
		s.log.Warn("llama-server may outlive airside", "error", err)
		p.release = func() {}
	}
	go func() {
		err := p.cmd.Wait()
		if err == nil {
			err = errors.New("exit status 0")
		}
		p.release()
		p.err = err
		close(p.exited)
	}()
	return p, nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// await waits until the server is healthy, and is the one that was started.
func (s *Server) await(p *process) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.options.StartTimeout)
	defer cancel()
	pause := 10 * time.Millisecond
	for {
		var health struct {
			Status string `json:"status"`
		}
		err := p.client.Get(ctx, "/health", &health)
		if err == nil {
			file, err := s.options.Serves(ctx, p.client)
			if err == nil && file == s.options.GGUF {
				return nil
			}
		}
		if model.IsKind(err, model.Loading) {
			s.set(func() { s.note = "it is loading the model" })
		}
		select {
		case <-p.exited:
			return s.failure(model.Broken, fmt.Errorf("it ended while loading %s: %w: %s", s.name, p.err, p.output.complaint()), "")
		case <-ctx.Done():
			return s.failure(model.Broken, fmt.Errorf("%s was not loaded within %v", s.name, s.options.StartTimeout), "")
		case <-s.closing:
			return errors.New("closing")
		case <-time.After(pause):
		}
		pause = min(2*pause, 250*time.Millisecond)
	}
}
