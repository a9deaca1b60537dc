package reach

import (
	"context"
	"time"

	"github.com/vishvananda/netlink"
)

// networkChanges reports that links, addresses or routes have changed, as the
// kernel tells it (rtnetlink(7)). What it missed when its buffer was full counts
// as a change; a subscription that broke is made anew.
func networkChanges(ctx context.Context) <-chan struct{} {
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
		select {
		case events <- struct{}{}:
		default:
		}
		if !ok {
			return
		}
	}
}
