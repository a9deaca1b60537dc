package merge

import (
	"context"

	"github.com/airside-ls/airside/completion/syntax"
)

// FileOptions say how one file is merged beside git: by `airside merge-file`, and in the
// place of it where that is configured as a merge driver.
type FileOptions struct {
	TextOptions
	SecondLook bool   // merge by syntax what lines leave in conflict, each conflict by itself
	Path       string // its ending tells the language
}

// File merges by lines, as git merge-file does, and then by syntax if that is wanted.
// resolved is what only the syntax has settled. Binary content is not for it. Once ctx has
// ended the syntax settles nothing more: the result is that of lines.
func File(ctx context.Context, base, ours, theirs []byte, o FileOptions) (result TextResult, resolved []Resolution) {
	result = Text(base, ours, theirs, o.TextOptions)
	if !o.SecondLook || result.Conflicts == 0 {
		return result, nil
	}
	trees := syntax.NewCache(LookLimits)
	defer trees.CloseAll()
	proposal, ok := SecondLook(ctx, o.Path, base, ours, theirs, trees, o.TextOptions, nil)
	if !ok {
		return result, nil
	}
	result.Text, result.Conflicts = proposal.Text, proposal.Conflicts
	return result, proposal.Resolved
}
