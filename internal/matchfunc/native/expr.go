package native

import (
	"github.com/fonoster/routr-dispatcher/internal/matchfunc/esregexp"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// The forms of compiled code. All of them take any message, and a frame if the program says that it needs one.
type (
	evalFunc = func(*message.Request, *frame) value
	testFunc = func(*message.Request, *frame) bool
	// textFunc returns the bytes of a string that is text; false stands for a value that isn't there: undefined,
	// skipped, or thrown.
	textFunc = func(*message.Request, *frame) ([]byte, bool)
	// codeFunc returns the number of an enum's value, false as textFunc does.
	codeFunc = func(*message.Request, *frame) (int32, bool)
)

// expr is a compiled expression: its code, and what is known of it beforehand.
type expr struct {
	shape
	facts
	eval evalFunc
	test testFunc       // truthiness
	text textFunc       // of one whose value is text or isn't there; else nil
	code codeFunc       // of one whose value is an enum's or isn't there; else nil
	enum *message.Field // of code

	light  bool             // it needs no frame: it can't throw, spend steps or remember anything
	slot   int              // of a variable kept in the frame: its slot + 1
	lit    *value           // of a constant
	path   *path            // of a singular message, and how it was reached
	place  message.Place    // of a field of a singular message
	field  *message.Field   // the same; nil otherwise
	fn     *closure         // of a function
	re     *esregexp.Regexp // of a regular expression
	throws bool             // it never has a value: it throws
	member *expr            // of indexOf in constant strings: the same as includes
	// lower and upper are the operand of toLowerCase and toUpperCase.
	lower, upper *expr
}

// newExpr completes an expression made of eval.
func newExpr(s shape, f facts, eval evalFunc) *expr {
	e := &expr{shape: s, facts: f, eval: eval}
	e.test = func(r *message.Request, f *frame) bool {
		v := eval(r, f)
		return v.truthy()
	}
	if s.kinds != 0 && s.kinds.only(objects) {
		e.no = needs{never: !e.wild, touches: e.touches}
	}
	return e
}

// newTest completes an expression made of a test, whose value is a boolean.
func newTest(f facts, test testFunc) *expr {
	return &expr{shape: shapeOf(boolean), facts: f, test: test, eval: func(r *message.Request, f *frame) value {
		return boolOf(test(r, f))
	}}
}

// constant is an expression whose value is known.
func constant(v value) *expr {
	s := shapeOf(v.kind)
	truth := v.truthy()
	e := &expr{
		shape: s, lit: &v, light: true,
		eval: func(*message.Request, *frame) value { return v },
		test: func(*message.Request, *frame) bool { return truth },
	}
	if truth {
		e.no.never = true
	} else {
		e.yes.never = true
	}
	if v.kind == text {
		b := v.b
		e.text = func(*message.Request, *frame) ([]byte, bool) { return b, true }
	}
	return e
}

// constantText is a constant string.
func constantText(s string) *expr {
	b := []byte(s)
	return constant(value{kind: text, b: b, ascii: message.IsASCII(b)})
}

// isText reports whether e is a constant string in text, and which.
func (e *expr) isText() ([]byte, bool) {
	if e.lit == nil || e.lit.kind != text {
		return nil, false
	}
	return e.lit.b, true
}
