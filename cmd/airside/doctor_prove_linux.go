package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// provePatience is how long a completion without a network may take.
const provePatience = 20 * time.Second

// errUnproved says that this system has no network to be taken away.
var errUnproved = errors.New("this system lets nobody do without its network")

// proveOffline has this program complete once in a network namespace of its own, in
// which there is nobody, by the built-in engine. [errUnproved] says nothing of it.
func proveOffline(ctx context.Context, environ []string) error {
	self, err := os.Executable()
	if err != nil {
		return errUnproved
	}
	ctx, cancel := context.WithTimeout(ctx, provePatience)
	defer cancel()
	c := exec.CommandContext(ctx, self, "complete", "--json", "--stdin", "sample.go:5:8")
	c.Env = append(append([]string{}, environ...), "AIRSIDE_BACKEND=builtin")
	c.Dir = os.TempDir()
	c.Stdin = strings.NewReader("package sample\n\n// Add returns the sum of a and b.\nfunc Add(a, b int) int {\n\treturn\n}\n")
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.Output()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		return errUnproved
	case err != nil:
		return errors.New("without the network it ended: " + strings.TrimSpace(string(exit.Stderr)))
	}
	var said struct{ Text, Reason string }
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	if said.Text == "" {
		return errors.New("without the network nothing was suggested: " + said.Reason)
	}
	return nil
}
