// Package model is the seam between airside and whatever runs a language
// model: a [Request] goes in and a [Response] comes out, plain structs both. A
// prompt's control tokens cannot be confused with the user's text; who answers, how
// much fits, and errors a person can act on belong to it.
//
// One folder per backend lies below. Each backend passes the suite in
// modeltest.
package model

import (
	"context"
	"errors"
)

// Backend is one place where a model can be asked: a server on this machine
// or the engine in the binary.
//
// The contract, held by modeltest.Run:
//
//   - A Backend is safe for concurrent use.
//   - No method blocks longer than its context allows. Cancelling a
//     generation stops it at the source: the server's slot, or the engine's
//     token loop, is free shortly afterwards.
//   - Errors are [*Error], except ctx.Err(), which is returned as it is
//     (possibly wrapped) whenever the context ended first.
//   - A cancelled generation never returns a partial text as if it were whole.
//   - Close releases everything the backend started (processes, mappings) and
//     is idempotent.
type Backend interface {
	// Name is the backend's name in settings and status: "ollama",
	// "llamacpp", "builtin".
	Name() string

	// Probe finds out whether the backend would answer now and with which
	// model. It is cheap enough to be called every few seconds (a request or
	// two over loopback) and never loads a model into memory.
	Probe(ctx context.Context) (Info, error)

	// Converses tells whether the model is asked behind a chat template of its own,
	// and so takes [Request.Chat].
	Converses() bool

	// Generate has the model continue a prompt or answer a conversation. An error of
	// [Request.OnText] ends it and is returned, [ErrEnough] too, beside a Response
	// that has what it cost by then. Ask by [Generate], which does the rest.
	Generate(ctx context.Context, r Request) (Response, error)

	Close() error
}

// Preparer is a [Backend] that can read a prompt before it is asked about it, so
// that a request that begins alike has only its end to read.
type Preparer interface {
	// Prepare reads p with a part of the machine that others do not miss, until it
	// is read, ctx ends or somebody asks: then it returns [ErrGaveWay], and what was
	// read by then stays. Who calls it bounds how much and how often is read. onReading is
	// as in [Request]; nil tells nobody.
	Prepare(ctx context.Context, p Prompt, onReading func(read, of int)) error
}

// Addresser is a [Backend] that talks to servers.
type Addresser interface {
	// Addresses are the URLs of all servers that it may contact, without
	// credentials. A port of 0 is one that the system chooses.
	Addresses() []string
}

// Restarter is a [Backend] that may own its server, or have it load its model anew.
type Restarter interface {
	// Restartable tells whether Restart would do anything now.
	Restartable() bool
	// Restart ends what hangs, so that it is started anew; false where that is
	// somebody else's.
	Restart() bool
}

// ErrGaveWay is what [Preparer.Prepare] returns when somebody else asks.
var ErrGaveWay = errors.New("gave way to a request")

// Info says which model answers and what it can do.
type Info struct {
	Backend string // Backend.Name
	Model   string // the model's name as its server knows it
	// Endpoint is the address or file that was probed, for status and logs.
	Endpoint string
	// ContextTokens is how many tokens prompt and answer may have together;
	// always positive.
	ContextTokens int
	// PromptTokens is how many tokens of a prompt help the model; 0 where more
	// are always worth reading.
	PromptTokens int
	// Form is the prompt form the model's own card asks for ("plain"), "" when
	// it has none and the form follows from Controls.
	Form string
	// Controls holds those of [InsertControls] that are one token of the
	// model's vocabulary.
	Controls []string
	// VocabularyKnown says that Controls comes from the vocabulary itself, so
	// that none means none; otherwise the model's name has to do.
	VocabularyKnown bool
	// Code says that the model is made for code (from its name, template or
	// vocabulary); only such a model is chosen without being named.
	Code bool
	// Expects says that the backend takes [Request.Expect] and tells the [Odds].
	Expects bool
	// Demands says that the backend sees to [Request.Demand].
	Demands bool
	// Likely says that the backend fills [Request.Likely].
	Likely bool
	// Scores says that the backend takes [Request.Score].
	Scores bool
	// Beside says that what is read ahead ([Request.ReadAhead]) is read beside what was asked last,
	// of which nothing is lost.
	Beside bool
	// Weighs says that the odds are those of a model that knows code, fitted over
	// several languages, and not of what it expects alone.
	Weighs bool
	// Parameters is how many numbers the weights are, by which its speed is guessed
	// until it is known; 0 where nobody tells.
	Parameters int64
	// Why is one clause for the status line: why this model and not another
	// ("codellama:7b-code is the best installed code model").
	Why string
}

// InsertControls are the control tokens that insert ("fill in the middle")
// prompts of the known families use, spelled as in the models' vocabularies.
// A backend reports in [Info.Controls] which of them its model has.
var InsertControls = []string{
	"▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>", // CodeLlama; U+2581 first, as in its SentencePiece model
	"<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", // Qwen, CodeGemma, Granite 4
	"<|file_sep|>", "<|repo_name|>", // Qwen
	"<|file_separator|>",                           // CodeGemma
	"<fim_prefix>", "<fim_suffix>", "<fim_middle>", // StarCoder, Granite 3
	"<file_sep>", "<filename>",
	"<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", // DeepSeek-Coder; U+FF5C and U+2581
	"[SUFFIX]", "[PREFIX]", // Codestral
	"<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>", // Seed-Coder
	"<|code_suffix|>", "<|code_prefix|>", "<|code_middle|>", "<|user|>", "<|assistant|>", // CodeGeeX4
}

// EndControls are the tokens that end an insertion, a turn or a file in the
// vocabularies of CodeLlama, Qwen2.5-Coder, Llama 3 and DeepSeek-Coder.
var EndControls = []string{
	"▁<EOT>", "<EOT>", "<|endoftext|>", "<|im_end|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
	"<|eot_id|>", "<|end_of_text|>", "<|EOT|>", "<｜end▁of▁sentence｜>",
}
