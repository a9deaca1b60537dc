package gitsync

import (
	"cmp"
	"context"
	"slices"

	"github.com/airside-ls/airside/gitsync/reach"
	"github.com/airside-ls/airside/gitsync/repo"
)

// Address is a place on a network that syncing a repository may contact.
type Address struct {
	Remote   string // the remote's name, without credentials where it is a URL
	Protocol string // "http", "https", "ssh" or "git"
	Host     string // name or IP address
	Port     int
	// Proxy says that this is not the remote but the proxy before it.
	Proxy bool
	// Indirect says that a program that the user has configured for ssh decides how
	// the remote is reached, and what is contacted on the way.
	Indirect bool
}

// Addresses are the places that the rounds of this repository may contact, sorted:
// the remotes of the opted-in branches, where they are fetched from and pushed to, and
// those that a partial clone is asked for what it lacks;
// none while it does not take part, and none for remotes on this machine's disks.
// Nobody is contacted for it.
func (s *Syncer) Addresses(ctx context.Context) ([]Address, error) {
	if !s.Enabled() {
		return nil, nil
	}
	branches, err := s.branches(nil)
	if err != nil {
		return nil, err
	}
	var list []Address
	for _, branch := range branches {
		up, ok, err := s.repo.Upstream(branch)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for _, address := range []string{up.URL, up.Push} {
			to := up
			to.URL = address
			place, err := s.place(ctx, to)
			if err != nil {
				return nil, err
			}
			if a, ok := addressOf(place); ok {
				a.Remote = up.Remote
				list = append(list, a)
			}
		}
	}
	for _, up := range s.repo.Promisors() {
		place, err := s.place(ctx, up)
		if err != nil { // then it is not asked either
			continue
		}
		if a, ok := addressOf(place); ok {
			a.Remote = up.Remote
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Address) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Remote, b.Remote))
	})
	return slices.Compact(list), nil
}

// usualPorts are where protocols are spoken if nothing else is said.
var usualPorts = map[string]int{"http": 80, "https": 443, "ssh": 22, "git": 9418}

// addressOf is false for a place that is on no network.
func addressOf(p repo.Endpoint) (Address, bool) {
	port, known := usualPorts[p.Protocol]
	if !known {
		return Address{}, false
	}
	a := Address{Protocol: p.Protocol, Host: p.Host, Port: cmp.Or(p.Port, port), Indirect: p.Indirect}
	if host, port, ok := p.Proxy(); ok {
		a.Proxy, a.Host, a.Port = true, host, port
	}
	return a, true
}

// Resolvers are the servers that names are looked up at, as IP addresses, if one of
// these hosts has to be: IP addresses and the names of the system's own list do not.
func Resolvers(hosts []string) ([]string, error) { return reach.Resolvers(hosts) }
