package lsp

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/completion"
	"github.com/airside-ls/airside/lsp/ext"
)

// commands of workspace/executeCommand.
var commands = map[string]func(*Server, *invocation) (any, error){
	ext.CommandAccepted: (*Server).accepted,
	ext.CommandWhy:      (*Server).why,

	ext.CommandModelSelect: (*Server).modelSelect,

	ext.CommandReview:          (*Server).review,
	ext.CommandReviewDismiss:   (*Server).reviewDismiss,
	ext.CommandReviewUndismiss: (*Server).reviewUndismiss,
	ext.CommandReviewPublish:   (*Server).reviewPublish,
	ext.CommandReviewClear:     (*Server).reviewClear,

	ext.CommandSyncNow:     (*Server).syncNow,
	ext.CommandSyncEnable:  (*Server).syncEnable,
	ext.CommandSyncDisable: (*Server).syncDisable,
	ext.CommandSyncUndo:    (*Server).syncUndo,
	ext.CommandSyncResolve: (*Server).syncResolve,

	ext.CommandCommentList:    (*Server).commentList,
	ext.CommandCommentAdd:     (*Server).commentAdd,
	ext.CommandCommentReply:   (*Server).commentReply,
	ext.CommandCommentEdit:    (*Server).commentEdit,
	ext.CommandCommentResolve: (*Server).commentResolve,
	ext.CommandCommentReopen:  (*Server).commentReopen,
	ext.CommandCommentRedact:  (*Server).commentRedact,
}

func commandNames() []string { return slices.Sorted(maps.Keys(commands)) }

// invocation is one run of a command.
type invocation struct {
	*call
	arguments []protocol.LSPAny
	token     protocol.ProgressToken // where to tell of progress; nil for none
}

// executeCommand is workspace/executeCommand.
func (s *Server) executeCommand(c *call, params *protocol.ExecuteCommandParams) (answer, error) {
	command, ok := commands[params.Command]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "command %.100q is not known", params.Command)
	}
	run := &invocation{call: c, arguments: params.Arguments, token: params.WorkDoneToken}
	return func() (any, error) { return command(s, run) }, nil
}

// accepted is airside.accepted: the suggestion was taken as a whole.
func (s *Server) accepted(run *invocation) (any, error) {
	id, err := suggestionID(run.arguments)
	if err != nil {
		return nil, err
	}
	s.engine.Feedback(id, completion.Accepted, 0)
	return nil, nil
}

// why is airside.why: what became of the latest requests, whether the engine
// was asked or not.
func (s *Server) why(*invocation) (any, error) {
	traces := append(s.declined.list(), s.engine.Traces()...)
	slices.SortStableFunc(traces, func(a, b completion.Trace) int { return cmp.Compare(b.Time.UnixNano(), a.Time.UnixNano()) })
	told := make([]ext.Trace, 0, len(traces))
	for _, t := range traces {
		told = append(told, EncodeTrace(t))
	}
	return told, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
