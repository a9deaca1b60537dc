package main

import (
	"os"

	"github.com/airside-ls/airside/lsp/settings"
)

// openAIKey is the API key for openai.url. Only takeKey sets it.
var openAIKey string

// takeKey takes the key out of the environment of this process, before anything
// else is done: every child inherits that, whoever starts it (git and its hooks,
// ssh, credential helpers, an editor, llama-server), and none of them is to have
// the key.
func takeKey() {
	if key := os.Getenv(settings.KeyEnv); key != "" {
		openAIKey = key
	}
	os.Unsetenv(settings.KeyEnv)
}
