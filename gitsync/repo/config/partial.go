package config

import "slices"

// Promisors are the remotes that a partial clone can have of what it lacks, the one
// that it was cloned from first; none where the clone is whole.
func (s Settings) Promisors() []string {
	var list []string
	if name := s.Last("extensions.partialclone"); name != "" {
		list = append(list, name)
	}
	for _, key := range s.Keys() {
		if name, ok := cutRemote(key, ".promisor"); ok && s.Bool(key) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// Promises tells whether a partial clone can have of a remote what it lacks.
func (s Settings) Promises(remote string) bool { return slices.Contains(s.Promisors(), remote) }

// Filter is what a partial clone leaves at a remote, as git's --filter; "" for
// nothing.
func (s Settings) Filter(remote string) string {
	if !s.Promises(remote) {
		return ""
	}
	return s.Last("remote." + remote + ".partialclonefilter")
}
