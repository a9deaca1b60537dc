package rules

import (
	"go/ast"
	"go/token"
)

// goScope is a block of a Go file while its names are resolved. The parser's own
// resolution is deprecated, and a type checker computes what a stranger's file
// says.
type goScope struct {
	outer *goScope
	names map[string]*ast.Ident
	// declared has for each name that the file declares and mentions the
	// identifier that declares it. All scopes of a file share it.
	declared map[*ast.Ident]*ast.Ident
}

// declarations returns for each identifier of a file the one that declares it,
// which may be itself. What another file or an import declares is not there, nor
// are labels, fields and methods.
func declarations(file *ast.File) map[*ast.Ident]*ast.Ident {
	top := &goScope{names: map[string]*ast.Ident{}, declared: map[*ast.Ident]*ast.Ident{}}
	for _, d := range file.Decls { // before their order matters to anybody
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				top.declare(d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					top.declare(spec.Names...)
				case *ast.TypeSpec:
					top.declare(spec.Name)
				}
			}
		}
	}
	for _, d := range file.Decls {
		ast.Walk(top, d)
	}
	return top.declared
}

func (s *goScope) inner() *goScope {
	return &goScope{outer: s, names: map[string]*ast.Ident{}, declared: s.declared}
}

// declare gives names to the scope. It has those already that := only sets.
func (s *goScope) declare(names ...*ast.Ident) {
	for _, id := range names {
		if id.Name == "_" {
			continue
		}
		if s.names[id.Name] == nil {
			s.names[id.Name] = id
		}
		s.declared[id] = s.names[id.Name]
	}
}

func (s *goScope) use(id *ast.Ident) {
	for ; s != nil; s = s.outer {
		if d := s.names[id.Name]; d != nil {
			s.declared[id] = d
			return
		}
	}
}

// Visit resolves the names of a node, in the order in which they come to exist.
func (s *goScope) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.Ident:
		s.use(n)
	case *ast.BlockStmt, *ast.IfStmt, *ast.ForStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.CaseClause, *ast.CommClause:
		return s.inner()
	case *ast.FuncDecl:
		s.function(n.Recv, n.Type, n.Body)
		return nil
	case *ast.FuncLit:
		s.function(nil, n.Type, n.Body)
		return nil
	case *ast.Field: // of a struct, an interface, or a function that is only a type
		walk(s, n.Type)
		return nil
	case *ast.TypeSpec:
		s.declare(n.Name)
		in := s.inner()
		in.parameters(n.TypeParams)
		ast.Walk(in, n.Type)
		return nil
	case *ast.ValueSpec:
		walk(s, n.Type)
		walk(s, n.Values...)
		s.declare(n.Names...)
		return nil
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return s
		}
		walk(s, n.Rhs...)
		s.set(n.Lhs...)
		return nil
	case *ast.RangeStmt:
		in := s.inner()
		walk(s, n.X)
		if n.Tok == token.DEFINE {
			in.set(n.Key, n.Value)
		} else {
			walk(in, n.Key, n.Value)
		}
		ast.Walk(in, n.Body)
		return nil
	case *ast.SelectorExpr:
		walk(s, n.X)
		return nil
	case *ast.LabeledStmt:
		ast.Walk(s, n.Stmt)
		return nil
	case *ast.BranchStmt, *ast.ImportSpec:
		return nil
	}
	return s
}

// function resolves a function, whose parameters and body are one block.
func (s *goScope) function(receiver *ast.FieldList, typ *ast.FuncType, body *ast.BlockStmt) {
	in := s.inner()
	for _, list := range []*ast.FieldList{receiver, typ.TypeParams, typ.Params, typ.Results} {
		in.parameters(list)
	}
	if body != nil {
		for _, stmt := range body.List {
			ast.Walk(in, stmt)
		}
	}
}

func (s *goScope) parameters(list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		walk(s, field.Type)
		s.declare(field.Names...)
	}
}

// set declares what stands on the left of := where it is a name.
func (s *goScope) set(list ...ast.Expr) {
	for _, x := range list {
		if id, ok := x.(*ast.Ident); ok {
			s.declare(id)
		} else {
			walk(s, x)
		}
	}
}

func walk(s *goScope, list ...ast.Expr) {
	for _, x := range list {
		if x != nil {
			ast.Walk(s, x)
		}
	}
}
