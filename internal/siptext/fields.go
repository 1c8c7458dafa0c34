package siptext

import (
	"strconv"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// The headers that have a field of their own. Each function reads the whole value first and keeps it where that went
// well, so that a bad header leaves its place to the next.

func (l *lexer) from(m *message) {
	a := l.fromOrTo()
	if l.fault != nil || m.again(l, m.msg.From != nil) {
		return
	}
	m.msg.From = &routrpb.From{Address: m.address(l, "message.from", a),
		Parameters: m.parameters(l, "message.from", a.params)}
	m.msg.From.Tag, _ = a.params.get("tag")
	m.markParam(l, "message.from.tag", a.params, "tag")
}

func (l *lexer) to(m *message) {
	a := l.fromOrTo()
	if l.fault != nil || m.again(l, m.msg.To != nil) {
		return
	}
	m.msg.To = &routrpb.To{Address: m.address(l, "message.to", a), Parameters: m.parameters(l, "message.to", a.params)}
	m.msg.To.Tag, _ = a.params.get("tag")
	m.markParam(l, "message.to.tag", a.params, "tag")
}

func (l *lexer) callID(m *message) {
	from := l.pos
	id := trim(l.rest())
	if l.fault != nil || m.again(l, m.msg.CallId != nil) {
		return
	}
	m.msg.CallId = &routrpb.CallID{CallId: id}
	m.mark("ref", l, place{from, from + len(id)})
	m.mark("message.callId.callId", l, place{from, from + len(id)})
}

func (l *lexer) viaField(m *message) {
	all := l.vias()
	if l.fault != nil {
		return
	}
	for _, v := range all {
		path := "message.via[" + strconv.Itoa(len(m.msg.Via)) + "]"
		if len(m.msg.Via) == 0 {
			m.mark("sender.host", l, v.host.at)
			m.mark("sender.port", l, v.port.at)
			m.mark("sender.transport", l, v.transport.at)
		}
		m.msg.Via = append(m.msg.Via, m.via(l, path, v))
	}
}

// via converts one Via.
func (m *message) via(l *lexer, path string, v via) *routrpb.Via {
	out := &routrpb.Via{
		Host: v.host.text, Port: v.port.number, Transport: v.transport.text,
		RPort: -1, Ttl: -1, RPortFlag: v.params.has("rport"),
	}
	out.Branch, _ = v.params.get("branch")
	out.Received, _ = v.params.get("received")
	out.MAddr, _ = v.params.get("maddr")
	if ttl, ok := v.params.get("ttl"); ok {
		out.Ttl = orMinusOne(parseInt(ttl))
	}
	if rport, ok := v.params.get("rport"); ok && rport != "" {
		n, isNumber := parseInt(rport)
		switch {
		case isNumber:
			out.RPort = n
		case !m.request || len(m.msg.Via) > 0: // in the top Via of a request the stack writes the port anew
			m.losef(l, v.params.list[v.params.index("rport")].at, "the rport of a Via isn't a number")
		}
	}
	m.mark(path+".host", l, v.host.at)
	m.mark(path+".port", l, v.port.at)
	m.mark(path+".transport", l, v.transport.at)
	m.markParam(l, path+".branch", v.params, "branch")
	m.markParam(l, path+".received", v.params, "received")
	m.markParam(l, path+".mAddr", v.params, "maddr")
	m.markParam(l, path+".ttl", v.params, "ttl")
	m.markParam(l, path+".rPortFlag", v.params, "rport")
	if out.RPort >= 0 {
		m.markParam(l, path+".rPort", v.params, "rport")
	}
	return out
}

func (l *lexer) contact(m *message) {
	all := l.contacts()
	if l.fault != nil || m.again(l, m.msg.Contact != nil) {
		return
	}
	a := all[0]
	c := &routrpb.Contact{Address: m.address(l, "message.contact", a), Expires: -1, QValue: -1}
	if expires, ok := a.params.get("expires"); ok {
		c.Expires = orMinusOne(parseInt(expires))
	}
	if q, ok := a.params.get("q"); ok {
		if n, isNumber := parseFloat(q); isNumber {
			c.QValue = n
		}
	}
	m.markParam(l, "message.contact.expires", a.params, "expires")
	m.markParam(l, "message.contact.qValue", a.params, "q")
	m.msg.Contact = c
	if len(all) > 1 {
		m.note(l, place{0, len(l.buf) - 1}, Info, "only the first of these %d contacts counts", len(all))
	}
}

func orMinusOne(n int32, ok bool) int32 {
	if !ok {
		return -1
	}
	return n
}

func (l *lexer) route(m *message) {
	for _, a := range m.good(l, l.routes()) {
		path := "message.route[" + strconv.Itoa(len(m.msg.Route)) + "]"
		m.msg.Route = append(m.msg.Route, &routrpb.Route{Address: m.address(l, path, a),
			Parameters: m.parameters(l, path, a.params)})
	}
}

func (l *lexer) recordRoute(m *message) {
	for _, a := range m.good(l, l.routes()) {
		path := "message.recordRoute[" + strconv.Itoa(len(m.msg.RecordRoute)) + "]"
		m.msg.RecordRoute = append(m.msg.RecordRoute,
			&routrpb.RecordRoute{Address: m.address(l, path, a), Parameters: m.parameters(l, path, a.params)})
	}
}

// good returns the addresses of a line without a fault.
func (m *message) good(l *lexer, all []address) []address {
	if l.fault != nil {
		return nil
	}
	return all
}

// number reads a number that is all of a line.
func (l *lexer) number(most int32) int32 {
	from := l.pos
	n, ok := parseInt(l.digits())
	if !ok || n > most {
		l.pos = from
		l.failf("expected a number from 0 to %d", most)
	}
	l.blanks()
	l.end()
	return n
}

func (l *lexer) maxForwards(m *message) {
	at := place{from: l.pos}
	n := l.number(255)
	at.to = l.pos - 1
	if l.fault != nil || m.again(l, m.msg.MaxForwards != nil) {
		return
	}
	m.msg.MaxForwards = &routrpb.MaxForwards{MaxForwards: n}
	m.mark("message.maxForwards.maxForwards", l, at)
}

func (l *lexer) expires(m *message) {
	at := place{from: l.pos}
	text := l.run(isTokenChar)
	at.to = l.pos
	n, ok := parseInt(text)
	if !ok || n < 0 {
		l.pos = at.from
		l.failf("expected a number of seconds from 0 to 2147483647")
	}
	l.end()
	if l.fault != nil || m.again(l, m.msg.Expires != nil) {
		return
	}
	m.msg.Expires = &routrpb.Expires{Expires: n}
	m.mark("message.expires.expires", l, at)
}

func (l *lexer) contentLength(m *message) {
	at := place{from: l.pos}
	n := l.number(maxInt32)
	at.to = l.pos - 1
	if l.fault != nil {
		return
	}
	m.length, m.hasLength = n, true
	m.mark("message.contentLength.contentLength", l, at)
}
