package source

import "strings"

// maxDepth is how deep brackets may nest. Goja's parser and compiler recurse with them.
const maxDepth = 200

// maxTokens bounds what else they recurse with: prefix operators, chains of arrows, assignments, conditions.
const maxTokens = 16 << 10

var punctuators = []string{ // longest first
	">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=",
	"=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
	"<<", ">>", "**",
	"{", "}", "(", ")", "[", "]", ".", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "!", "~", "?", ":",
	"=",
}

func (l *lexer) punctuator() error {
	rest := l.text[l.at:]
	for _, p := range punctuators {
		if !strings.HasPrefix(rest, p) {
			continue
		}
		if p == "?." && len(rest) > 2 && isDigit(rest[2]) {
			continue
		}
		return l.bracket(p)
	}
	return l.fail(l.at, "this character has no meaning here")
}

func (l *lexer) bracket(p string) error {
	here, start := len(l.out), l.at
	switch p {
	case "(", "[", "{":
		if err := l.push(); err != nil {
			return err
		}
		l.emit(punct, l.at+len(p))
	case ")", "]", "}":
		n := len(l.open)
		if n == 0 || closing[l.text[l.out[l.open[n-1]].start]] != p {
			return l.fail(start, "unexpected "+p)
		}
		l.emit(punct, l.at+len(p))
		l.out[here].mate = l.open[n-1]
		l.out[l.open[n-1]].mate = here
		l.open = l.open[:n-1]
	default:
		l.emit(punct, l.at+len(p))
	}
	return nil
}

// push opens a bracket, which the next token will be.
func (l *lexer) push() error {
	l.open = append(l.open, len(l.out))
	if len(l.open) > maxDepth {
		return l.src.fail(TooLarge, l.at, "brackets nest deeper than 200 levels")
	}
	return nil
}

var closing = map[byte]string{'(': ")", '[': "]", '{': "}"}
