//go:build !linux

package lsp

import "context"

// awaitEnd is told of no process's end here.
func awaitEnd(context.Context, int, func()) (told bool) { return false }
