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

		ext.CommandSnooze: s.completions.snooze,
		ext.CommandStats:  s.completions.stats,
		ext.CommandSwitch: s.switchHere,

		ext.CommandModelSelect: s.modelSelect,

		ext.CommandCommitMessage: s.commitMessage,
		ext.CommandNextTaken:     s.next.taken,
		ext.CommandNextRefused:   s.next.refused,

		ext.CommandReview:          s.reviews.Review,
		ext.CommandReviewDismiss:   s.reviews.Dismiss,
		ext.CommandReviewUndismiss: s.reviews.Undismiss,
		ext.CommandReviewPublish:   s.reviews.Publish,
		ext.CommandReviewClear:     s.reviews.Clear,

		ext.CommandSyncStatus:  s.workspace.SyncStatus,
		ext.CommandSyncNow:     s.workspace.SyncNow,
		ext.CommandSyncEnable:  s.workspace.SyncEnable,
		ext.CommandSyncDisable: s.workspace.SyncDisable,
		ext.CommandSyncUndo:    s.workspace.SyncUndo,
		ext.CommandSyncResolve: s.workspace.SyncResolve,
		ext.CommandSyncNews:    s.workspace.SyncNews,
		ext.CommandSyncSeen:    s.workspace.SyncSeen,
		ext.CommandSyncUnmark:  s.workspace.SyncUnmark,

		ext.CommandCommentList:    s.workspace.CommentList,
		ext.CommandCommentAdd:     s.workspace.CommentAdd,
		ext.CommandCommentReply:   s.workspace.CommentReply,
		ext.CommandCommentEdit:    s.workspace.CommentEdit,
		ext.CommandCommentResolve: s.workspace.CommentResolve,
		ext.CommandCommentReopen:  s.workspace.CommentReopen,
		ext.CommandCommentRedact:  s.workspace.CommentRedact,
	}
}

// executeCommand is workspace/executeCommand.
func (s *Server) executeCommand(c *editor.Call, params *protocol.ExecuteCommandParams) (editor.Answer, error) {
	command, ok := s.commands()[params.Command]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.InvalidParams, "command %.100q is not known", params.Command)
	}
	run := &editor.Invocation{Call: c, Arguments: params.Arguments, Token: params.WorkDoneToken}
	return func() (any, error) {
		result, err := command(run)
		able := &s.client.capabilities
		if able.Language != nil {
			result = said(result, able.Say)
		}
		return result, able.Error(err)
	}, nil
}
