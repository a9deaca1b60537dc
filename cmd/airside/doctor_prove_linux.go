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

// proveOffline has this program complete once in a network namespace of its own, in
// which there is nobody, by the built-in engine. An [unproved] error says nothing of
// whether it would work.
func proveOffline(ctx context.Context, environ []string) error {
	self, err := os.Executable()
	if err != nil {
		return errUnproved
	}
	ctx, cancel := context.WithTimeout(ctx, provePatience)
	defer cancel()
	c := exec.CommandContext(ctx, self, "complete", "--json", "--stdin", "sample.go:8:3")
	c.Env = append(append([]string{}, environ...), "AIRSIDE_BACKEND=builtin")
	c.Dir = os.TempDir()
	c.Stdin = strings.NewReader(proofSample)
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil: // a slow machine is not one on which it fails
		return unproved("without the network it was not done in time")
	case err != nil && !errors.As(err, &exit):
		return errUnproved
	case err != nil:
		return errors.New("without the network it ended: " + strings.TrimSpace(string(exit.Stderr)))
	}
	var said struct{ Text, Reason string }
	if err := json.Unmarshal(out, &said); err != nil {
		return err
	}
	if said.Text == "" { // the engine ran: what it says at one place is a matter of the model
		return unproved("without the network nothing was suggested: " + said.Reason)
	}
	return nil
}
