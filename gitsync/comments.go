package gitsync

import "github.com/airside-ls/airside/gitsync/threads"

// Comments are the review comments of the repository. They can be written and
// read whether it takes part in sync or not.
func (s *Syncer) Comments() *threads.Store { return s.comments }

// StateDir is the folder in which airside keeps what it remembers of the
// repository. It may not be there yet.
func (s *Syncer) StateDir() string { return s.dir() }
