package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"

	"github.com/airside-ls/airside/completion/review/finding"
)

// filling are functions of Go's standard library that leave their result
// unusable, or what they should do undone, when they err.
var filling = map[string]string{
	"json.Unmarshal": "encoding/json", "xml.Unmarshal": "encoding/xml",
	"io.ReadFull": "io", "os.WriteFile": "os", "os.Rename": "os", "os.Chdir": "os",
}

// yielding are functions of Go's standard library whose last result is an
// error, and whose first is nil with it: the next line panics. Of those that
// give an empty result, as os.ReadFile, that may be all that is wanted.
var yielding = map[string]string{
	"os.Open": "os", "os.Create": "os", "os.OpenFile": "os", "os.CreateTemp": "os", "os.MkdirTemp": "os",
	"http.Get": "net/http", "http.Post": "net/http", "http.NewRequest": "net/http", "http.NewRequestWithContext": "net/http",
	"net.Dial": "net", "net.Listen": "net", "url.Parse": "net/url", "sql.Open": "database/sql",
	"regexp.Compile": "regexp", "time.LoadLocation": "time", "x509.ParseCertificate": "crypto/x509", "tls.LoadX509KeyPair": "crypto/tls",
}

var errName = regexp.MustCompile(`^(?:err|e?rr?or)\d?$|^err[A-Z]|Err$`)

// goFile is a Go file being looked at.
type goFile struct {
	*change
	imports map[string]bool
	base    int // of token.Pos
	// declared has the declarations of the names that the file declares itself.
	declared map[*ast.Ident]*ast.Ident
}

// goErrors looks at a Go file by its own parser, which tells one err from
// another.
func (c *change) goErrors() {
	if c.kind.test || len(c.text) > 1<<20 {
		return
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, "", c.file.New, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	f := &goFile{change: c, imports: map[string]bool{}, base: set.File(parsed.Pos()).Base(), declared: declarations(parsed)}
	for _, spec := range parsed.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil && spec.Name == nil {
			f.imports[path] = true
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if n == nil || !c.affected(f.at(n.Pos()), f.at(n.End())) {
			return false
		}
		switch n := n.(type) {
		case *ast.ExprStmt:
			f.dropped(n, n.X)
		case *ast.AssignStmt:
			f.blank(n)
		case *ast.FuncDecl:
			if n.Body != nil {
				f.unread(n.Type, n.Body)
			}
		case *ast.FuncLit:
			f.unread(n.Type, n.Body)
		}
		return true
	})
}

func (f *goFile) at(p token.Pos) int { return max(0, min(int(p)-f.base, len(f.text))) }

// ignored reports a statement. One that was moved is not new, but an error is
// unread for what stands around it, and its statement may be an old one.
func (f *goFile) ignored(n ast.Node, message string, related ...finding.Related) {
	f.report(finding.Finding{Start: f.at(n.Pos()), End: f.at(n.End()), Severity: finding.Warning, Category: "ignored-error", Message: message, Related: related})
}

// calls returns the name of a function that table has and the file imports.
func (f *goFile) calls(x ast.Expr, table map[string]string) (name string, ok bool) {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok || f.declared[pkg] != nil {
		return "", false
	}
	name = pkg.Name + "." + sel.Sel.Name
	return name, table[name] != "" && f.imports[table[name]]
}

// dropped finds a statement that calls and does not look at the error.
func (f *goFile) dropped(n ast.Node, x ast.Expr) {
	if name, ok := f.calls(x, filling); ok && !f.explained(n) && f.isNew(n) {
		f.ignored(n, "the error of "+name+" is not looked at")
	}
}

// isNew tells whether a statement stands on changed lines and was not moved
// there.
func (f *goFile) isNew(n ast.Node) bool {
	start := f.at(n.Pos())
	return f.changed(start, f.at(n.End())) && !f.moved(f.lineText(start))
}

// blank finds an error that is assigned to _.
func (f *goFile) blank(a *ast.AssignStmt) {
	if len(a.Rhs) != 1 || f.explained(a) || !f.isNew(a) {
		return
	}
	last, ok := a.Lhs[len(a.Lhs)-1].(*ast.Ident)
	if !ok || last.Name != "_" {
		return
	}
	if name, ok := f.calls(a.Rhs[0], yielding); ok && len(a.Lhs) > 1 {
		if first, ok := a.Lhs[0].(*ast.Ident); !ok || first.Name != "_" {
			f.ignored(a, "the error of "+name+" is thrown away, and the result used all the same")
		}
	}
}

// explained tells whether a comment stands on the line of a statement, or on
// the one above.
func (f *goFile) explained(n ast.Node) bool {
	start := f.lineAt(f.at(n.Pos()))
	for i := max(0, start-1); i <= f.lineAt(f.at(n.End())); i++ {
		if i < len(f.starts) && strings.Contains(f.lineText(f.starts[i]), "//") {
			return true
		}
	}
	return false
}

// unread finds an error that is overwritten, or left at the end of the
// function, before anybody looks at it.
func (f *goFile) unread(typ *ast.FuncType, body *ast.BlockStmt) {
	captured := map[*ast.Ident]bool{} // read or written by functions within
	named := map[*ast.Ident]bool{}    // results, which a return reads
	if typ.Results != nil {
		for _, field := range typ.Results.List {
			for _, name := range field.Names {
				named[f.declared[name]] = true
			}
		}
	}
	last := map[*ast.Ident]token.Pos{} // where each is mentioned last
	var loops []ast.Node
	jumps := false
	ast.Inspect(body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok {
			for _, id := range identifiers(lit.Body) {
				captured[f.declared[id]] = true
			}
			return false
		}
		switch n := n.(type) {
		case *ast.Ident:
			if d := f.declared[n]; d != nil {
				last[d] = max(last[d], n.Pos())
			}
		case *ast.ForStmt, *ast.RangeStmt:
			loops = append(loops, n)
		case *ast.LabeledStmt:
			jumps = true
		}
		return true
	})
	if jumps {
		return
	}
	// again tells whether a loop may come back to a variable.
	again := func(id, declared *ast.Ident) bool {
		for _, l := range loops {
			if l.Pos() < id.Pos() && id.End() <= l.End() && !(l.Pos() < declared.Pos() && declared.Pos() < l.End()) {
				return true
			}
		}
		return false
	}
	eachList(body, func(list []ast.Stmt) {
		for i, s := range list {
			id := assignsError(s)
			variable := f.declared[id]
			if variable == nil || captured[variable] {
				continue
			}
			if last[variable] == id.Pos() && body.Pos() <= variable.Pos() && variable.Pos() < body.End() && !named[variable] && !again(id, variable) {
				f.ignored(s, id.Name+" is set here and nobody looks at it")
				continue
			}
			const reach = 50 // statements, and a long way for an error
			for _, next := range list[i+1 : min(len(list), i+1+reach)] {
				if !goesOn(next) {
					break
				}
				if !f.mentions(next, variable) {
					continue
				}
				if over := f.overwrites(next, variable); over != nil {
					start, end := f.at(over.Pos()), f.at(over.End())
					where := ast.Node(s)
					related := finding.Related{Start: start, End: end, Message: "it is overwritten here"}
					if !f.affected(f.at(s.Pos()), f.at(s.End())) {
						where, related = over, finding.Related{Start: f.at(s.Pos()), End: f.at(s.End()), Message: "it is set here"}
					}
					f.ignored(where, id.Name+" is overwritten before anybody looks at it", related)
				}
				break
			}
		}
	})
}

// goesOn tells whether what follows a statement is reached by it: no jump leads
// away or to it.
func goesOn(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.BranchStmt, *ast.ReturnStmt, *ast.LabeledStmt:
		return false
	}
	return true
}

// assignsError returns the error that a statement has a call set, nil for none.
func assignsError(s ast.Stmt) *ast.Ident {
	a, ok := s.(*ast.AssignStmt)
	if !ok || len(a.Rhs) != 1 || a.Tok != token.ASSIGN && a.Tok != token.DEFINE {
		return nil
	}
	if _, ok := a.Rhs[0].(*ast.CallExpr); !ok {
		return nil
	}
	id, ok := a.Lhs[len(a.Lhs)-1].(*ast.Ident)
	if !ok || !errName.MatchString(id.Name) {
		return nil
	}
	return id
}

// overwrites returns the assignment of a statement that sets a variable without
// a look at it, nil for none.
func (f *goFile) overwrites(s ast.Stmt, variable *ast.Ident) *ast.AssignStmt {
	var a *ast.AssignStmt
	switch s := s.(type) {
	case *ast.AssignStmt:
		a = s
	case *ast.IfStmt:
		a, _ = s.Init.(*ast.AssignStmt)
	}
	if a == nil || a.Tok != token.ASSIGN && a.Tok != token.DEFINE {
		return nil
	}
	for _, x := range a.Rhs {
		if f.mentions(x, variable) {
			return nil
		}
	}
	sets := false
	for _, x := range a.Lhs {
		if id, ok := x.(*ast.Ident); ok && f.declared[id] == variable {
			sets = true
		} else if !ok && f.mentions(x, variable) {
			return nil
		}
	}
	if !sets {
		return nil
	}
	return a
}

func (f *goFile) mentions(n ast.Node, variable *ast.Ident) bool {
	for _, id := range identifiers(n) {
		if f.declared[id] == variable {
			return true
		}
	}
	return false
}

func identifiers(n ast.Node) (list []*ast.Ident) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			list = append(list, id)
		}
		return true
	})
	return list
}

// eachList calls visit with each list of statements of a function, without
// those of functions within it.
func eachList(body *ast.BlockStmt, visit func([]ast.Stmt)) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BlockStmt:
			visit(n.List)
		case *ast.CaseClause:
			visit(n.Body)
		case *ast.CommClause:
			visit(n.Body)
		}
		return true
	})
}
