package main

import (
	"os"
	"path/filepath"

	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/lsp/settings"
)

// secrecyRules say which files are secrets to this user.
func secrecyRules(o settings.Options) *secrecy.Rules {
	rules := secrecy.Options{Patterns: o.PrivacySecrets.List(), OnThisMachine: o.PrivacyHere}
	if home, err := os.UserHomeDir(); err == nil {
		rules.Home = home
		rules.GitIgnore = filepath.Join(home, ".config", "git", "ignore")
	}
	if dir := os.Getenv("XDG_CONFIG_HOME"); dir != "" {
		rules.GitIgnore = filepath.Join(dir, "git", "ignore") // as git does
	}
	return secrecy.New(rules)
}
