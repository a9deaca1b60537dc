package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airside-ls/airside/gitsync/object"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
)

// Rewrite applies url.BASE.insteadOf: the longest match wins.
func (s Settings) Rewrite(url, how string) string {
	best, base := "", ""
	for key, values := range s {
		name, ok := strings.CutPrefix(key, "url.")
		if !ok || !strings.HasSuffix(name, "."+how) {
			continue
		}
		for _, prefix := range values {
			if prefix != "" && strings.HasPrefix(url, prefix) && len(prefix) > len(best) {
				best, base = prefix, strings.TrimSuffix(name, "."+how)
			}
		}
	}
	if best == "" {
		return url
	}
	return base + url[len(best):]
}

// Remotes are the names of the configured remotes.
func (c *Config) Remotes() ([]string, error) {
	s, err := c.All()
	var names []string
	for key := range s {
		if name, ok := cutRemote(key, ".url"); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}

// cutRemote is the remote that a key is about, if it ends so.
func cutRemote(key, end string) (string, bool) {
	name, ok := strings.CutPrefix(key, "remote.")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(name, end)
}

// Identity is who commits, as git finds it. When is left to the caller.
func (c *Config) Identity() (object.Signature, error) {
	s, err := c.All()
	if err != nil {
		return object.Signature{}, err
	}
	first := func(values ...string) string {
		for _, v := range values {
			if v = strings.TrimSpace(strings.Map(dropUnsigned, v)); v != "" {
				return v
			}
		}
		return ""
	}
	who := object.Signature{
		Name:  first(c.environ.Get("GIT_COMMITTER_NAME"), s.Last("committer.name"), s.Last("user.name"), c.environ.Get("GIT_AUTHOR_NAME")),
		Email: first(c.environ.Get("GIT_COMMITTER_EMAIL"), s.Last("committer.email"), s.Last("user.email"), c.environ.Get("GIT_AUTHOR_EMAIL"), c.environ.Get("EMAIL")),
	}
	if who.Name == "" || who.Email == "" {
		return who, fault.Wrap(nil, "git does not know who you are, so no merge can be committed: git config --global user.name and user.email")
	}
	return who, nil
}

// dropUnsigned drops what a commit's header cannot hold.
func dropUnsigned(c rune) rune {
	if c == '<' || c == '>' || c < 0x20 {
		return -1
	}
	return c
}

// Signs says whether commits are to be signed, and why.
func (c *Config) Signs() (bool, string) {
	s, err := c.All()
	if err != nil || !s.Bool("commit.gpgsign") {
		return false, ""
	}
	return true, "commit.gpgSign is set"
}

// HooksDir is where the user's hooks are.
func (c *Config) HooksDir() string {
	if s, err := c.All(); err == nil {
		if dir := s.Last("core.hookspath"); dir != "" {
			return layout.From(c.at.Work, ExpandHome(dir, c.environ.Get("HOME")))
		}
	}
	return filepath.Join(c.at.Common, "hooks")
}

// MergeHooks are the hooks that git would run for a merge commit.
func (c *Config) MergeHooks() []string {
	var found []string
	for _, name := range []string{"pre-merge-commit", "prepare-commit-msg", "commit-msg"} {
		if info, err := os.Stat(filepath.Join(c.HooksDir(), name)); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			found = append(found, name)
		}
	}
	return found
}
