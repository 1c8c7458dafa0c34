package siptext

import (
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// startLine reads the request line or the status line.
func (c *conversion) startLine(line span) {
	if len(line.raw()) >= 4 && strings.EqualFold(line.raw()[:4], "SIP/") {
		c.note(c.statusLine(line))
		return
	}
	c.note(c.requestLine(line))
}

// requestLine reads `METHOD uri SIP/2.0`. One space divides the three (RFC 3261, section 7.1);
// any other is left in the URI, which may hold none.
func (c *conversion) requestLine(line span) error {
	raw := line.raw()
	first, last := strings.IndexByte(raw, ' '), strings.LastIndexByte(raw, ' ')
	if first == last {
		return line.errorf("no SIP message begins with %s: "+
			"expected a request line (INVITE sip:bob@example.com SIP/2.0) or a status line (SIP/2.0 200 OK)", quoted(raw))
	}
	if err := version(line.sub(last+1, len(raw))); err != nil {
		return err
	}
	method, err := methodOf(line.sub(0, first))
	if err != nil {
		return err
	}
	c.method = method
	uri, err := line.sub(first+1, last).uri()
	if err != nil {
		return err
	}
	c.msg.MessageType = &routrpb.SIPMessage_RequestUri{RequestUri: uri}
	return nil
}

// statusLine reads `SIP/2.0 200 OK`. The reason phrase may be empty, and be any text.
func (c *conversion) statusLine(line span) error {
	c.response = true
	space := strings.IndexByte(line.raw(), ' ')
	if space < 0 {
		return line.errorf("the status line has no status code")
	}
	if err := version(line.sub(0, space)); err != nil {
		return err
	}
	code, reason := line.sub(space+1, line.len()), ""
	if end := strings.IndexByte(code.raw(), ' '); end >= 0 {
		reason = code.sub(end+1, code.len()).trim().String()
		code = code.sub(0, end)
	}
	if len(code.raw()) != 3 {
		return code.errorf("the status code is %s, expected three digits", quoted(code.raw()))
	}
	status, err := code.number("the status code", 0, 999)
	if err != nil {
		return err
	}
	kind, ok := responseTypes[status]
	if !ok {
		return code.errorf("status %d has no place in a MessageRequest: an EdgePort refuses it", status)
	}
	c.msg.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: kind}
	c.msg.ReasonPhrase = reason
	return nil
}

func version(sp span) error {
	if !strings.EqualFold(sp.raw(), "SIP/2.0") {
		return sp.errorf("the version is %s, expected SIP/2.0", quoted(sp.raw()))
	}
	return nil
}

// methodOf reads a method name, in any case as an EdgePort does.
func methodOf(sp span) (routrpb.Method, error) {
	m, ok := routrpb.Method_value[strings.ToUpper(sp.raw())]
	if !ok || m == int32(routrpb.Method_UNKNOWN) {
		return 0, sp.errorf("method %s has no place in a MessageRequest: an EdgePort refuses it", quoted(sp.raw()))
	}
	return routrpb.Method(m), nil
}
