package siptext

import (
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// start reads the first line.
func (m *message) start(ln *line) {
	m.startLine = ln.whole()
	l := &lexer{buf: ln.text + "\n", line: ln, now: m.now}
	if strings.HasPrefix(ln.text, "SIP/2.0") {
		m.statusLine(l)
	} else {
		m.requestLine(l)
	}
	if l.fault != nil {
		from, to := ln.ranges(place{min(l.fault.at, len(ln.text)), len(ln.text)})
		m.refuse(from, to, l.fault.message)
	}
}

// statusLine reads the first line of an answer.
func (m *message) statusLine(l *lexer) {
	l.run(isTokenChar)
	l.expect('/')
	l.token()
	l.blanks()
	from := l.pos
	code, ok := parseInt(l.digits())
	if !ok {
		l.pos = from
		l.failf("the status code isn't a number up to 2147483647")
	}
	m.uriAt = place{from, l.pos}
	l.blanks()
	at := place{from: l.pos}
	reason := trim(l.rest())
	if l.fault != nil {
		return
	}
	at.to = at.from + len(reason)
	m.status = code
	m.msg.ReasonPhrase = reason
	m.msg.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: responseTypes[code]}
	m.mark("message.responseType", l, m.uriAt)
	m.mark("message.reasonPhrase", l, at)
	if _, ok := responseTypes[code]; !ok {
		m.losef(l, m.uriAt, "it has no name for status code %d", code)
	}
	if code > 699 {
		from, to := l.line.ranges(m.uriAt)
		m.keepBack(from, to, "the EdgePort's stack drops answers of 700 and above")
	}
}

// requestLine reads the first line of a request.
func (m *message) requestLine(l *lexer) {
	m.request = true
	method := l.run(isTokenChar)
	if method == "" || strings.EqualFold(method, "SIP") || strings.EqualFold(method, "SIPS") ||
		!strings.Contains(strings.ToUpper(l.buf), "SIP/") && !strings.Contains(l.buf, ":") {
		l.pos = 0
		l.failf("no SIP message begins with this: expected a method, a URI and SIP/2.0, or SIP/2.0 and a status code")
	}
	l.blanks()
	l.start = l.pos
	u := l.uri(true)
	end := l.pos
	l.blanks()
	if version := l.run(isTokenChar); l.fault == nil && !strings.EqualFold(version, "SIP") {
		l.pos -= len(version)
		l.failf("expected SIP/2.0 behind the URI, found %s", quoted(trim(l.buf[l.pos:])))
	}
	l.expect('/')
	l.token()
	l.blanks()
	l.end()
	if l.fault != nil {
		return
	}
	m.method, m.uriAt = method, place{l.start, end}
	m.mark("method", l, place{0, len(method)})
	m.msg.MessageType = &routrpb.SIPMessage_RequestUri{RequestUri: m.sipURI(l, "message.requestUri", u)}
}
