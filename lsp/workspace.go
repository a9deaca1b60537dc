package lsp

import (
	"github.com/airside-ls/airside/completion"
)

// learnFolders has the engine learn the workspace's folders that are trusted, in
// the background.
func (s *Server) learnFolders() {
	s.syncs.mu.Lock()
	folders := s.syncs.folders
	s.syncs.mu.Unlock()
	for _, f := range folders {
		s.learn(f)
	}
}

func (s *Server) learn(folder string) {
	if s.opts.Files != nil && s.trusts(folder) == nil {
		s.engine.AddWorkspace(completion.Workspace{Root: folder, List: s.opts.Files(folder)})
	}
}
