package refs

import "github.com/airside-ls/airside/gitsync/repo/fault"

// Upstream is a branch's counterpart at a remote, by branch.NAME.remote and
// .merge; ok is false when it has none.
func (s *Store) Upstream(branch string) (up Upstream, ok bool, err error) {
	c, err := s.config.All()
	if err != nil {
		return Upstream{}, false, err
	}
	up.Remote, up.Ref = c.Last("branch."+branch+".remote"), c.Last("branch."+branch+".merge")
	if up.Remote == "" || up.Remote == "." || up.Ref == "" {
		return Upstream{}, false, nil
	}
	if err := CheckName(up.Ref); err != nil {
		return Upstream{}, false, err
	}
	push := c.Last("branch." + branch + ".pushremote")
	if push == "" {
		push = c.Last("remote.pushdefault")
	}
	if push != "" && push != up.Remote {
		return Upstream{}, false, fault.New(fault.Unsupported, "%s is pulled from %s and pushed to %s: airside syncs only branches with one remote", branch, up.Remote, push)
	}
	url := up.Remote // git takes a URL or path for a remote, too
	if urls := c["remote."+up.Remote+".url"]; len(urls) > 0 {
		url = urls[0] // where git fetches from; it pushes to all
		if len(urls) > 1 && len(c["remote."+up.Remote+".pushurl"]) == 0 {
			return Upstream{}, false, fault.New(fault.Unsupported, "%s has %d addresses: airside pushes to one", up.Remote, len(urls))
		}
	} else {
		up.Remote = fault.WithoutCredentials(up.Remote) // which is shown and kept
	}
	up.URL = c.Rewrite(url, "insteadof")
	up.Push = c.Rewrite(url, "pushinsteadof")
	if up.Push == url {
		up.Push = up.URL
	}
	if explicit := c["remote."+up.Remote+".pushurl"]; len(explicit) > 0 {
		if len(explicit) > 1 {
			return Upstream{}, false, fault.New(fault.Unsupported, "%s has %d push addresses: airside pushes to one", up.Remote, len(explicit))
		}
		up.Push = c.Rewrite(explicit[0], "insteadof")
	}
	return up, true, nil
}
