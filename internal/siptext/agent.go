package siptext

import "strings"

func readServer(l *lexer, e *entries) {
	from := l.pos
	if l.at('\n') {
		l.failf("the value is missing")
	}
	var products []string
	for l.more() && l.ahead(0) != 0 {
		if l.at('(') {
			products = append(products, "("+l.comment()+")")
			continue
		}
		product, ok := l.product()
		if ok && product == "" && l.fault == nil {
			l.crashf("a / without a product before it makes the EdgePort's parser fail")
		}
		if !ok {
			products = append(products, trim(l.rest()))
			break
		}
		if strings.HasSuffix(product, "\n") {
			product = trim(product)
		}
		products = append(products, product)
	}
	e.add(l, from, strings.Join(products, "/"))
}

// product reads what is before a slash, and takes escapes apart. Where there is no slash, nothing is taken.
func (l *lexer) product() (string, bool) {
	var out strings.Builder
	for i := l.pos; i < len(l.buf) && l.buf[i] != 0; i++ {
		switch l.buf[i] {
		case '/':
			l.pos = i + 1
			return out.String(), true
		case '\\':
			if i++; i >= len(l.buf) || l.buf[i] == 0 {
				return "", false
			}
		}
		out.WriteByte(l.buf[i])
	}
	return "", false
}

func readUserAgent(l *lexer, e *entries) {
	from := l.pos
	if l.at('\n') {
		l.failf("the value is missing")
	}
	var out strings.Builder
	for l.more() && l.ahead(0) != 0 {
		if l.at('(') {
			out.WriteString("(" + l.comment() + ")")
		} else {
			l.blanks()
			out.WriteString(l.until("/"))
			if l.pos >= len(l.buf) {
				l.failf("the line has no end")
			}
			if l.skip('/') {
				l.blanks()
				out.WriteString("/" + l.until("/"))
			}
		}
		l.blanks()
	}
	e.add(l, from, out.String())
}
