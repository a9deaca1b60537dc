package refs

import (
	"path/filepath"
	"strings"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Tracking is the ref in which the upstream of a branch was last fetched
// ("refs/remotes/origin/main"), "" when it has none.
func (s *Store) Tracking(branch string) string {
	c, err := s.config.All()
	if err != nil {
		return ""
	}
	remote := c.Last("branch." + branch + ".remote")
	name, ok := strings.CutPrefix(c.Last("branch."+branch+".merge"), Heads)
	if remote == "" || !ok {
		return ""
	}
	if remote == "." {
		return Heads + name
	}
	ref := "refs/remotes/" + remote + "/" + name
	if h, err := s.Ref(ref); err != nil || h.IsZero() {
		return ""
	}
	return ref
}

// DefaultBranch is the ref of a remote's default branch as git clone or git
// remote set-head noted it, else its main or master, else "".
func (s *Store) DefaultBranch(remote string) string {
	prefix := "refs/remotes/" + remote + "/"
	if CheckName(prefix+"HEAD") != nil {
		return ""
	}
	if data, err := durable.ReadFile(filepath.Join(s.at.Common, filepath.FromSlash(prefix+"HEAD")), layout.MaxPointer); err == nil {
		if ref, ok := strings.CutPrefix(strings.TrimSpace(string(data)), "ref: "); ok && strings.HasPrefix(ref, prefix) {
			if h, err := s.Ref(ref); err == nil && !h.IsZero() {
				return ref
			}
		}
	}
	for _, name := range []string{"main", "master"} {
		if h, err := s.Ref(prefix + name); err == nil && !h.IsZero() {
			return prefix + name
		}
	}
	return ""
}
