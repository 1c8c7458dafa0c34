package script

import (
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
)

// equalsName is the global that compares for == and !=; no source can spell it.
const equalsName = "\x00equals"

// equalsCall is the call that stands for a comparison's left side, whose right side becomes true.
func equalsCall(node *ast.BinaryExpression) ast.Expression {
	return &ast.CallExpression{
		Callee: &ast.Identifier{Name: equalsName, Idx: node.Left.Idx0()}, LeftParenthesis: node.Left.Idx0(),
		ArgumentList: []ast.Expression{node.Left, node.Right}, RightParenthesis: node.Right.Idx1(),
	}
}

// mayBeNumber reports whether an operand of == may be a number, a boolean, or the text of a number. Goja compares text
// such as "-0" and "1.0" with them otherwise than ECMA-262 has it (section 7.2.14).
func mayBeNumber(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NullLiteral, *ast.RegExpLiteral, *ast.ObjectLiteral, *ast.FunctionLiteral, *ast.ArrowFunctionLiteral:
		return false
	case *ast.StringLiteral: // of other white space than ASCII's, too, which is 0
		return strings.ContainsAny(e.Value.String(), "0123456789") || !isASCII(e.Value.String())
	case *ast.Identifier:
		return e.Name != "undefined"
	}
	return true
}

// looseEquals is IsLooselyEqual.
func (r *realm) looseEquals(c goja.FunctionCall) goja.Value {
	a, b := textOf(c.Argument(0), c.Argument(1)), textOf(c.Argument(1), c.Argument(0))
	if goja.IsString(a) && plainNumber(b) || goja.IsString(b) && plainNumber(a) {
		return r.vm.ToValue(a.ToNumber().ToFloat() == b.ToNumber().ToFloat())
	}
	return r.vm.ToValue(a.Equals(b))
}

// textOf returns the text that a list or a String object is compared as with a number, and any other operand as it is.
func textOf(v, with goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok && plainNumber(with) && (o.ClassName() == "Array" || o.ClassName() == "String") {
		return o.ToString()
	}
	return v
}

// plainNumber reports whether v is a number or a boolean.
func plainNumber(v goja.Value) bool {
	if _, object := v.(*goja.Object); object {
		return false
	}
	_, boolean := v.Export().(bool)
	return boolean || goja.IsNumber(v)
}
