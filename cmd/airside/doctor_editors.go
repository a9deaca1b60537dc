package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// editorCheck is an editor on this machine; its JSON is part of the contract.
type editorCheck struct {
	Name       string `json:"name"`
	Program    string `json:"program"`
	Version    string `json:"version"`    // "" where it does not tell in time
	Enough     bool   `json:"enough"`     // its version, as far as it is known
	Configured bool   `json:"configured"` // airside is named where its settings are
	Note       string `json:"note,omitempty"`
	Mend       string `json:"mend,omitempty"` // what sets it up
}

// editorKind is how an editor is found and set up.
type editorKind struct {
	name     string
	programs []string
	asks     bool   // "--version" is quick
	least    [2]int // version
	// extensions are folders below the home that have a folder airside-ls.airside-*.
	extensions []string
	// settings are files and folders below the home that name airside where it is set up.
	settings []string
	mend     string
}

var editorKinds = []editorKind{
	{name: "VS Code", programs: []string{"code", "codium", "code-insiders", "cursor", "code-server"}, asks: true, least: [2]int{1, 91},
		extensions: []string{".vscode/extensions", ".vscode-oss/extensions", ".vscode-insiders/extensions", ".cursor/extensions", ".vscode-server/extensions", ".local/share/code-server/extensions"},
		mend:       "airside setup --vsix FILE"},
	{name: "Neovim", programs: []string{"nvim"}, asks: true, least: [2]int{0, 10},
		settings: []string{".config/nvim", "AppData/Local/nvim"}, mend: "airside setup --neovim"},
	{name: "Vim", programs: []string{"vim"}, settings: []string{".vimrc", ".vim/vimrc"}},
	{name: "Helix", programs: []string{"hx", "helix"}, settings: []string{".config/helix/languages.toml"}},
	{name: "Emacs", programs: []string{"emacs"}, settings: []string{".emacs", ".emacs.d/init.el", ".config/emacs/init.el"}},
	{name: "Kakoune", programs: []string{"kak"}, settings: []string{".config/kak", ".config/kak-lsp"}},
	{name: "Zed", programs: []string{"zed", "zeditor"}, settings: []string{".config/zed/settings.json"}},
}

// versionPatience is how long an editor may take to tell its version.
const versionPatience = 1500 * time.Millisecond

// checkEditors looks for editors, all of them at once.
func checkEditors(ctx context.Context, home string) []editorCheck {
	found := make([]*editorCheck, len(editorKinds))
	var all sync.WaitGroup
	for i, kind := range editorKinds {
		all.Go(func() { found[i] = kind.check(ctx, home) })
	}
	all.Wait()
	list := []editorCheck{}
	for _, e := range found {
		if e != nil {
			list = append(list, *e)
		}
	}
	return list
}

func (k editorKind) check(ctx context.Context, home string) *editorCheck {
	e := editorCheck{Name: k.name, Enough: true}
	for _, name := range k.programs {
		if e.Program = program(name); e.Program != "" {
			break
		}
	}
	if e.Program == "" {
		return nil
	}
	if k.asks {
		e.Version, e.Enough = k.version(ctx, e.Program)
	}
	e.Configured = home != "" && k.configured(home)
	switch real, err := filepath.EvalSymlinks(e.Program); {
	case !e.Enough:
		e.Note = fmt.Sprintf("too old: airside needs %d.%d", k.least[0], k.least[1])
	case err == nil && strings.Contains(real, "flatpak"):
		e.Note = "a Flatpak: it starts no program outside of it, but the one that its extension carries"
	}
	if !e.Configured && e.Enough {
		if e.Mend = k.mend; e.Mend == "" {
			e.Mend = "see editors/guides/" + strings.ToLower(k.name) + ".md"
		}
	}
	return &e
}

var versionNumber = regexp.MustCompile(`(\d+)\.(\d+)(?:\.\d+)?`)

// version asks a program. One that does not tell is taken to be new enough.
func (k editorKind) version(ctx context.Context, program string) (version string, enough bool) {
	ctx, cancel := context.WithTimeout(ctx, versionPatience)
	defer cancel()
	ask := exec.CommandContext(ctx, program, "--version")
	ask.WaitDelay = versionPatience / 10
	said, err := ask.Output()
	m := versionNumber.FindStringSubmatch(string(said[:min(len(said), 200)]))
	if err != nil || m == nil {
		return "", true
	}
	major, _ := strconv.Atoi(m[1])
	minor, _ := strconv.Atoi(m[2])
	return m[0], major > k.least[0] || major == k.least[0] && minor >= k.least[1]
}

// maxSettings bounds how much of an editor's settings is looked through: files and
// folders, and the bytes of one file.
const maxSettings, maxSettingsBytes = 2000, 1 << 20

func (k editorKind) configured(home string) bool {
	for _, dir := range k.extensions {
		if found, _ := filepath.Glob(filepath.Join(home, filepath.FromSlash(dir), "airside-ls.airside-*")); len(found) > 0 {
			return true
		}
	}
	seen, named := 0, false
	for _, place := range k.settings {
		root := filepath.Join(home, filepath.FromSlash(place))
		if below, ok := strings.CutPrefix(place, ".config/"); ok && filepath.IsAbs(os.Getenv("XDG_CONFIG_HOME")) {
			root = filepath.Join(os.Getenv("XDG_CONFIG_HOME"), filepath.FromSlash(below))
		}
		if real, err := filepath.EvalSymlinks(root); err == nil { // a walk follows no link, and dotfiles often are
			root = real
		}
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if seen++; err != nil || named || seen > maxSettings {
				return fs.SkipAll
			}
			if d.IsDir() && d.Name() == ".git" {
				return fs.SkipDir
			}
			info, err := os.Stat(path) // a link, too
			if err != nil || !info.Mode().IsRegular() || info.Size() > maxSettingsBytes {
				return nil
			}
			text, _ := os.ReadFile(path)
			named = strings.Contains(string(text), "airside")
			return nil
		})
	}
	return named
}

func printEditors(b *strings.Builder, p colors, list []editorCheck) {
	if len(list) == 0 {
		fmt.Fprintf(b, "%s editors    none was found on the PATH\n", p.dim("·"))
	}
	for i, e := range list {
		mark, said := p.green("✓"), "set up"
		switch {
		case e.Note != "" && !e.Enough:
			mark, said = p.yellow("!"), e.Note
		case !e.Configured:
			mark, said = p.dim("·"), "not set up"
		}
		title := "editors"
		if i > 0 {
			title = ""
		}
		fmt.Fprintf(b, "%s %-10s %s\n", mark, title, printable(strings.TrimSpace(e.Name+" "+e.Version)+": "+said))
	}
}

// ofHome is the user's home folder, "" for none.
func ofHome() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}
