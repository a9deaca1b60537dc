package lsp

import (
	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/airside-ls/airside/lsp/editor"
	"github.com/airside-ls/airside/lsp/ext"
)

// commands of workspace/executeCommand.
func (s *Server) commands() map[string]func(*editor.Invocation) (any, error) {
	return map[string]func(*editor.Invocation) (any, error){
		ext.CommandAccepted: s.completions.accepted,
		ext.CommandWhy:      s.completions.why,

		ext.CommandModelSelect: s.modelSelect,

		ext.CommandReview:          s.review,
		ext.CommandReviewDismiss:   s.reviewDismiss,
		ext.CommandReviewUndismiss: s.reviewUndismiss,
		ext.CommandReviewPublish:   s.reviewPublish,
		ext.CommandReviewClear:     s.reviewClear,

		ext.CommandSyncNow:     s.syncNow,
		ext.CommandSyncEnable:  s.syncEnable,
		ext.CommandSyncDisable: s.syncDisable,
		ext.CommandSyncUndo:    s.syncUndo,
		ext.CommandSyncResolve: s.syncResolve,

		ext.CommandCommentList:    s.commentList,
		ext.CommandCommentAdd:     s.commentAdd,
		ext.CommandCommentReply:   s.commentReply,
		ext.CommandCommentEdit:    s.commentEdit,
		ext.CommandCommentResolve: s.commentResolve,
		ext.CommandCommentReopen:  s.commentReopen,
		ext.CommandCommentRedact:  s.commentRedact,
	}
}

// executeCommand is workspace/executeCommand.
func (s *Server) executeCommand(c *editor.Call, params *protocol.ExecuteCommandParams) (editor.Answer, error) {
	command, ok := s.commands()[params.Command]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "command %.100q is not known", params.Command)
	}
	run := &editor.Invocation{Call: c, Arguments: params.Arguments, Token: params.WorkDoneToken}
	return func() (any, error) { return command(run) }, nil
}
