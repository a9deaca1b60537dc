package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/airside-ls/airside/lsp/ext"
	"github.com/airside-ls/airside/lsp/settings"
	"github.com/airside-ls/airside/lsp/workspace"
)

// repositoryCheck is what doctor says of the repository around it.
type repositoryCheck struct {
	WorkDir  string           `json:"work_dir"` // "": none, see Error
	Enabled  bool             `json:"enabled"`  // it has opted in
	Branches []ext.SyncResult `json:"branches"` // as of the last sync; nothing is asked
	Error    string           `json:"error"`
}

func checkRepository(ctx context.Context, dir string, environ []string, open syncOpener, o settings.Options, log *slog.Logger) repositoryCheck {
	check := repositoryCheck{Branches: []ext.SyncResult{}}
	syncer, err := open(dir, environ, syncSettings(o), workspace.SyncHooks{}, log)
	if err != nil {
		check.Error = err.Error()
		return check
	}
	check.WorkDir, check.Enabled = syncer.WorkDir(), syncer.Enabled()
	if check.Enabled {
		check.Branches = workspace.SyncResults(syncer.Status(ctx)...)
	}
	return check
}

func (r repositoryCheck) print(b *strings.Builder, p colors, now time.Time) {
	switch {
	case r.WorkDir == "":
		fmt.Fprintf(b, "%s repository %s\n", p.dim("·"), printable(r.Error))
	case !r.Enabled:
		fmt.Fprintf(b, "%s repository %s takes no part in sync; `airside sync enable` opts it in\n", p.dim("·"), printable(r.WorkDir))
	default:
		fmt.Fprintf(b, "%s repository %s takes part in sync\n", p.green("✓"), printable(r.WorkDir))
		for line := range strings.Lines(renderSync(p, r.Branches, now)) {
			b.WriteString("             " + line)
		}
	}
}

// programsCheck tells what there is to reach remotes with.
type programsCheck struct {
	Git string `json:"git"` // path; "" for none
	SSH string `json:"ssh"`
}

func checkPrograms() programsCheck { return programsCheck{Git: program("git"), SSH: program("ssh")} }

func (c programsCheck) print(b *strings.Builder, p colors) {
	parts := []string{"git at " + c.Git, "ssh at " + c.SSH}
	mark := p.green("✓")
	if c.Git == "" {
		mark = p.yellow("!")
		parts[0] = "no git program: branches are fetched and pushed, but no work tree is moved"
	}
	if c.SSH == "" {
		mark = p.yellow("!")
		parts[1] = "no ssh program: of ~/.ssh/config only host and port are honoured"
	}
	fmt.Fprintf(b, "%s remotes    %s\n", mark, strings.Join(parts, "; "))
}
