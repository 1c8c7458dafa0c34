package siptext

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// address converts an address. One whose URI isn't SIP has no place in a message.
func (m *message) address(l *lexer, path string, a address) *routrpb.Address {
	path += ".address"
	m.mark(path+".displayName", l, a.name.at)
	return &routrpb.Address{DisplayName: a.name.text, Wildcard: a.star, Uri: m.sipURI(l, path+".uri", a.uri)}
}

// sipURI converts a URI.
func (m *message) sipURI(l *lexer, path string, u uri) *routrpb.SipURI {
	if !u.sip {
		m.losef(l, place{l.start, len(l.buf) - 1}, "%s is no sip or sips URI", quoted(u.other))
		return nil
	}
	out := &routrpb.SipURI{
		User: u.user.text, UserPassword: u.password.text, Host: u.host.text, Port: u.port.number, TtlParam: -1,
		Secure: u.secure, LrParam: u.params.has("lr"), BncParam: u.params.has("bnc"),
	}
	if !u.hasUser {
		out.User, out.UserPassword = "", ""
	}
	out.TransportParam, _ = u.params.get("transport")
	out.MethodParam, _ = u.params.get("method")
	out.UserParam, _ = u.params.get("user")
	if i := u.params.index("ttl"); i >= 0 {
		m.losef(l, u.params.list[i].at, "a ttl parameter of a URI makes the EdgePort fail, whatever its value")
	}
	m.mark(path+".user", l, u.user.at)
	m.mark(path+".userPassword", l, u.password.at)
	m.mark(path+".host", l, u.host.at)
	m.mark(path+".port", l, u.port.at)
	for _, name := range []string{"transport", "method", "user", "lr", "bnc"} {
		m.markParam(l, path+"."+name+"Param", u.params, name)
	}
	return out
}

// parameters converts the parameters of a From, To, Route or Record-Route.
func (m *message) parameters(l *lexer, path string, ps params) map[string]string {
	if len(ps.list) == 0 {
		return nil
	}
	out := make(map[string]string, len(ps.list))
	for _, p := range ps.list {
		value, ok := p.text()
		if !ok {
			m.losef(l, p.at, "the parameter %s has nothing behind its =", quoted(p.name))
		}
		name := lower(p.name)
		out[name] = value
		m.mark(path+".parameters"+member(name), l, p.at)
	}
	return out
}

// identifier is what may stand behind a dot in JavaScript.
var identifier = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// member writes access to a member of an object as JavaScript does.
func member(name string) string {
	if identifier.MatchString(name) {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}

// markParam ties a field to a parameter that is there.
func (m *message) markParam(l *lexer, path string, ps params, name string) {
	if i := ps.index(name); i >= 0 {
		m.mark(path, l, ps.list[i].at)
	}
}

// markCredentials ties the fields of an Authorization or a challenge to their parameters.
func (m *message) markCredentials(l *lexer, path string, c credentials) {
	m.mark(path+".scheme", l, c.scheme.at)
	for _, name := range []string{"realm", "domain", "nonce", "algorithm", "qop", "opaque", "response", "username",
		"uri"} {
		m.markParam(l, path+"."+name, c.params, name)
	}
	m.markParam(l, path+".cNonce", c.params, "cnonce")
	m.markParam(l, path+".nonceCount", c.params, "nc")
}

func hasColon(s string) bool { return strings.Contains(s, ":") }
