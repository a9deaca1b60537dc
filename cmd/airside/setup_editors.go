package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/airside-ls/airside/gitsync/durable"
)

// editorSetup is what setup did about an editor; its JSON is part of the contract.
type editorSetup struct {
	Name string `json:"name"`
	Done string `json:"done"` // what was done, or why nothing was
	Mend string `json:"mend,omitempty"`
	OK   bool   `json:"ok"`
}

// neovimLines are those of the front page, which a test compares.
const neovimLines = `vim.lsp.config('airside', {
  cmd = { 'airside' },
  filetypes = { 'go', 'python', 'javascript', 'typescript', 'rust', 'java', 'c', 'cpp' },
  root_markers = { '.git' },
})
vim.lsp.enable('airside')
vim.lsp.inline_completion.enable()
vim.keymap.set('i', '<Tab>', function()
  if not vim.lsp.inline_completion.get() then return '<Tab>' end
end, { expr = true })
`

// installPatience is how long VS Code may take to install an extension.
const installPatience = 3 * time.Minute

// editors sets up those that are found.
func (s *setupCommand) editors(ctx context.Context) []editorSetup {
	home := ofHome()
	list := []editorSetup{}
	for _, e := range checkEditors(ctx, home) {
		done := editorSetup{Name: e.Name, OK: e.Configured, Done: "is set up"}
		switch {
		case !e.Enough:
			done.OK, done.Done = false, e.Note
		case e.Name == "VS Code" && (!e.Configured || s.vsix != ""):
			done = s.vsCode(ctx, e)
		case e.Configured:
		case e.Name == "Neovim":
			done = s.writeNeovim(e, home)
		default:
			done.Done, done.Mend = "is not set up by airside", "see the guides, editors/guides"
		}
		mark := map[bool]string{true: palette(s.std.out).green("✓"), false: palette(s.std.out).dim("·")}[done.OK]
		s.say("%s %s: %s\n", mark, e.Name, printable(done.Done))
		list = append(list, done)
	}
	return list
}

// maxManifest bounds the package.json of an extension, in bytes.
const maxManifest = 1 << 20

// vsixVersion is the version of a file that is airside's extension, "" for another.
func vsixVersion(file string) string {
	packed, err := zip.OpenReader(file)
	if err != nil {
		return ""
	}
	defer packed.Close()
	manifest, err := packed.Open("extension/package.json")
	if err != nil {
		return ""
	}
	defer manifest.Close()
	var is struct{ Publisher, Name, Version string }
	if err := json.NewDecoder(io.LimitReader(manifest, maxManifest)).Decode(&is); err != nil || is.Publisher+"."+is.Name != "airside-ls.airside" {
		return ""
	}
	return is.Version
}

// vsixBeside is an extension of this very version that lies where airside does, "" for
// none: what else lies there may be anybody's.
func vsixBeside() string {
	self, err := os.Executable()
	if err != nil {
		return ""
	}
	v, _ := buildVersion()
	wanted := strings.TrimPrefix(v, "v")
	for _, dir := range []string{filepath.Dir(self), filepath.Join(filepath.Dir(self), "..", "share", "airside")} {
		found, _ := filepath.Glob(filepath.Join(dir, "airside-*.vsix"))
		for _, file := range found {
			if vsixVersion(file) == wanted {
				return file
			}
		}
	}
	return ""
}

func (s *setupCommand) vsCode(ctx context.Context, e editorCheck) editorSetup {
	done := editorSetup{Name: e.Name}
	file := s.vsix
	if file == "" {
		file = vsixBeside()
	}
	if file == "" {
		done.Done, done.Mend = "no extension of this version (airside-*.vsix) lies beside airside", "airside setup --vsix FILE"
		return done
	}
	if s.answers == nil && !s.sure {
		done.Done, done.Mend = "is not set up; with --yes it would be", "airside setup --yes --vsix "+shellWord(file)
		return done
	}
	if s.answers != nil && !s.answers.yes("Install "+file+" into VS Code?", true) {
		done.Done = "was left as it is"
		return done
	}
	ctx, cancel := context.WithTimeout(ctx, installPatience)
	defer cancel()
	said, err := exec.CommandContext(ctx, e.Program, "--install-extension", file, "--force").CombinedOutput()
	if err != nil {
		done.Done, done.Mend = fmt.Sprintf("did not take %s: %v %s", file, err, lastLine(string(said))), e.Program+" --install-extension "+shellWord(file)
		return done
	}
	done.OK, done.Done = true, file+" is installed"
	return done
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// writeNeovim writes the lines into a file of their own, which Neovim reads when it
// starts, or says them.
func (s *setupCommand) writeNeovim(e editorCheck, home string) editorSetup {
	done := editorSetup{Name: e.Name}
	dir := filepath.Join(home, ".config", "nvim")
	if config := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(config) {
		dir = filepath.Join(config, "nvim")
	}
	file := filepath.Join(dir, "plugin", "airside.lua")
	var major, minor int
	if n, _ := fmt.Sscanf(e.Version, "%d.%d", &major, &minor); n == 2 && major == 0 && minor < 12 {
		done.Done, done.Mend = "is older than 0.12, which shows suggestions by itself: take the plugin, editors/nvim", "see editors/guides/neovim.md"
		return done
	}
	if s.answers == nil && !s.sure || !s.neovim && (s.answers == nil || !s.answers.yes("Write the ten lines that Neovim needs into "+file+"?", true)) {
		done.Done, done.Mend = "needs these lines in its init.lua, which --neovim --yes writes:\n"+neovimLines, "airside setup --neovim --yes"
		return done
	}
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil && exists(file) {
		err = fmt.Errorf("there is one already")
	}
	if err == nil {
		err = durable.WriteFile(durable.OS, file, []byte("-- Written by airside setup; yours to change.\n"+neovimLines), 0o644)
	}
	if err != nil {
		done.Done = fmt.Sprintf("%s was not written (%v); its init.lua needs:\n%s", file, err, neovimLines)
		return done
	}
	done.OK, done.Done = true, file+" is written"
	return done
}
