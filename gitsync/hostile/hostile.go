//go:build unix

// Package hostile makes a folder as somebody may hand it over who wants to run
// programs, contact hosts and write elsewhere: a repository in which whatever git
// lets it name is a trap. It is for tests.
package hostile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Folder is one with traps. A trap that goes off leaves a file in ran, and what
// is outside the folder is compared.
type Folder struct {
	Dir   string // the work tree
	Traps []string

	t       testing.TB
	ran     string
	outside string
	before  map[string]string
}

// programs are git's keys whose value is a program, or a command line for the
// shell, by its documentation (git-config and what that points to). NAME stands
// for a name of the repository's choice, which .gitattributes and the other keys
// here use.
var programs = []string{
	"core.sshCommand", "core.fsmonitor", "core.pager", "core.editor", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
	"credential.helper", "credential.http://127.0.0.1.helper", "sequence.editor", "gpg.program", "gpg.openpgp.program", "gpg.x509.program",
	"gpg.ssh.program", "gpg.ssh.defaultKeyCommand", "filter.NAME.clean", "filter.NAME.smudge", "filter.NAME.process",
	"filter.lfs.clean", "filter.lfs.process", "diff.external", "diff.NAME.command", "diff.NAME.textconv", "merge.NAME.driver", "mergetool.NAME.cmd",
	"difftool.NAME.cmd", "difftool.NAME.path", "guitool.NAME.cmd", "browser.NAME.cmd", "man.NAME.cmd", "pager.status", "pager.log", "pager.diff", "pager.config",
	"interactive.diffFilter", "remote.origin.uploadpack", "remote.origin.receivepack", "uploadpack.packObjectsHook",
	"trailer.NAME.command", "trailer.NAME.cmd", "sendemail.smtpserver", "sendemail.toCmd", "sendemail.ccCmd", "imap.tunnel", "instaweb.httpd",
	"alias.status", "alias.config", "alias.log", "alias.diff-index", "alias.ls-files", "submodule.NAME.update",
	"browser.NAME.path", "man.NAME.path", "mergetool.NAME.path", "web.browser", "help.browser", "instaweb.browser", "instaweb.modulePath",
	"tar.NAME.command", "remote.origin.vcs", "sendemail.headerCmd", "sendemail.sendmailCmd", "gc.recentObjectsHook", "gitcvs.dbDriver",
	"pager.show", "pager.ls-files", "pager.for-each-ref", "alias.rev-parse", "alias.credential", "alias.fetch", "alias.check-attr", "alias.cat-file",
	"hook.NAME.command", "filter.lfs.smudge", "lfs.customtransfer.NAME.path", "lfs.extension.NAME.clean", "lfs.extension.NAME.smudge", "lfs.standalonetransferagent",
	"credential.https://.helper", "diff.lfs.textconv", "merge.lfs.driver",
}

// hosts are keys whose value is an address, or a file that may be elsewhere.
var hosts = []string{
	"bundle.NAME.uri", "fetch.bundleURI", "transfer.bundleURI", "remote.web.pushurl", "http.NAME.proxy", "https.proxy",
	"lfs.pushurl", "remote.web.lfsurl", "lfs.NAME.access", "url.NAME.pushInsteadOf", "submodule.NAME.url", "imap.host", "sendemail.smtpServer",
}

// selects are keys that choose among what others define, or switch on what is off.
var selects = []string{
	"[extensions]\n\tworktreeConfig = true\n", "[merge]\n\ttool = NAME\n\tguitool = NAME\n\tdefault = NAME\n", "[diff]\n\ttool = NAME\n\tguitool = NAME\n\tsubmodule = log\n",
	"[hook \"NAME\"]\n\tevent = pre-push\n\tevent = reference-transaction\n\tevent = post-index-change\n", "[man]\n\tviewer = NAME\n", "[fsmonitor]\n\tallowRemote = true\n",
	"[gpg]\n\tformat = ssh\n", "[push]\n\tgpgSign = if-asked\n\trecurseSubmodules = on-demand\n", "[fetch]\n\trecurseSubmodules = true\n\twriteCommitGraph = true\n",
	"[http]\n\tcookieFile = OUTSIDE/victim-cookies.txt\n\tsaveCookies = true\n", "[trace2]\n\tnormalTarget = OUTSIDE/trace\n\teventTarget = OUTSIDE/trace\n",
	"[maintenance]\n\tautoDetach = true\n\tstrategy = incremental\n", "[safe]\n\tdirectory = *\n", "[submodule]\n\tactive = .\n", "[remote \"origin\"]\n\tpartialclonefilter = blob:none\n",
}

// hooks are git's hooks, by githooks(5).
var hooks = []string{
	"applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit",
	"pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update", "proc-receive", "post-receive", "post-update",
	"reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite", "sendemail-validate", "fsmonitor-watchman", "post-index-change",
}

// links and pipes are files of a repository that git or airside reads or writes
// and that may be missing, below .git, or in the work tree with a leading slash.
var (
	links = []string{
		"airside/lock", "airside/state.json", "airside/state.json.airside-tmp", "airside/sync.json.airside-tmp", "airside/comments.json.airside-tmp",
		"airside/comments-stay", "airside/snapshot-index", "airside/checkout", "airside/replies", "airside/COMMENT_EDITMSG.md",
		"refs/airside/wip", "refs/airside/keep", "logs/refs/airside", "logs/HEAD", "index.lock", "packed-refs.new", "FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG",
	}
	zeros = []string{"airside/comments.json", "info/sparse-checkout"}
	pipes = []string{"airside/journal", "info/exclude", "info/attributes", "objects/info/alternates", "info/grafts", "/.mailmap", "/.gitignore", "/pipe.go"}
)

// Make makes a folder with all of that in dir, which has to be empty. address
// (host:port) is a host that it names: who calls knows whether it was asked.
func Make(t testing.TB, dir, address string) *Folder {
	t.Helper()
	f := &Folder{t: t, Dir: filepath.Join(dir, "folder"), ran: filepath.Join(dir, "ran"), outside: filepath.Join(dir, "outside")}
	for _, path := range []string{f.Dir, f.ran, f.outside, filepath.Join(dir, "traps")} {
		f.must(os.Mkdir(path, 0o755))
	}
	f.Traps = append(f.Traps, "http.proxy", "remote.web.url", "remote.web.proxy", "remote.lazy.url", "lfs.url")
	f.Traps = append(f.Traps, hosts...)
	f.Traps = append(f.Traps, "http.saveCookies", "trace2.normalTarget", "trace2.eventTarget")
	f.repository()
	f.write("load.go", "package load\n\nfunc load() error {\n\treturn nil\n}\n")
	f.write("a.go", "package a\n")
	f.write(".gitattributes", "* filter=NAME diff=NAME merge=NAME text eol=crlf\n")

	config := []string{
		"[user]\n\tname = A\n\temail = a@example.org\n",
		"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\thooksPath = " + filepath.Join(f.Dir, "hooks") + "\n\tattributesFile = " + filepath.Join(f.Dir, ".git", "pipe") + "\n",
		"[gc]\n\tauto = 1\n[maintenance]\n\tauto = true\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n[filter \"NAME\"]\n\trequired = true\n",
		"[protocol]\n\tallow = always\n[protocol \"ext\"]\n\tallow = always\n[status]\n\tsubmoduleSummary = true\n[submodule]\n\trecurse = true\n",
		fmt.Sprintf("[remote \"origin\"]\n\turl = ext::%s %%S\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\tpromisor = true\n", f.trap("remote.origin.url")),
		fmt.Sprintf("[remote \"web\"]\n\turl = http://%s/x.git\n\tproxy = http://%s\n[http]\n\tproxy = http://%s\n\tsslVerify = false\n[lfs]\n\turl = http://%s/lfs\n", address, address, address, address),
		fmt.Sprintf("[remote \"lazy\"]\n\turl = ssh://git@%s/x.git\n\tpromisor = true\n\tpartialclonefilter = blob:none\n", address),
		fmt.Sprintf("[url \"ext::%s %%S \"]\n\tinsteadOf = https://\n", f.trap("url.insteadOf")),
		fmt.Sprintf("[include]\n\tpath = %s\n[includeIf \"gitdir:**\"]\n\tpath = %s\n", f.include("include"), f.include("includeIf")),
		"[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n[airside]\n\tsync = true\n",
	}
	for _, text := range selects {
		config = append(config, strings.ReplaceAll(text, "OUTSIDE", f.outside))
	}
	for _, key := range hosts {
		config = append(config, setting(key, "http://"+address+"/"+key))
	}
	for _, key := range programs {
		value := f.trap(key)
		if strings.HasPrefix(key, "alias.") || strings.HasSuffix(key, ".update") {
			value = "!" + value
		}
		config = append(config, setting(key, value))
	}
	for _, condition := range []string{"gitdir/i:**", "onbranch:**", "hasconfig:remote.*.url:**"} {
		config = append(config, fmt.Sprintf("[includeIf %q]\n\tpath = %s\n", condition, f.include("includeIf "+strings.Map(plain, condition))))
	}
	f.write(".git/config.worktree", setting("core.sshCommand", f.trap("worktree core.sshCommand"))+setting("core.fsmonitor", f.trap("worktree core.fsmonitor"))+setting("gpg.program", f.trap("worktree gpg.program")))
	f.write(".gitmodules", "[submodule \"NAME\"]\n\tpath = sub\n"+setting("submodule.NAME.url", "ext::"+f.trap(".gitmodules url")+" %S")+setting("submodule.NAME.update", "!"+f.trap(".gitmodules update")))
	f.write(".lfsconfig", setting("lfs.url", "http://"+address+"/lfsconfig")+setting("lfs.customtransfer.NAME.path", f.trap(".lfsconfig customtransfer")))
	f.write("sub/.gitattributes", "*.go filter=lfs diff=lfs merge=lfs -text\n")
	for _, hook := range hooks {
		trap := f.trap("hook " + hook)
		for _, at := range []string{filepath.Join(".git", "hooks", hook), filepath.Join("hooks", hook)} {
			f.link(trap, filepath.Join(f.Dir, at))
		}
	}
	f.snares()
	f.write(".git/config", strings.Join(config, ""))
	f.before = f.seen()
	return f
}

// snares are the links, pipes and files of airside's own name.
func (f *Folder) snares() {
	f.write(".git/airside/sync.json", `{"enabled":true,"branches":["*"]}`)
	for i, name := range links {
		victim := filepath.Join(f.outside, fmt.Sprintf("victim-%d", i))
		if strings.Contains(name, "refs/") || strings.HasSuffix(name, "checkout") || strings.HasSuffix(name, "replies") {
			f.must(os.Mkdir(victim, 0o755))
		}
		f.must(os.WriteFile(victim+".txt", []byte("mine"), 0o644))
		if info, err := os.Lstat(victim); err != nil || !info.IsDir() {
			victim += ".txt"
		}
		f.snare(name, func(path string) error { return os.Symlink(victim, path) })
	}
	for _, name := range zeros {
		f.snare(name, func(path string) error { return os.Symlink("/dev/zero", path) })
	}
	for _, name := range append(slices.Clone(pipes), "pipe") {
		f.snare(name, func(path string) error { return syscall.Mkfifo(path, 0o644) })
	}
}

func (f *Folder) snare(name string, lay func(path string) error) {
	path := filepath.Join(f.Dir, ".git", name)
	if work, ok := strings.CutPrefix(name, "/"); ok {
		path = filepath.Join(f.Dir, work)
	}
	f.must(os.MkdirAll(filepath.Dir(path), 0o755))
	f.must(lay(path))
	f.Traps = append(f.Traps, name)
}

// WithoutPipes takes away what git would read for ever, so that it comes to the others.
func (f *Folder) WithoutPipes() {
	f.t.Helper()
	for _, name := range append(slices.Clone(pipes), "pipe", "info/sparse-checkout") {
		path := filepath.Join(f.Dir, ".git", name)
		if work, ok := strings.CutPrefix(name, "/"); ok {
			path = filepath.Join(f.Dir, work)
		}
		f.must(os.RemoveAll(path))
	}
}

// trap is a program of its own that leaves its name.
func (f *Folder) trap(name string) string {
	f.Traps = append(f.Traps, name)
	file := strings.Map(plain, name)
	path := filepath.Join(filepath.Dir(f.Dir), "traps", file)
	f.must(os.WriteFile(path, []byte("#!/bin/sh\n: >'"+filepath.Join(f.ran, file)+"'\nexit 1\n"), 0o755))
	return path
}

// setting is a line of configuration, with its section.
func setting(key, value string) string {
	first, last := strings.IndexByte(key, '.'), strings.LastIndexByte(key, '.')
	section := key[:first]
	if first != last {
		section += " \"" + key[first+1:last] + "\""
	}
	return fmt.Sprintf("[%s]\n\t%s = %s\n", section, key[last+1:], value)
}

// plain has no sign that means something in the name of a file.
func plain(r rune) rune {
	if strings.ContainsRune("/ :.*", r) {
		return '-'
	}
	return r
}

// include is a file of configuration that is named by the repository's.
func (f *Folder) include(name string) string {
	path := filepath.Join(f.Dir, ".git", strings.Map(plain, name)+".inc")
	f.must(os.WriteFile(path, fmt.Appendf(nil, "[core]\n\tsshCommand = %s\n\tfsmonitor = %s\n[gpg]\n\tprogram = %s\n",
		f.trap(name+" core.sshCommand"), f.trap(name+" core.fsmonitor"), f.trap(name+" gpg.program")), 0o644))
	return path
}

// Ran names the traps that went off.
func (f *Folder) Ran() []string {
	f.t.Helper()
	entries, err := os.ReadDir(f.ran)
	f.must(err)
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

// Check holds that nothing has happened.
func (f *Folder) Check() {
	f.t.Helper()
	if ran := f.Ran(); len(ran) > 0 {
		f.t.Errorf("%d programs that the folder names ran: %q", len(ran), ran)
	}
	after := f.seen()
	for name, was := range f.before {
		if after[name] != was {
			f.t.Errorf("outside: %s was %q and is %q", name, was, after[name])
		}
	}
	for name := range after {
		if _, known := f.before[name]; !known {
			f.t.Errorf("outside: %s is new", name)
		}
	}
}

// seen is all that is outside: modes and contents, by path.
func (f *Folder) seen() map[string]string {
	all := map[string]string{}
	f.must(filepath.WalkDir(f.outside, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[path] = info.Mode().String()
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			all[path] += " " + string(data)
			return err
		}
		return nil
	}))
	return all
}

func (f *Folder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.Dir, filepath.FromSlash(name))
	f.must(os.MkdirAll(filepath.Dir(path), 0o755))
	f.must(os.WriteFile(path, []byte(text), 0o644))
}

func (f *Folder) link(target, path string) {
	f.must(os.MkdirAll(filepath.Dir(path), 0o755))
	f.must(os.Symlink(target, path))
}

func (f *Folder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}
