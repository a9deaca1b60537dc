package langchain

import (
	"strings"
	"testing"

	"github.com/tmc/langchaingo/llms"
)

func TestConversation(t *testing.T) {
	said, err := conversation([]llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, "a", "b"), llms.TextParts(llms.ChatMessageTypeAI, "c"), llms.TextParts(llms.ChatMessageTypeHuman, "d"),
	})
	if err != nil || len(said) != 3 || said[0].Text != "ab" || said[0].Role != "system" || said[1].Role != "assistant" || said[2].Role != "user" {
		t.Errorf("%+v, %v", said, err)
	}
	for _, m := range []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeTool, "x"), {Role: llms.ChatMessageTypeHuman, Parts: []llms.ContentPart{llms.ImageURLContent{}}}} {
		if _, err := conversation([]llms.MessageContent{m}); err == nil || !strings.Contains(err.Error(), "a conversation") {
			t.Errorf("%+v: %v", m, err)
		}
	}
}
