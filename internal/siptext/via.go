package siptext

import (
	"net/netip"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// via reads the values of one Via field: `SIP/2.0/UDP host:port;params`, divided by commas. White
// space may stand around every slash, colon and semicolon (RFC 3261, section 25.1).
func (c *conversion) via(v span) error {
	parts, err := v.split(",")
	if err != nil {
		return err
	}
	for _, part := range parts {
		via, transport, err := part.via()
		if err != nil {
			return err
		}
		if len(c.msg.Via) == 0 {
			c.transport = transport
		}
		c.msg.Via = append(c.msg.Via, via)
	}
	return nil
}

// via reads one Via value; transport is where its transport stands.
func (sp span) via() (via *routrpb.Via, transport span, err error) {
	semicolon, err := sp.index(";")
	if err != nil {
		return nil, span{}, err
	}
	var ps params
	sent := sp
	if semicolon >= 0 {
		sent = sp.sub(0, semicolon)
		if ps, err = sp.sub(semicolon+1, sp.len()).params(";"); err != nil {
			return nil, span{}, err
		}
	}
	transport, by, err := sent.sentProtocol()
	if err != nil {
		return nil, span{}, err
	}
	host, port, err := by.hostPort()
	if err != nil {
		return nil, span{}, err
	}
	via = &routrpb.Via{
		Host: host, Port: port, Transport: transport.String(),
		Branch: ps.text("branch"), Received: ps.text("received"), MAddr: ps.text("maddr"),
	}
	_, via.RPortFlag = ps["rport"]
	if via.RPort, err = ps.number("rport", 65535); err != nil {
		return nil, span{}, err
	}
	via.Ttl, err = ps.number("ttl", 255)
	return via, transport, err
}

// sentProtocol divides `SIP/2.0/UDP host:port` into transport and sent-by.
func (sp span) sentProtocol() (transport, by span, err error) {
	name, rest, ok1 := sp.cut("/")
	number, rest, ok2 := rest.cut("/")
	transport, by, ok3 := rest.cut(whitespace)
	if !ok1 || !ok2 || !ok3 || !isToken(transport.raw()) ||
		!strings.EqualFold(name.raw(), "SIP") || number.raw() != "2.0" {
		return span{}, span{}, sp.errorf("%s is no Via: expected SIP/2.0/UDP host:port;branch=…", quoted(sp.String()))
	}
	return transport, by, nil
}

// cut divides the span at the first of the bytes in seps, and trims both parts.
func (sp span) cut(seps string) (before, after span, ok bool) {
	i := strings.IndexAny(sp.raw(), seps)
	if i < 0 {
		return sp, sp.sub(sp.len(), sp.len()), false
	}
	return sp.sub(0, i).trim(), sp.sub(i+1, sp.len()).trim(), true
}

// hostPort divides `host:port`; the port is -1 where there is none.
func (sp span) hostPort() (string, int32, error) {
	host, port := sp, int32(-1)
	colon := strings.LastIndexByte(sp.raw(), ':')
	if colon > strings.IndexByte(sp.raw(), ']') {
		var err error
		host = sp.sub(0, colon).trim()
		if port, err = sp.sub(colon+1, sp.len()).trim().number("the port", 0, 65535); err != nil {
			return "", 0, err
		}
	}
	if !isHost(host.raw()) {
		return "", 0, host.errorf("%s is no host name or address", quoted(host.String()))
	}
	return host.raw(), port, nil
}

// isHost says whether s is a host name, an IPv4 address, or an IPv6 address in brackets. Names may
// have underscores, which RFC 3261 forbids and networks use.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_') {
			return false
		}
	}
	return s != ""
}
