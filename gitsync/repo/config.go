package repo

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
)

// settings holds git's configuration: each key with its values, least
// important first. Section and name are in lower case, the subsection as
// written, as `git config --list` prints them.
type settings map[string][]string

func (s settings) last(key string) string {
	if v := s[key]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// bool reads git's truth values; a key without "=" is true.
func (s settings) bool(key string) bool {
	switch strings.ToLower(s.last(key)) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

func (s settings) keys() []string { return slices.Sorted(maps.Keys(s)) }

// normalKey lowers section and name, not the subsection.
func normalKey(key string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	if first < 0 {
		return strings.ToLower(key)
	}
	return strings.ToLower(key[:first]) + key[first:last] + strings.ToLower(key[last:])
}

// Config is the effective value of a key such as "branch.main.remote", and
// whether it is set. Without the git binary, files named by include.path are
// read but those of includeIf are not.
func (r *Repo) Config(key string) (string, bool) {
	c, err := r.config()
	if err != nil {
		return "", false
	}
	v := c[normalKey(key)]
	if len(v) == 0 {
		return "", false
	}
	return v[len(v)-1], true
}

// configCache keeps the configuration: a process for each question is what a round
// without news would spend its time on, and one for each round what an idle laptop
// would.
type configCache struct {
	mu    sync.Mutex
	read  time.Time
	files map[string]fileStamp // that it was read from, or might be
	all   settings
	whole bool // files are all that matters
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
func (c *configCache) valid(now time.Time) bool {
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

// config is everything that is set; it is not to be changed.
func (r *Repo) config() (settings, error) {
	c := &r.configured
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.valid(now) {
		return c.all, nil
	}
	files := map[string]fileStamp{} // as they are before they are read
	for _, path := range r.configPlaces() {
		files[path] = configStamp(path)
	}
	all, others, err := r.readConfig()
	if err != nil {
		return nil, err
	}
	c.whole = true
	for _, path := range others {
		if _, known := files[path]; !known {
			files[path] = configStamp(path)
		}
	}
	for key := range all { // what they name may come to be, and conditions to hold
		if strings.HasPrefix(key, "include.") || strings.HasPrefix(key, "includeif.") {
			c.whole = false
		}
	}
	c.all, c.files, c.read = all, files, now
	return all, nil
}

// configPlaces are where git looks for its configuration (git-config(1), "FILES"),
// whether there is something or not.
func (r *Repo) configPlaces() []string {
	places := []string{filepath.Join(r.commonDir, "config"), filepath.Join(r.gitDir, "config.worktree"), "/etc/gitconfig"}
	home := r.environ("HOME")
	if home != "" {
		places = append(places, filepath.Join(home, ".gitconfig"), filepath.Join(home, ".config", "git", "config"))
	}
	if dir := r.environ("XDG_CONFIG_HOME"); dir != "" {
		places = append(places, filepath.Join(dir, "git", "config"))
	}
	for _, name := range []string{"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"} {
		if path := r.environ(name); path != "" {
			places = append(places, path)
		}
	}
	return places
}

// readConfig reads everything at once: one process instead of one per key. files
// are those in which something was set.
func (r *Repo) readConfig() (c settings, files []string, err error) {
	if r.opts.Git == "" {
		c, err = r.readConfigFiles()
		return c, nil, err
	}
	ctx := r.opts.Life
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, configPatience)
	defer cancel()
	out, err := r.read(ctx, "config", "--list", "--show-origin", "-z")
	if err != nil {
		return nil, nil, err
	}
	c = settings{}
	for out := string(out); out != ""; {
		var origin, item string
		origin, out, _ = strings.Cut(out, "\x00")
		item, out, _ = strings.Cut(out, "\x00")
		key, value, ok := strings.Cut(item, "\n")
		if !ok {
			value = "true"
		}
		c[key] = append(c[key], value)
		if path, ok := strings.CutPrefix(origin, "file:"); ok {
			files = append(files, absFrom(r.workDir, path))
		}
	}
	return c, files, nil
}

// ownConfig is the repository's own config and that of the work tree.
func (r *Repo) ownConfig() (settings, error) {
	c := settings{}
	if err := c.readFile(filepath.Join(r.commonDir, "config"), r.environ("HOME")); err != nil {
		return nil, err
	}
	if c.bool("extensions.worktreeconfig") {
		return c, c.readFile(filepath.Join(r.gitDir, "config.worktree"), r.environ("HOME"))
	}
	return c, nil
}

func (r *Repo) readConfigFiles() (settings, error) {
	c := settings{}
	for _, file := range r.globalFiles() {
		if err := c.readFile(file, r.environ("HOME")); err != nil {
			return nil, err
		}
	}
	own, err := r.ownConfig()
	if err != nil {
		return nil, err
	}
	for key, values := range own {
		c[key] = append(c[key], values...)
	}
	return c, nil
}

// globalFiles are the system's and the user's config files, by the
// environment that Options name.
func (r *Repo) globalFiles() []string {
	files := []string{}
	if r.environ("GIT_CONFIG_NOSYSTEM") == "" {
		if f := r.environ("GIT_CONFIG_SYSTEM"); f != "" {
			files = append(files, f)
		} else if runtime.GOOS != "windows" {
			files = append(files, "/etc/gitconfig")
		}
	}
	if f := r.environ("GIT_CONFIG_GLOBAL"); f != "" {
		return append(files, f)
	}
	if dir := r.xdg(); dir != "" {
		files = append(files, filepath.Join(dir, "git", "config"))
	}
	if home := r.environ("HOME"); home != "" {
		files = append(files, filepath.Join(home, ".gitconfig"))
	}
	return files
}

func (r *Repo) xdg() string {
	if dir := r.environ("XDG_CONFIG_HOME"); dir != "" {
		return dir
	}
	if home := r.environ("HOME"); home != "" {
		return filepath.Join(home, ".config")
	}
	return ""
}

// userFile is a file of the user's that a key names, or that has git's usual
// place for it; "" when neither is known.
func (r *Repo) userFile(c settings, key, usual string) string {
	if set := c.last(key); set != "" {
		return expandHome(set, r.environ("HOME"))
	}
	if dir := r.xdg(); dir != "" {
		return filepath.Join(dir, "git", usual)
	}
	return ""
}

// environ is the last value of a variable in Options.Environ.
func (r *Repo) environ(name string) string {
	for _, kv := range slices.Backward(r.opts.Environ) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// Bounds on what one file may include. Past the depth git itself refuses; the
// number and the bytes keep a file that names itself twenty times, which is twenty
// to the tenth at that depth, from taking the processor and the memory for ever.
const (
	maxIncludes      = 10
	maxIncludedFiles = 100
	maxIncludedBytes = 2 * maxConfig
)

// readFile adds what a file sets, and what it includes. A file that is not there
// sets nothing.
func (s settings) readFile(name string, home string) error {
	return s.include(name, 0, home, &included{})
}

// included counts what was read for one file.
type included struct{ files, bytes int }

func (s settings) include(name string, depth int, home string, so *included) error {
	data, err := durable.ReadFile(name, maxConfig)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) && depth > 0 {
		return nil
	}
	if err != nil {
		return failed(err, "%s: %v", name, err)
	}
	so.files, so.bytes = so.files+1, so.bytes+len(data)
	if depth > maxIncludes || so.files > maxIncludedFiles || so.bytes > maxIncludedBytes {
		return failed(nil, "%s: git's configuration includes too much; does a file include itself?", name)
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
			deeper = s.include(absFrom(filepath.Dir(name), expandHome(value, home)), depth+1, home, so)
		}
		return deeper
	})
	if err == nil || deeper != nil {
		return deeper
	}
	if m := configPlace.FindStringSubmatch(err.Error()); m != nil {
		return failed(err, "bad config line %s in file %s (%s)", m[1], name, m[2])
	}
	return failed(err, "bad config file %s: %v", name, err)
}

// configPlace is how the decoder says where it does not understand a file: git
// names the line alone.
var configPlace = regexp.MustCompile(`^(\d+):\d+: (.*)`)

func expandHome(path, home string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return path
}
