// Package config reads git's configuration: the system's, the user's and the
// repository's own, and who says by it that a repository is theirs, who commits,
// and what is ignored.
package config

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/gcfg"

	"github.com/airside-ls/airside/gitsync/durable"
	"github.com/airside-ls/airside/gitsync/repo/fault"
	"github.com/airside-ls/airside/gitsync/repo/layout"
	"github.com/airside-ls/airside/gitsync/repo/program"
)

// Settings holds git's configuration: each key with its values, least
// important first. Section and name are in lower case, the subsection as
// written, as `git config --list` prints them.
type Settings map[string][]string

// Last is a key's most important value, "" where it is not set.
func (s Settings) Last(key string) string {
	if v := s[key]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// Bool reads git's truth values; a key without "=" is true.
func (s Settings) Bool(key string) bool {
	switch strings.ToLower(s.Last(key)) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

// Keys are all that are set, sorted.
func (s Settings) Keys() []string { return slices.Sorted(maps.Keys(s)) }

// normalKey lowers section and name, not the subsection.
func normalKey(key string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	if first < 0 {
		return strings.ToLower(key)
	}
	return strings.ToLower(key[:first]) + key[first:last] + strings.ToLower(key[last:])
}

// Config is the configuration that holds in one repository. What was read is kept:
// a process for each question is what a round without news would spend its time on,
// and one for each round what an idle laptop would.
type Config struct {
	at      layout.Layout
	environ program.Environment
	list    func() (listing, error)

	cache
}

// listing is all that is set.
type listing struct {
	all   Settings
	users Settings // without what the repository and its work tree set
	files []string // in which something is
}

// cache is what was read, and what tells whether it still holds.
type cache struct {
	mu    sync.Mutex
	read  time.Time
	files map[string]fileStamp // that it was read from, or might be
	all   Settings
	users Settings
	whole bool // files are all that matters
}

// FromFiles reads the configuration without git: files named by include.path are
// read but those of includeIf are not.
func FromFiles(at layout.Layout, environ program.Environment) *Config {
	c := &Config{at: at, environ: environ}
	c.list = c.readFiles
	return c
}

// New has git read it, if there is one, until life ends; nil ends that after a while
// only.
func New(at layout.Layout, git *program.Runner, life context.Context) *Config {
	c := FromFiles(at, git.Environ)
	if git.Has() {
		c.list = func() (listing, error) { return c.askGit(git, life) }
	}
	return c
}

// configPatience is how long git may take to read its configuration, which may
// name files that never end.
const configPatience = 10 * time.Second

// How long the configuration is kept at most: where nothing is known of what else it
// is read from, and where none of its files has changed.
const (
	configFor      = time.Second
	unchangedFor   = 15 * time.Minute
	configSettling = 2 * time.Second // within it a file may change and keep its time
)

type fileStamp struct {
	size int64
	time time.Time
}

func configStamp(path string) (s fileStamp) {
	if info, err := os.Stat(path); err == nil {
		s = fileStamp{info.Size(), info.ModTime()}
	}
	return s
}

// valid tells whether what was read is still what there is.
func (c *cache) valid(now time.Time) bool {
	age := now.Sub(c.read).Abs()
	if c.all == nil || age >= unchangedFor || age >= configFor && !c.whole {
		return false
	}
	for path, stamp := range c.files {
		if configStamp(path) != stamp || age >= configFor && c.read.Sub(stamp.time) < configSettling {
			return false
		}
	}
	return true
}

// All is everything that is set; it is not to be changed.
func (c *Config) All() (Settings, error) {
	all, _, err := c.settings()
	return all, err
}

// Users is what the user and the system set for all repositories, in files and in the
// environment: what a program may be named by. It is not to be changed.
func (c *Config) Users() (Settings, error) {
	_, users, err := c.settings()
	return users, err
}

func (c *Config) settings() (all, users Settings, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.valid(now) {
		return c.all, c.users, nil
	}
	files := map[string]fileStamp{} // as they are before they are read
	for _, path := range c.places() {
		files[path] = configStamp(path)
	}
	read, err := c.list()
	if err != nil {
		return nil, nil, err
	}
	c.whole = true
	for _, path := range read.files {
		if _, known := files[path]; !known {
			files[path] = configStamp(path)
		}
	}
	for key := range read.all { // what they name may come to be, and conditions to hold
		if strings.HasPrefix(key, "include.") || strings.HasPrefix(key, "includeif.") {
			c.whole = false
		}
	}
	c.all, c.users, c.files, c.read = read.all, read.users, files, now
	return c.all, c.users, nil
}

// places are where git looks for its configuration (git-config(1), "FILES"),
// whether there is something or not.
func (c *Config) places() []string {
	places := []string{filepath.Join(c.at.Common, "config"), filepath.Join(c.at.Git, "config.worktree"), "/etc/gitconfig"}
	home := c.environ.Get("HOME")
	if home != "" {
		places = append(places, filepath.Join(home, ".gitconfig"), filepath.Join(home, ".config", "git", "config"))
	}
	if dir := c.environ.Get("XDG_CONFIG_HOME"); dir != "" {
		places = append(places, filepath.Join(dir, "git", "config"))
	}
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		if path := c.environ.Get(name); path != "" {
			places = append(places, path)
		}
	}
	return places
}

// askGit reads everything at once: one process instead of one per key.
func (c *Config) askGit(git *program.Runner, life context.Context) (read listing, err error) {
	if life == nil {
		life = context.Background()
	}
	ctx, cancel := context.WithTimeout(life, configPatience)
	defer cancel()
	out, err := git.Read(ctx, "config", "--list", "--show-scope", "--show-origin", "-z")
	scoped := true
	if err != nil && strings.Contains(err.Error(), "unknown option") { // before git 2.26
		scoped = false
		out, err = git.Read(ctx, "config", "--list", "--show-origin", "-z")
	}
	if err != nil {
		return read, err
	}
	read.all, read.users = Settings{}, Settings{}
	for out := string(out); out != ""; {
		var scope, origin, item string
		if scoped {
			scope, out, _ = strings.Cut(out, "\x00")
		}
		origin, out, _ = strings.Cut(out, "\x00")
		item, out, _ = strings.Cut(out, "\x00")
		key, value, ok := strings.Cut(item, "\n")
		if !ok {
			value = "true"
		}
		read.all[key] = append(read.all[key], value)
		if scope == "system" || scope == "global" || scope == "command" {
			read.users[key] = append(read.users[key], value)
		}
		if path, ok := strings.CutPrefix(origin, "file:"); ok {
			read.files = append(read.files, layout.From(c.at.Work, path))
		}
	}
	if !scoped {
		read.users, err = c.global()
	}
	return read, err
}

// Own is the repository's own config and that of the work tree.
func (c *Config) Own() (Settings, error) {
	own, err := File(filepath.Join(c.at.Common, "config"), c.environ.Get("HOME"))
	if err != nil {
		return nil, err
	}
	if own.Bool("extensions.worktreeconfig") {
		return own, own.readFile(filepath.Join(c.at.Git, "config.worktree"), c.environ.Get("HOME"))
	}
	return own, nil
}

func (c *Config) readFiles() (listing, error) {
	users, err := c.global()
	if err != nil {
		return listing{}, err
	}
	own, err := c.Own()
	if err != nil {
		return listing{}, err
	}
	all := maps.Clone(users)
	for key, values := range own {
		all[key] = append(slices.Clone(all[key]), values...)
	}
	return listing{all: all, users: users}, nil
}

// global is what the system and the user set; where it cannot be read, what was
// read until then.
func (c *Config) global() (Settings, error) {
	all := Settings{}
	for _, file := range c.globalFiles() {
		if err := all.readFile(file, c.environ.Get("HOME")); err != nil {
			return all, err
		}
	}
	return all, nil
}

// globalFiles are the system's and the user's config files, by the
// environment that Options name.
func (c *Config) globalFiles() []string {
	files := []string{}
	if c.environ.Get("GIT_CONFIG_NOSYSTEM") == "" {
		if f := c.environ.Get("GIT_CONFIG_SYSTEM"); f != "" {
			files = append(files, f)
		} else if runtime.GOOS != "windows" {
			files = append(files, "/etc/gitconfig")
		}
	}
	if f := c.environ.Get("GIT_CONFIG_GLOBAL"); f != "" {
		return append(files, f)
	}
	if dir := c.xdg(); dir != "" {
		files = append(files, filepath.Join(dir, "git", "config"))
	}
	if home := c.environ.Get("HOME"); home != "" {
		files = append(files, filepath.Join(home, ".gitconfig"))
	}
	return files
}

func (c *Config) xdg() string {
	if dir := c.environ.Get("XDG_CONFIG_HOME"); dir != "" {
		return dir
	}
	if home := c.environ.Get("HOME"); home != "" {
		return filepath.Join(home, ".config")
	}
	return ""
}

// UserFile is a file of the user's that a key names, or that has git's usual
// place for it; "" when neither is known.
func (c *Config) UserFile(s Settings, key, usual string) string {
	if set := s.Last(key); set != "" {
		return ExpandHome(set, c.environ.Get("HOME"))
	}
	if dir := c.xdg(); dir != "" {
		return filepath.Join(dir, "git", usual)
	}
	return ""
}

// Bounds on what one file may include. Past the depth git itself refuses; the
// number and the bytes keep a file that names itself twenty times, which is twenty
// to the tenth at that depth, from taking the processor and the memory for ever.
const (
	maxIncludes      = 10
	maxIncludedFiles = 100
	maxIncludedBytes = 2 * layout.MaxConfig
)

// File is what one file sets, and what it includes; home is what ~/ stands for.
func File(name, home string) (Settings, error) {
	s := Settings{}
	return s, s.readFile(name, home)
}

// readFile adds what a file sets, and what it includes. A file that is not there
// sets nothing.
func (s Settings) readFile(name string, home string) error {
	return s.include(name, 0, home, &includeCount{})
}

// includeCount counts what was read for one file.
type includeCount struct{ files, bytes int }

func (s Settings) include(name string, depth int, home string, so *includeCount) error {
	data, err := durable.ReadFile(name, layout.MaxConfig)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && depth > 0 {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "%s: %v", name, err)
	}
	so.files, so.bytes = so.files+1, so.bytes+len(data)
	if depth > maxIncludes || so.files > maxIncludedFiles || so.bytes > maxIncludedBytes {
		return fault.Wrap(nil, "%s: git's configuration includes too much; does a file include itself?", name)
	}
	var deeper error // of what is included
	// The decoder's own Config looks through all subsections for each line.
	err = gcfg.ReadWithCallback(bytes.NewReader(data), func(section, sub, key, value string, blank bool) error {
		if key == "" {
			return nil // a section begins
		}
		if blank {
			value = "true"
		}
		full := section + "." + key
		if sub != "" {
			full = section + "." + sub + "." + key
		}
		full = normalKey(full)
		s[full] = append(s[full], value)
		if full == "include.path" {
			deeper = s.include(layout.From(filepath.Dir(name), ExpandHome(value, home)), depth+1, home, so)
		}
		return deeper
	})
	if err == nil || deeper != nil {
		return deeper
	}
	if m := configPlace.FindStringSubmatch(err.Error()); m != nil {
		return fault.Wrap(err, "bad config line %s in file %s (%s)", m[1], name, m[2])
	}
	return fault.Wrap(err, "bad config file %s: %v", name, err)
}

// configPlace is how the decoder says where it does not understand a file: git
// names the line alone.
var configPlace = regexp.MustCompile(`^(\d+):\d+: (.*)`)

// ExpandHome puts home in the place of ~/.
func ExpandHome(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return path
}
