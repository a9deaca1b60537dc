package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestExcludesFiles: which files of patterns count beside .gitignore, as git says.
func TestExcludesFiles(t *testing.T) {
	for name, test := range map[string]struct {
		files   map[string]string
		environ string // beside HOME; % is the test's folder
		want    string
	}{
		"the usual place":              {nil, "", "home/.config/git/ignore top/.git/info/exclude"},
		"by XDG":                       {nil, "XDG_CONFIG_HOME=%/x", "x/git/ignore top/.git/info/exclude"},
		"the user's":                   {map[string]string{"home/.gitconfig": "[core]\n\texcludesFile = ~/mine\n"}, "", "home/mine top/.git/info/exclude"},
		"the user's, XDG":              {map[string]string{"home/.config/git/config": "[core]\n\texcludesfile = \"~/my own\"\n"}, "", "home/my own top/.git/info/exclude"},
		"included":                     {map[string]string{"home/.gitconfig": "[include]\n\tpath = more\n", "home/more": "[Core]\nexcludesFile=~/mine\n"}, "", "home/mine top/.git/info/exclude"},
		"the last one":                 {map[string]string{"home/.gitconfig": "[core]\nexcludesFile=~/a\nexcludesFile=~/b\n"}, "", "home/b top/.git/info/exclude"},
		"by GIT_CONFIG_GLOBAL":         {map[string]string{"other": "[core]\nexcludesFile=~/c\n"}, "GIT_CONFIG_GLOBAL=%/other", "home/c top/.git/info/exclude"},
		"the repository's, besides":    {map[string]string{"home/.gitconfig": "[core]\nexcludesFile=~/a\n", "top/.git/config": "[core]\nexcludesFile=own\n"}, "", "home/a top/own top/.git/info/exclude"},
		"a configuration that is none": {map[string]string{"home/.gitconfig": "[core\n", "top/.git/config": "[["}, "", "home/.config/git/ignore top/.git/info/exclude"},
		"no repository":                {map[string]string{"top/.git/HEAD": ""}, "", "home/.config/git/ignore top/.git/info/exclude"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			all := map[string]string{"top/.git/HEAD": "ref: refs/heads/main\n", "top/.git/objects/x": "", "top/.git/refs/x": ""}
			for name, text := range test.files {
				all[name] = text
			}
			for name, text := range all {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			environ := []string{"HOME=" + filepath.Join(dir, "home"), "GIT_CONFIG_NOSYSTEM=1", strings.ReplaceAll(test.environ, "%", dir)}
			var got []string
			for _, file := range ExcludesFiles(filepath.Join(dir, "top"), environ) {
				rel, _ := filepath.Rel(dir, file)
				got = append(got, filepath.ToSlash(rel))
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, link := filepath.Join(dir, "dotfiles"), filepath.Join(dir, "git", "ignore")
	if err := os.Mkdir(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(elsewhere, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, link); err != nil {
		t.Skip(err)
	}
	if got := ExcludesFiles(dir, []string{"XDG_CONFIG_HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1"}); !slices.Equal(got, []string{elsewhere}) {
		t.Errorf("through a link: %q", got)
	}
}
