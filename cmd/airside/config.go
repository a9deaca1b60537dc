package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/lsp/settings"
)

// loadSettings reads the user's config.toml and the environment. What is wrong
// in them is returned in words; the rest applies.
func loadSettings(environ []string) (settings.Options, []error) {
	o := settings.Default()
	var errs []error
	if path, err := configFile(); err == nil {
		text, err := os.ReadFile(path)
		switch {
		case err == nil:
			errs = append(errs, o.ApplyTOML(string(text))...)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return o, masked(append(errs, o.ApplyEnv(environ)...))
}

// masked are the errors without what is secret in the URLs that they repeat.
func masked(errs []error) []error {
	for i, err := range errs {
		if text := err.Error(); secrecy.MaskURLs(text) != text {
			errs[i] = errors.New(secrecy.MaskURLs(text))
		}
	}
	return errs
}

// configFile is config.toml in the user's config folder.
func configFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "airside", "config.toml"), nil
}
