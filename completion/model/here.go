package model

import (
	"net/netip"
	"net/url"
	"strings"
)

// Here tells whether the model runs on this machine, so that what it is shown
// stays there. It goes by the address alone: a tunnel that begins on this machine
// and ends elsewhere looks the same.
func (i Info) Here() bool {
	// Ollama hands the questions for such models on to its maker's servers.
	if name := strings.ToLower(i.Model); strings.HasSuffix(name, ":cloud") || strings.HasSuffix(name, "-cloud") {
		return false
	}
	address, _, _ := strings.Cut(i.Endpoint, " ") // an owned server's names its model, too
	scheme, _, ok := strings.Cut(address, "://")
	if !ok || scheme == "unix" {
		return true // a file, a pipe, or the binary itself
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || err == nil && addr.Unmap().IsLoopback()
}
