package siptext

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// judge decides what becomes of a message whose text is read.
func (m *message) judge() {
	m.extensions()
	from, to := 0, 0
	if m.startLine != nil {
		from, to = m.startLine.ranges(place{0, len(m.startLine.text)})
	}
	if m.refusal == nil {
		m.missing(from, to)
	}
	if m.request && m.refusal == nil && m.cseq != "" && !strings.EqualFold(m.method, m.cseq) {
		m.keepBack(from, to, "the EdgePort's stack answers 400: the request line's method isn't the CSeq's")
	}
	if !m.request && m.startLine != nil && (m.status == 100 || m.status == 487 || m.cseq == "CANCEL") {
		m.keepBack(from, to, "the EdgePort leaves answers 100 and 487, and those to CANCEL, to its stack: they "+
			"never reach the dispatcher")
	}
	if name := m.methodName(); name != "" {
		if _, ok := routrpb.Method_value[name]; !ok {
			m.loseAt(from, to, "it has no name for the method "+quoted(name))
		}
	}
	if len(m.msg.Via) > 0 {
		name := m.msg.Via[0].GetTransport()
		if _, ok := routrpb.Transport_value[strings.ToUpper(name)]; !ok {
			m.loseAt(from, to, "it has no name for the transport "+quoted(name)+" of the top Via")
		}
	}
}

func (m *message) loseAt(from, to int, text string) {
	if n := m.noteAt(from, to, Failure, "the EdgePort loses this message: "+text); m.loss == nil {
		m.loss = n
	}
}

// missing notes headers without which the stack drops a message.
func (m *message) missing(from, to int) {
	if names := m.lacks(); m.startLine != nil && len(names) > 0 {
		m.keepBack(from, to, "the EdgePort drops this message, for it lacks "+listed(names))
	}
}

// lacks names the headers that every message has and this one hasn't.
func (m *message) lacks() (names []string) {
	for _, h := range []struct {
		name  string
		there bool
	}{
		{"Call-ID", m.msg.CallId != nil}, {"CSeq", m.cseq != ""}, {"From", m.msg.From != nil}, {"To", m.msg.To != nil},
		{"Via", len(m.msg.Via) > 0},
	} {
		if !h.there {
			names = append(names, h.name)
		}
	}
	return names
}

// seen writes what the stack adds to a request's top Via, where it is known where the request came from.
func (m *message) seen(opts Options) {
	if !m.request || opts.SourceHost == "" || len(m.msg.Via) == 0 {
		return
	}
	top := m.msg.Via[0]
	if host := javaAddress(opts.SourceHost); top.RPortFlag || top.Host != host {
		top.Received = host
	}
	if (top.RPortFlag || m.transport.stream()) && opts.SourcePort > 0 {
		top.RPort, top.RPortFlag = opts.SourcePort, true
	}
}

// javaAddress writes an address as Java does, which writes all groups of an IPv6 one out, and an IPv4 one within
// IPv6 as IPv4.
func javaAddress(host string) string {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if addr = addr.Unmap(); addr.Is4() {
		return addr.String()
	}
	groups := make([]string, 8)
	bytes := addr.As16()
	for i := range groups {
		groups[i] = strconv.FormatUint(uint64(bytes[2*i])<<8|uint64(bytes[2*i+1]), 16)
	}
	out := strings.Join(groups, ":")
	if addr.Zone() != "" {
		out += "%" + addr.Zone()
	}
	return out
}

// body converts what is behind the head.
func (m *message) body(rest string, stream bool) {
	length := m.length
	m.msg.ContentLength = &routrpb.ContentLength{ContentLength: length}
	from := len(m.text) - len(rest)
	switch {
	case stream:
		m.msg.Body = decode(rest)
		if rest != "" {
			m.msg.ContentLength.ContentLength = int32(len(rest))
		}
	case length == 0:
		if !m.hasLength && rest != "" {
			m.noteAt(from, len(m.text), Ignored, "there is no Content-Length, so the EdgePort sends no body")
		} else if rest != "" {
			m.noteAt(from, len(m.text), Ignored, "Content-Length is 0, so the EdgePort sends no body")
		}
		return
	case len(rest) < int(length):
		m.refuse(from, len(m.text),
			"Content-Length is "+strconv.Itoa(int(length))+", and the body has "+strconv.Itoa(len(rest))+" bytes")
		m.msg.Body = decode(rest)
	default:
		if len(rest) > int(length) {
			m.noteAt(from+int(length), len(m.text), Info,
				"over UDP everything behind the head is the body, beyond Content-Length too")
		}
		m.msg.Body = decode(rest)
		m.msg.ContentLength.ContentLength = int32(len(rest))
	}
	if m.msg.Body != "" && len(m.spans) < maxSpans {
		m.spans = append(m.spans, Span{"message.body", from, len(m.text)})
	}
}
