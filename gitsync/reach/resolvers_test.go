package reach

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestResolvers(t *testing.T) {
	const hosts = "127.0.0.1 localhost\n10.0.0.9\tGit.lan git # in the cellar\n"
	const servers = "# by hand\nsearch lan\nnameserver 10.0.0.1 # the router\n; old\nnameserver fe80::1%eth0\nnameserver nonsense\nnameserver 10.0.0.2\nnameserver 10.0.0.3\n"
	for _, test := range []struct {
		hosts, servers string
		asked          []string
		want           string
	}{
		{hosts, servers, nil, "[]"},
		{hosts, servers, []string{"10.1.1.1", "::1", "localhost", "git.lan", "GIT.LAN."}, "[]"},
		{hosts, servers, []string{"10.1.1.1", "example.org"}, "[10.0.0.1 fe80::1%eth0 10.0.0.2]"},
		{hosts, "search lan\n", []string{"example.org"}, "[127.0.0.1 ::1]"},
	} {
		got, err := resolvers(fstest.MapFS{
			"etc/hosts": {Data: []byte(test.hosts)}, "etc/resolv.conf": {Data: []byte(test.servers)},
		}, test.asked)
		if err != nil || fmt.Sprint(got) != test.want {
			t.Errorf("%v: %v, %v, want %s", test.asked, got, err, test.want)
		}
	}
	if _, err := resolvers(fstest.MapFS{}, []string{"example.org"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a list: %v", err)
	}
}
