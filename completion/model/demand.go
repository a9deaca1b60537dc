package model

import (
	"maps"
	"strings"

	"github.com/tmc/langchaingo/llms"
)

// demand is the text that an answer is to begin with.
type demand struct {
	text string
	// prompt is what the first prompt was, as [Prompt.String] has it: what stands
	// behind it in a later one is the beginning of the answer.
	prompt string
}

const demandKey = "airside.demand"

// withDemand passes a demand through langchaingo.
func withDemand(p Prompt, text string) llms.CallOption {
	return func(o *llms.CallOptions) {
		metadata := maps.Clone(o.Metadata)
		if metadata == nil {
			metadata = map[string]any{}
		}
		metadata[demandKey] = demand{text, p.String()}
		o.Metadata = metadata
	}
}

// TakeDemand returns what the answer to a prompt has to begin with, "" for
// anything ([Request.Demand]), and takes it out of the options: langchaingo would
// send it along as it is.
func TakeDemand(o *llms.CallOptions, p Prompt) string {
	d, ok := o.Metadata[demandKey].(demand)
	if !ok {
		return ""
	}
	o.Metadata = maps.Clone(o.Metadata)
	delete(o.Metadata, demandKey)
	if len(o.Metadata) == 0 {
		o.Metadata = nil
	}
	answer, ok := strings.CutPrefix(p.String(), d.prompt)
	if !ok {
		return d.text
	}
	left, ok := strings.CutPrefix(d.text, answer)
	if !ok {
		return "" // the answer goes on behind what was demanded
	}
	return left
}
