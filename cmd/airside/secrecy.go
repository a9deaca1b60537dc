package main

import (
	"os"
	"sync"
	"time"

	"github.com/airside-ls/airside/completion/secrecy"
	"github.com/airside-ls/airside/gitsync/repo"
	"github.com/airside-ls/airside/lsp/settings"
)

// secrecyRules say which files are secrets to this user.
func secrecyRules(o settings.Options) *secrecy.Rules {
	environ := os.Environ()
	known := excludesFiles{find: func(top string) []string { return repo.ExcludesFiles(top, environ) }}
	rules := secrecy.Options{Patterns: o.PrivacySecrets.List(), OnThisMachine: o.PrivacyHere, GitIgnores: known.of}
	if home, err := os.UserHomeDir(); err == nil {
		rules.Home = home
	}
	return secrecy.New(rules)
}

// excludesFiles remembers for a moment what is found of the repository that was
// asked about last: git's configuration is read for it.
type excludesFiles struct {
	find func(top string) []string

	mu    sync.Mutex
	top   string
	at    time.Time
	files []string
}

const excludesLast = time.Second

func (x *excludesFiles) of(top string) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if top != x.top || time.Since(x.at) > excludesLast {
		x.top, x.files, x.at = top, x.find(top), time.Now()
	}
	return x.files
}
