package reach

import (
	"bufio"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// Resolvers are the name servers of this machine (resolv.conf(5)), as IP addresses,
// if one of the hosts is a name that this machine does not know itself (hosts(5)),
// and else none. On systems that keep them elsewhere it fails with fs.ErrNotExist.
func Resolvers(hosts []string) ([]string, error) {
	return resolvers(os.DirFS("/"), hosts)
}

func resolvers(system fs.FS, hosts []string) ([]string, error) {
	known := map[string]bool{"localhost": true}
	err := eachLine(system, "etc/hosts", func(words []string) {
		for _, name := range words[1:] {
			known[strings.ToLower(name)] = true
		}
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !slices.ContainsFunc(hosts, func(host string) bool {
		_, err := netip.ParseAddr(host)
		return err != nil && !known[strings.ToLower(strings.TrimSuffix(host, "."))]
	}) {
		return nil, nil
	}
	var servers []string
	err = eachLine(system, "etc/resolv.conf", func(words []string) {
		if _, err := netip.ParseAddr(words[1]); err == nil && words[0] == "nameserver" && len(servers) < maxResolvers {
			servers = append(servers, words[1])
		}
	})
	if err == nil && servers == nil {
		servers = []string{"127.0.0.1", "::1"} // as Go and libc have it
	}
	return servers, err
}

// maxResolvers is how many of the name servers are used (resolv.conf(5), MAXNS).
const maxResolvers = 3

// eachLine calls do for each line with two words or more, without comments.
func eachLine(system fs.FS, name string, do func(words []string)) error {
	f, err := system.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if words := strings.Fields(text); len(words) > 1 && words[0][0] != ';' {
			do(words)
		}
	}
	return lines.Err()
}
