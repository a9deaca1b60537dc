package reach

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// networkChanges reports that links, addresses or routes have changed, as the
// kernel tells it (rtnetlink(7)). What it missed when its buffer was full counts
// as a change; a subscription that broke is made anew.
func networkChanges(ctx context.Context) chan struct{} {
	events := make(chan struct{}, 1)
	go func() {
		for ctx.Err() == nil {
			subscribe(ctx, events)
			select {
			case <-ctx.Done():
			case <-time.After(lookEvery):
			}
		}
	}()
	return events
}

// subscribe ends when one of its subscriptions does.
func subscribe(ctx context.Context, events chan<- struct{}) {
	done := make(chan struct{})
	defer close(done)
	failed := make(chan struct{}, 3)
	broke := func(error) {
		select {
		case failed <- struct{}{}:
		default:
		}
	}
	links, addresses, routes := make(chan netlink.LinkUpdate), make(chan netlink.AddrUpdate), make(chan netlink.RouteUpdate)
	if netlink.LinkSubscribeWithOptions(links, done, netlink.LinkSubscribeOptions{ErrorCallback: broke}) != nil ||
		netlink.AddrSubscribeWithOptions(addresses, done, netlink.AddrSubscribeOptions{ErrorCallback: broke}) != nil ||
		netlink.RouteSubscribeWithOptions(routes, done, netlink.RouteSubscribeOptions{ErrorCallback: broke}) != nil {
		return
	}
	defer func() { // the library's goroutines block until somebody reads
		go func() {
			for range links {
			}
		}()
		go func() {
			for range addresses {
			}
		}()
		go func() {
			for range routes {
			}
		}()
	}()
	for {
		ok := true
		select {
		case <-ctx.Done():
			return
		case <-failed:
			ok = false
		case _, ok = <-links:
		case _, ok = <-addresses:
		case _, ok = <-routes:
		}
		tell(events)
		if !ok {
			return
		}
	}
}

// clockChanges adds that the wall clock has jumped to events, as it does when the
// machine wakes from sleep (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET): waiting so
// wakes nobody up. It is false where that cannot be had.
func clockChanges(ctx context.Context, events chan<- struct{}) bool {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return false
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	// It is due in years: that it is called off is what is waited for.
	due := unix.ItimerSpec{Value: unix.NsecToTimespec(time.Now().Add(distant).UnixNano())}
	arm := func() error {
		return control(timer, func(fd int) error {
			return unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &due, nil)
		})
	}
	if err := arm(); err != nil {
		timer.Close()
		return false
	}
	context.AfterFunc(ctx, func() { timer.Close() }) // which ends the read below
	go func() {
		defer timer.Close()
		for ctx.Err() == nil {
			_, err := timer.Read(make([]byte, 8))
			if !errors.Is(err, unix.ECANCELED) || arm() != nil {
				return
			}
			tell(events)
		}
	}()
	return true
}

// control calls do with the descriptor of a file that is not closed meanwhile.
func control(f *os.File, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var done error
	err = conn.Control(func(fd uintptr) { done = do(int(fd)) })
	return errors.Join(err, done)
}

const distant = 20 * 365 * 24 * time.Hour
