package source

import "github.com/dop251/goja/ast"

// Walk calls visit for n and, where visit returns true, for every node below it, in the order of the text.
func Walk(n ast.Node, visit func(ast.Node) bool) {
	if n != nil && visit(n) {
		Children(n, func(child ast.Node) { Walk(child, visit) })
	}
}

// Children calls do for every node directly below n, in the order of the text. Goja's Identifier nodes that aren't
// references, such as the name in a.name, are among them where the tree holds them as nodes of their own.
func Children(n ast.Node, do func(ast.Node)) {
	c := children{do}
	if !c.statement(n) && !c.function(n) {
		c.expression(n)
	}
}

type children struct{ do func(ast.Node) }

func (c children) expr(e ast.Expression) {
	if e != nil {
		c.do(e)
	}
}

func (c children) exprs(list []ast.Expression) {
	for _, e := range list {
		c.expr(e)
	}
}

func (c children) stmt(s ast.Statement) {
	if s != nil {
		c.do(s)
	}
}

func (c children) stmts(list []ast.Statement) {
	for _, s := range list {
		c.stmt(s)
	}
}

func (c children) block(b *ast.BlockStatement) {
	if b != nil {
		c.do(b)
	}
}

func (c children) bindings(list []*ast.Binding) {
	for _, b := range list {
		c.do(b)
	}
}

func (c children) identifier(id *ast.Identifier) {
	if id != nil {
		c.do(id)
	}
}

func (c children) properties(list []ast.Property) {
	for _, p := range list {
		c.do(p)
	}
}

func (c children) expression(n ast.Node) {
	switch n := n.(type) {
	case *ast.ArrayLiteral:
		c.exprs(n.Value)
	case *ast.ArrayPattern:
		c.exprs(n.Elements)
		c.expr(n.Rest)
	case *ast.AssignExpression:
		c.expr(n.Left)
		c.expr(n.Right)
	case *ast.AwaitExpression:
		c.expr(n.Argument)
	case *ast.BinaryExpression:
		c.expr(n.Left)
		c.expr(n.Right)
	case *ast.Binding:
		c.expr(n.Target)
		c.expr(n.Initializer)
	case *ast.BracketExpression:
		c.expr(n.Left)
		c.expr(n.Member)
	case *ast.CallExpression:
		c.expr(n.Callee)
		c.exprs(n.ArgumentList)
	case *ast.ConditionalExpression:
		c.expr(n.Test)
		c.expr(n.Consequent)
		c.expr(n.Alternate)
	case *ast.DotExpression:
		c.expr(n.Left)
	case *ast.PrivateDotExpression:
		c.expr(n.Left)
		c.do(&n.Identifier)
	case *ast.NewExpression:
		c.expr(n.Callee)
		c.exprs(n.ArgumentList)
	case *ast.ObjectLiteral:
		c.properties(n.Value)
	case *ast.ObjectPattern:
		c.properties(n.Properties)
		c.expr(n.Rest)
	case *ast.Optional:
		c.expr(n.Expression)
	case *ast.OptionalChain:
		c.expr(n.Expression)
	case *ast.PropertyKeyed:
		c.expr(n.Key)
		c.expr(n.Value)
	case *ast.PropertyShort:
		c.do(&n.Name)
		c.expr(n.Initializer)
	case *ast.SequenceExpression:
		c.exprs(n.Sequence)
	case *ast.SpreadElement:
		c.expr(n.Expression)
	case *ast.TemplateLiteral:
		c.expr(n.Tag)
		c.exprs(n.Expressions)
	case *ast.UnaryExpression:
		c.expr(n.Operand)
	case *ast.YieldExpression:
		c.expr(n.Argument)
	}
}

// function covers functions and classes.
func (c children) function(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		c.identifier(n.Name)
		c.do(n.ParameterList)
		c.block(n.Body)
	case *ast.ArrowFunctionLiteral:
		c.do(n.ParameterList)
		c.do(n.Body)
	case *ast.ParameterList:
		c.bindings(n.List)
		c.expr(n.Rest)
	case *ast.ExpressionBody:
		c.expr(n.Expression)
	case *ast.ClassLiteral:
		c.identifier(n.Name)
		c.expr(n.SuperClass)
		for _, e := range n.Body {
			c.do(e)
		}
	case *ast.FieldDefinition:
		c.expr(n.Key)
		c.expr(n.Initializer)
	case *ast.MethodDefinition:
		c.expr(n.Key)
		c.do(n.Body)
	case *ast.ClassStaticBlock:
		c.block(n.Block)
	default:
		return false
	}
	return true
}

func (c children) statement(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BlockStatement:
		c.stmts(n.List)
	case *ast.CaseStatement:
		c.expr(n.Test)
		c.stmts(n.Consequent)
	case *ast.CatchStatement:
		if n.Parameter != nil {
			c.do(n.Parameter)
		}
		c.block(n.Body)
	case *ast.ClassDeclaration:
		c.do(n.Class)
	case *ast.DoWhileStatement:
		c.stmt(n.Body)
		c.expr(n.Test)
	case *ast.ExpressionStatement:
		c.expr(n.Expression)
	case *ast.FunctionDeclaration:
		c.do(n.Function)
	case *ast.IfStatement:
		c.expr(n.Test)
		c.stmt(n.Consequent)
		c.stmt(n.Alternate)
	case *ast.LabelledStatement:
		c.stmt(n.Statement)
	case *ast.LexicalDeclaration:
		c.bindings(n.List)
	case *ast.ReturnStatement:
		c.expr(n.Argument)
	case *ast.SwitchStatement:
		c.expr(n.Discriminant)
		for _, s := range n.Body {
			c.do(s)
		}
	case *ast.ThrowStatement:
		c.expr(n.Argument)
	case *ast.TryStatement:
		c.block(n.Body)
		if n.Catch != nil {
			c.do(n.Catch)
		}
		c.block(n.Finally)
	case *ast.VariableStatement:
		c.bindings(n.List)
	case *ast.WhileStatement:
		c.expr(n.Test)
		c.stmt(n.Body)
	case *ast.WithStatement:
		c.expr(n.Object)
		c.stmt(n.Body)
	default:
		return c.loop(n)
	}
	return true
}

func (c children) loop(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ForStatement:
		if n.Initializer != nil {
			c.do(n.Initializer)
		}
		c.expr(n.Test)
		c.expr(n.Update)
		c.stmt(n.Body)
	case *ast.ForInStatement:
		c.do(n.Into)
		c.expr(n.Source)
		c.stmt(n.Body)
	case *ast.ForOfStatement:
		c.do(n.Into)
		c.expr(n.Source)
		c.stmt(n.Body)
	case *ast.ForLoopInitializerExpression:
		c.expr(n.Expression)
	case *ast.ForLoopInitializerVarDeclList:
		c.bindings(n.List)
	case *ast.ForLoopInitializerLexicalDecl:
		c.bindings(n.LexicalDeclaration.List)
	case *ast.ForIntoVar:
		c.do(n.Binding)
	case *ast.ForDeclaration:
		c.expr(n.Target)
	case *ast.ForIntoExpression:
		c.expr(n.Expression)
	default:
		return false
	}
	return true
}
