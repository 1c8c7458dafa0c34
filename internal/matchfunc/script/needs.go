package script

import (
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// needs is what a rule's realm must have: only what the rule names is set up.
type needs struct {
	names      map[string]bool // the identifiers and property names that stand in the source
	enumerates bool            // it may see which properties an object has, without naming them
	bigInt     bool            // it has a BigInt literal
	iterates   bool            // it walks through text or lists in one step, as a spread does
	dynamic    bool            // it also reads properties whose names are computed
	generators bool            // it has generator functions
	equals     bool            // it compares with == what goja compares otherwise
	bits       bool            // it has operators on 32-bit integers
	statics    bool            // it reads RegExp.$1 and the like
	powers     bool            // it has powers of what isn't written down
	sparse     bool            // it may give a list, or what looks like one, any length
	patterns   patterns
}

// usesRegExp reports whether the rule can come by a RegExp.
func (n *needs) usesRegExp() bool {
	return len(n.patterns) > 0 || n.names["RegExp"] || n.names["match"] || n.names["matchAll"] || n.names["search"] ||
		n.names["replaceAll"]
}

// has reports whether the rule may read a property of this name.
func (n *needs) has(name string) bool { return n.dynamic || n.names[name] }

// pattern is a regular expression literal.
type pattern struct {
	node          *ast.RegExpLiteral
	source, flags string
	re            *esregexp.Regexp
}

type patterns []pattern

// number makes each literal's text its index, which goja's compiler takes for a pattern, and returns what undoes that:
// goja's literals are only carriers, which exec finds the index in.
func (list patterns) number() (restore func()) {
	for i, p := range list {
		p.node.Pattern, p.node.Flags = strconv.Itoa(i), ""
	}
	return func() {
		for _, p := range list {
			p.node.Pattern, p.node.Flags = p.source, p.flags
		}
	}
}

func fileIdx(offset int) file.Idx { return file.Idx(offset) }

func findNeeds(src *source.Source) (needs, error) {
	n := needs{names: map[string]bool{}}
	var err error
	source.Walk(src.Expr, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Identifier:
			n.names[node.Name.String()] = true
		case *ast.DotExpression:
			n.names[node.Identifier.Name.String()] = true
			n.statics = n.statics || source.ReadsRegExp(node.Left) &&
				source.RegExpStatics[node.Identifier.Name.String()]
		case *ast.StringLiteral:
			n.names[node.Value.String()] = true
		case *ast.BracketExpression:
			n.dynamic = n.dynamic || computed(node.Member)
			if key, ok := node.Member.(*ast.StringLiteral); ok {
				n.statics = n.statics || source.ReadsRegExp(node.Left) && source.RegExpStatics[key.Value.String()]
			}
		case *ast.FunctionLiteral:
			n.generators = n.generators || node.Generator
		case *ast.AssignExpression:
			n.sparse = n.sparse || writesLength(node.Left)
		case *ast.UnaryExpression:
			n.sparse = n.sparse || (node.Operator == token.INCREMENT || node.Operator == token.DECREMENT) &&
				writesLength(node.Operand)
		case *ast.ForInStatement:
			n.enumerates = true
			n.sparse = n.sparse || writesLength(node.Into)
		case *ast.ObjectLiteral:
			n.enumerates = n.enumerates || slices.ContainsFunc(node.Value, isSpread)
		case *ast.ObjectPattern:
			n.enumerates = n.enumerates || node.Rest != nil
		case *ast.BinaryExpression:
			_, named := node.Left.(*ast.StringLiteral)
			n.enumerates = n.enumerates || node.Operator == token.IN && !named
		case *ast.ForOfStatement:
			n.sparse = n.sparse || writesLength(node.Into)
		case *ast.NumberLiteral:
			_, big := node.Value.(*big.Int)
			n.bigInt = n.bigInt || big
		case *ast.SpreadElement, *ast.ArrayPattern:
			n.iterates = true
		case *ast.PropertyKeyed:
			key, literal := node.Key.(*ast.StringLiteral)
			n.sparse = n.sparse || literal && key.Value == "length" || node.Computed
			n.dynamic = n.dynamic || node.Computed && computed(node.Key)
		case *ast.RegExpLiteral:
			err = errors.Join(err, n.addPattern(src, node))
		}
		return err == nil
	})
	n.dynamic = n.dynamic || n.names["Reflect"] || n.names["getOwnPropertyDescriptor"] ||
		n.names["getOwnPropertyDescriptors"] ||
		n.names["getOwnPropertyNames"]
	n.sparse = n.sparse || n.names["Array"] || n.names["Reflect"] || n.names["assign"] || n.names["defineProperty"] ||
		n.names["defineProperties"] || n.names["fromEntries"]
	n.iterates = n.iterates || n.dynamic || n.names["Set"] || n.names["Map"] || n.names["from"] ||
		n.names["fromEntries"] ||
		n.names["groupBy"]
	if err != nil {
		var e *source.Error
		errors.As(err, &e)
		return n, e
	}
	return n, nil
}

// enumerators are names behind which an object's properties can be seen without naming them.
var enumerators = strings.Fields("JSON Object Reflect constructor hasOwnProperty propertyIsEnumerable " +
	"structuredClone arguments")

// namesAll reports whether a rule names every property that it can come to know of: what it doesn't name needn't be
// there.
func (n *needs) namesAll() bool {
	return !n.dynamic && !n.enumerates && !slices.ContainsFunc(enumerators,
		func(name string) bool { return n.names[name] })
}

func isSpread(p ast.Property) bool {
	_, spread := p.(*ast.SpreadElement)
	return spread
}

// writesLength reports whether an assignment to target may make a list longer than it has elements.
func writesLength(target ast.Node) (found bool) {
	source.Walk(target, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.BracketExpression:
			found = true
		case *ast.DotExpression:
			found = found || node.Identifier.Name == "length"
		}
		return !found
	})
	return found
}

// computed reports whether a key's text isn't in the source.
func computed(key ast.Expression) bool {
	switch key.(type) {
	case *ast.StringLiteral, *ast.NumberLiteral:
		return false
	}
	return true
}

func (n *needs) addPattern(src *source.Source, node *ast.RegExpLiteral) error {
	re, err := esregexp.CompileString(node.Pattern, node.Flags)
	if err == nil {
		n.patterns = append(n.patterns, pattern{node, node.Pattern, node.Flags, re})
		return nil
	}
	var syntax *esregexp.SyntaxError
	if errors.As(err, &syntax) {
		return src.ErrorAt(source.Syntax, node.Idx+1+file.Idx(max(0, syntax.Offset)), err.Error())
	}
	var unsupported *esregexp.UnsupportedError
	at := node.Idx
	if errors.As(err, &unsupported) {
		at += 1 + file.Idx(unsupported.Offset)
	}
	e := src.ErrorAt(source.Refused, at, err.Error())
	e.Category = "regexp"
	return e
}
