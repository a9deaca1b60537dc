package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/airside-ls/airside"

// repoFront is package gitsync/repo without the rooms below it.
const repoFront = "=gitsync/repo"

// importLaw allows imports with a prefix in some folders only. Of the laws for
// an import the one with the longest prefix holds.
type importLaw struct {
	imports string   // import path, with everything below it
	folders []string // where it may stand, with everything below them
	reason  string
}

var importLaws = []importLaw{
	{module + "/cmd", nil, "nothing stands above cmd"},
	{module + "/cmd/bench", []string{"cmd/bench"}, "programs that measure are for themselves; airside needs none of them"},
	{module + "/lsp", []string{"cmd", "lsp"}, "data flows cmd -> lsp -> completion, gitsync, never upward"},
	{module + "/completion", []string{"cmd", "lsp", "completion"}, "completion and gitsync do not know each other"},
	{module + "/gitsync", []string{"cmd", "lsp", "gitsync"}, "completion and gitsync do not know each other"},
	{module + "/completion/model", []string{"cmd", "completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/prompt", []string{"cmd/bench", "completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/syntax", []string{"cmd", "completion", "gitsync"}, "the ground floor: both halves stand on it; lsp uses a room's front package, not its drawers"},
	{module + "/completion/shown", []string{"cmd", "lsp", "completion", "gitsync"}, "what may be shown is decided in one place, which imports nobody"},
	{module + "/completion/memory", []string{"completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/private", []string{"completion"}, "a room's own way to the disk; gitsync has its own in durable"},
	{module + "/completion/recall", []string{"completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/rhythm", []string{"completion"}, "lsp asks for a completion, and the engine knows when to ask a model"},
	{module + "/completion/secrecy", []string{"cmd", "completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/symbols", []string{"cmd/bench", "completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/awake", []string{"completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/filter", []string{"completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/completion/review/rules", []string{"completion"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/durable", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/history", []string{"gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/journal", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/merge", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/object", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/reach", []string{"gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/repo", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{module + "/gitsync/repo/fault", []string{"gitsync/repo"}, "a repository's rooms are handed out by its front"},
	{module + "/gitsync/repo/layout", []string{"gitsync/repo"}, "a repository's rooms are handed out by its front"},
	{module + "/gitsync/repo/program", []string{"gitsync/repo/config", "gitsync/repo/pack", "gitsync/repo/worktree", "gitsync/repo/wire", repoFront}, "refs start no program"},
	{module + "/gitsync/repo/config", []string{"gitsync/repo/refs", "gitsync/repo/worktree", "gitsync/repo/wire", repoFront}, "objects are what they are, whatever is set"},
	{module + "/gitsync/repo/lock", []string{"gitsync/repo/program", "gitsync/repo/refs", "gitsync/repo/worktree", repoFront}, "refs and the index are locked, nothing else; a git that locks them is on record"},
	{module + "/gitsync/repo/pack", []string{"gitsync/repo/refs", "gitsync/repo/worktree", "gitsync/repo/wire", repoFront}, "objects know neither refs nor work trees nor remotes"},
	{module + "/gitsync/repo/refs", []string{"gitsync/repo/worktree", "gitsync/repo/wire", repoFront}, "refs know neither work trees nor remotes"},
	{module + "/gitsync/repo/worktree", []string{repoFront}, "the wire and the work tree do not know each other"},
	{module + "/gitsync/repo/wire", []string{repoFront}, "the wire and the work tree do not know each other"},
	{module + "/gitsync/threads", []string{"cmd", "gitsync"}, "lsp uses a room's front package, not its drawers"},
	{"go.lsp.dev", []string{"lsp"}, "only lsp touches LSP types"},
	{"github.com/tmc/langchaingo", []string{"completion/model/langchain", "completion/model/ollama", "completion/model/servers"}, "langchaingo's clients chat behind one adapter; the seam to models is plain structs"},
	{"github.com/go-git/go-git", []string{"gitsync/repo/pack", "gitsync/repo/wire", "gitsync/repo/worktree", "completion/secrecy"}, "packs and the wire are the one door to go-git, and the work tree takes its patterns of files; secrecy takes its patterns of ignored files alone"},
	{module + "/completion/syntax/grammars", []string{"completion/syntax"}, "a room's own drawer"},
	{"github.com/tree-sitter", []string{"completion/syntax/grammars"}, "a grammar's table goes through grammars, which has the runtime read it"},
	{"github.com/tree-sitter-grammars", []string{"completion/syntax/grammars"}, "a grammar's table goes through grammars, which has the runtime read it"},
	{"github.com/smacker/go-tree-sitter", []string{"completion/syntax"}, "trees are C memory, and foreign text has C crash: one place, which can be in a process of its own"},
	{"github.com/spf13/cobra", []string{"cmd"}, "outside cmd nothing reads flags"},
	{"flag", []string{"cmd"}, "outside cmd nothing reads flags"},
	{"os/exec", []string{"cmd", "gitsync/repo/program", "completion/model/llamaserver", "completion/syntax/worker"}, "processes: the git binary, a backend that owns a server, and this very program once more, to parse what may crash a parser; cmd looks up where programs are"},
	{"net", []string{"cmd/bench", "completion/model/httpapi", "completion/model/ollama", "completion/model/llamaserver", "completion/model/servers", "completion/model/store", "gitsync/reach", "gitsync/repo/wire"}, "sockets: backends, the store, which fetches a model that the user asked for from the address that was shown, reach, and the wire to git remotes; what measures them stands between or plays one"},
	{"net/http", []string{"cmd/bench", "completion/model/httpapi", "completion/model/langchain", "completion/model/ollama", "completion/model/llamaserver", "completion/model/servers", "completion/model/store", "gitsync/reach", "gitsync/repo/wire"}, "sockets: backends, the store, which fetches a model that the user asked for from the address that was shown, reach, and the wire to git remotes; what measures them stands between or plays one"},
}

// groundFloor are the rooms that import nobody of the house but themselves, so
// that everybody may stand on them.
var groundFloor = []string{"completion/syntax", "completion/shown"}

// cmdOnly are what only cmd may use of a package: printing, the environment,
// the home folder, the process.
var cmdOnly = map[string][]string{
	"os":  {"Args", "Environ", "Exit", "ExpandEnv", "Getenv", "LookupEnv", "Setenv", "Stderr", "Stdin", "Stdout", "UserCacheDir", "UserConfigDir", "UserHomeDir"},
	"fmt": {"Print", "Printf", "Println"},
	"log": {"Fatal", "Fatalf", "Print", "Printf", "Println"},
}

// TestLaws holds the laws of the house. Tests may import what they like.
func TestLaws(t *testing.T) {
	checked := 0
	eachGoFile(t, func(path, folder string) {
		testing := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(folder, "test") // lsptest, modeltest
		if testing {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		name := folder + "/" + filepath.Base(path)
		checkImports(t, name, folder, file)
		if !within(folder, "cmd") {
			checkUses(t, name, file)
		}
	})
	if checked < 20 {
		t.Fatalf("only %d files seen; is the walk right?", checked)
	}
}

func checkImports(t *testing.T, file, folder string, f *ast.File) {
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, floor := range groundFloor {
			if within(path, module) && within(folder, floor) && !within(path, module+"/"+floor) {
				t.Errorf("%s imports %s: %s imports nobody of the house", file, path, floor)
			}
		}
		var holds *importLaw
		for i := range importLaws {
			law := &importLaws[i]
			// net means the package itself: net/url and net/netip open nothing.
			exact := !strings.Contains(law.imports, ".") || law.imports == "net"
			if path != law.imports && (exact || !within(path, law.imports)) {
				continue
			}
			if holds == nil || len(law.imports) > len(holds.imports) {
				holds = law
			}
		}
		if holds != nil && !slices.ContainsFunc(holds.folders, func(ok string) bool { return within(folder, ok) }) {
			t.Errorf("%s imports %s: %s", file, path, holds.reason)
		}
	}
}

// within is true below root, and for "=root" in that folder alone.
func within(path, root string) bool {
	if alone, ok := strings.CutPrefix(root, "="); ok {
		return path == alone
	}
	return path == root || strings.HasPrefix(path, root+"/")
}

func checkUses(t *testing.T, file string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(cmdOnly[pkg.Name], sel.Sel.Name) {
			t.Errorf("%s uses %s.%s: outside cmd nothing prints, reads flags, the home folder or the environment", file, pkg.Name, sel.Sel.Name)
		}
		return true
	})
}

// floors are the rooms of lsp from the ground up: each may use those below it. Those
// on one floor do not know each other.
var floors = [][]string{
	{"lsp/catalogue", "lsp/ext", "lsp/frame", "lsp/settings", "lsp/text"},
	{"lsp/annotate/marks"},
	{"lsp/editor"},
	{"lsp/annotate"},
	{"lsp/workspace"},
	{"lsp/reviewing"},
	{"lsp"},
}

// completionFloors are the same in completion. What is below a room belongs to it.
var completionFloors = [][]string{
	{"completion/awake", "completion/private", "completion/rhythm", "completion/secrecy", "completion/shown", "completion/syntax"},
	{"completion/filter", "completion/memory", "completion/model", "completion/symbols"},
	{"completion/prompt", "completion/recall"},
	{"completion/review"},
	{"completion/edit"},
	{"=completion"},
}

// gitsyncFloors are the same in gitsync. The rooms below gitsync/repo have their order
// in importLaws.
var gitsyncFloors = [][]string{
	{"gitsync/durable", "gitsync/object", "gitsync/reach"},
	{"gitsync/consent", "gitsync/history", "gitsync/journal"},
	{"gitsync/merge", "gitsync/repo"},
	{"gitsync/threads"},
	{"=gitsync", "gitsync/hostile"},
}

// TestFloorsLaw: in lsp, completion and gitsync nothing is used from above.
func TestFloorsLaw(t *testing.T) {
	floor := map[string]int{}
	for i, rooms := range floors {
		for _, room := range rooms {
			floor[module+"/"+room] = i
			for _, file := range packageOf(t, token.NewFileSet(), room) {
				for _, spec := range file.Imports {
					used, _ := strconv.Unquote(spec.Path.Value)
					if at, ok := floor[used]; within(used, module+"/lsp") && (!ok || at >= i) {
						t.Errorf("%s imports %s, which is not below it", room, used)
					}
				}
			}
		}
	}
	checkFloors(t, "completion", completionFloors)
	checkFloors(t, "gitsync", gitsyncFloors)
}

// checkFloors holds every file of one half to its floors.
func checkFloors(t *testing.T, half string, floors [][]string) {
	t.Helper()
	// roomOf is the room that a folder is in, and its floor.
	roomOf := func(folder string) (room string, floor int) {
		for i, rooms := range floors {
			for _, room := range rooms {
				if within(folder, room) {
					return room, i
				}
			}
		}
		t.Errorf("%s stands on no floor", folder)
		return "", 0
	}
	eachGoFile(t, func(path, folder string) {
		if !within(folder, half) || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(folder, "test") {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		room, at := roomOf(folder)
		for _, spec := range file.Imports {
			used, _ := strconv.Unquote(spec.Path.Value)
			if used = strings.TrimPrefix(used, module+"/"); !within(used, half) {
				continue
			}
			if below, floor := roomOf(used); below != room && floor >= at {
				t.Errorf("%s imports %s, which is not below it", path, used)
			}
		}
	})
}

// maxServer is how many methods lsp's Server has at most: its lifecycle, and the
// tables that say which room handles what.
const maxServer = 40

// TestServerLaw: the server is no room by itself.
func TestServerLaw(t *testing.T) {
	methods := 0
	for _, file := range packageOf(t, token.NewFileSet(), "lsp") {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
				if pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
					if name, ok := pointer.X.(*ast.Ident); ok && name.Name == "Server" {
						methods++
					}
				}
			}
		}
	}
	if methods < 5 || methods >= maxServer {
		t.Errorf("Server has %d methods, and should have less than %d", methods, maxServer)
	}
}

// TestMutexLaw: in lsp a mutex is named in one file, that of what it guards.
func TestMutexLaw(t *testing.T) {
	seen := 0
	for _, rooms := range floors {
		for _, room := range rooms {
			fset := token.NewFileSet()
			files := packageOf(t, fset, room)
			info := types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
			// What is imported is not looked at: the types of a package itself are enough.
			conf := types.Config{Importer: nothing{}, Error: func(error) {}}
			_, _ = conf.Check(room, fset, files, &info)
			mutexes := map[types.Object]bool{}
			for _, file := range files {
				ast.Inspect(file, func(n ast.Node) bool {
					field, ok := n.(*ast.Field)
					if !ok {
						return true
					}
					if sel, ok := field.Type.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Mutex" || sel.Sel.Name == "RWMutex") {
						if len(field.Names) == 0 {
							t.Errorf("%s: a mutex that has no name of its own", fset.Position(field.Pos()))
						}
						for _, name := range field.Names {
							mutexes[info.Defs[name]] = true
						}
					}
					return true
				})
			}
			seen += len(mutexes)
			for name, object := range info.Uses {
				if at, home := fset.Position(name.Pos()), fset.Position(object.Pos()); mutexes[object] && at.Filename != home.Filename {
					t.Errorf("%s names a mutex of %s", at, home.Filename)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d mutexes seen", seen)
	}
}

// nothing imports nothing.
type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

// packageOf parses the files of a folder, tests left out.
func packageOf(t *testing.T, fset *token.FileSet, folder string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob("../../" + folder + "/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no room %s: %v", folder, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// traceFiles are the files of completion that know what a trace is: where it is declared
// and written, and those that read one that is finished.
var traceFiles = []string{"completion.go", "attempt.go", "trace.go", "stats.go", "usage.go"}

// TestTraceLaw: what becomes of a request is written down at its end, and nothing goes by
// it on the way.
func TestTraceLaw(t *testing.T) {
	fset := token.NewFileSet()
	written := 0
	for _, file := range packageOf(t, fset, "completion") {
		name := filepath.Base(fset.Position(file.Pos()).Filename)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Name == "Trace" && !slices.Contains(traceFiles, name) {
					t.Errorf("%s: a trace is for those who ask what became of a request", fset.Position(n.Pos()))
				}
			case *ast.CompositeLit:
				if of, ok := n.Type.(*ast.Ident); ok && of.Name == "Trace" && len(n.Elts) > 0 {
					written++
				}
			}
			return true
		})
	}
	if written != 1 {
		t.Errorf("traces are written in %d places", written)
	}
}

// TestTopLevel: everything has its room.
func TestTopLevel(t *testing.T) {
	agreed := []string{"cmd", "lsp", "completion", "gitsync", "editors", "testdata", "build",
		"go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "airside"}
	entries, err := filepath.Glob("../../*")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := filepath.Base(e)
		if !strings.HasPrefix(name, ".") && !slices.Contains(agreed, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}
