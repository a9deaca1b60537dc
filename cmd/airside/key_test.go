package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/airside-ls/airside/lsp/settings"
)

func TestChildrenDoNotGetTheKey(t *testing.T) {
	t.Setenv(settings.KeyEnv, "sk-of-the-user")
	before := openAIKey
	t.Cleanup(func() { openAIKey = before })
	takeKey()
	if openAIKey != "sk-of-the-user" {
		t.Error("the key is lost")
	}
	if all := strings.Join(exec.Command("any").Environ(), "\n"); strings.Contains(all, "sk-of-the-user") || strings.Contains(all, settings.KeyEnv) {
		t.Error("a child gets the key")
	}
}
