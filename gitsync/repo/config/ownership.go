package config

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/gitsync/repo/fault"
)

// Owned holds that the repository is this user's, as git has it since 2.35.2: a
// .git that somebody else has put into a folder above would decide what runs here.
// Exceptions are named by safe.directory, in the user's own configuration or the
// system's; what the repository says of itself does not count.
//
// Source: git's setup.c, ensure_valid_ownership.
func (c *Config) Owned() error {
	assumed := strings.ToLower(c.environ.Get("GIT_TEST_ASSUME_DIFFERENT_OWNER")) // git's own tests use it, too
	if assumed != "1" && assumed != "true" {
		mine := true
		for _, path := range []string{filepath.Join(c.at.Work, ".git"), c.at.Work, c.at.Git} {
			mine = mine && ownedByUser(path, c.environ.Get("SUDO_UID"))
		}
		if mine {
			return nil
		}
	}
	safe, err := c.safeDirectory()
	if err != nil {
		return err
	}
	if safe {
		return nil
	}
	return fault.New(fault.Unsupported, "detected dubious ownership in repository at '%s': it is another user's; if you trust it: git config --global --add safe.directory %s", c.at.Work, c.at.Work)
}

// safeDirectory looks for the repository among the exceptions: "*" is all, an
// empty value takes back those before, and "/*" at the end is all that is below.
func (c *Config) safeDirectory() (bool, error) {
	all, err := c.global()
	if err != nil {
		return false, err
	}
	values := append(all["safe.directory"], c.commandSettings("safe.directory")...)
	here := filepath.ToSlash(resolved(c.at.Work))
	safe := false
	for _, value := range values {
		below, all := strings.CutSuffix(value, "/*")
		switch {
		case value == "":
			safe = false
		case value == "*":
			safe = true
		case all:
			safe = safe || strings.HasPrefix(here, filepath.ToSlash(resolved(ExpandHome(below, c.environ.Get("HOME"))))+"/")
		default:
			safe = safe || here == filepath.ToSlash(resolved(ExpandHome(value, c.environ.Get("HOME"))))
		}
	}
	return safe, nil
}

// commandSettings are the values of a key in GIT_CONFIG_COUNT, GIT_CONFIG_KEY_0
// and so on, which git takes like those of -c.
func (c *Config) commandSettings(key string) (values []string) {
	count, _ := strconv.Atoi(c.environ.Get("GIT_CONFIG_COUNT"))
	for i := range min(count, 1000) {
		n := strconv.Itoa(i)
		if normalKey(c.environ.Get("GIT_CONFIG_KEY_"+n)) == key {
			values = append(values, c.environ.Get("GIT_CONFIG_VALUE_"+n))
		}
	}
	return values
}

func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}
