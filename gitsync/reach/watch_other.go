//go:build !linux

package reach

import (
	"context"
	"fmt"
	"net"
	"time"
)

// networkChanges looks at this machine's addresses every few seconds.
func networkChanges(ctx context.Context) chan struct{} {
	events := make(chan struct{}, 1)
	go func() {
		last := addresses()
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookEvery):
			}
			now := addresses()
			if now == last {
				continue
			}
			last = now
			tell(events)
		}
	}()
	return events
}

func addresses() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(list)
}

// clockChanges is told of none here.
func clockChanges(context.Context, chan<- struct{}) bool { return false }
