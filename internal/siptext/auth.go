package siptext

import "github.com/fonoster/routr-dispatcher/gen/routrpb"

func (l *lexer) authorization(m *message) {
	c := l.credentials()
	if l.fault != nil || m.again(l, m.msg.Authorization != nil) {
		return
	}
	text := func(name string) string { s, _ := c.params.get(name); return s }
	a := &routrpb.Authorization{
		Scheme: c.scheme.text, Realm: text("realm"), CNonce: text("cnonce"), Nonce: text("nonce"),
		Algorithm: text("algorithm"),
		Qop:       text("qop"), Opaque: text("opaque"), Response: text("response"), Username: text("username"),
		NonceCount: -1,
	}
	if nc, ok := c.params.get("nc"); ok {
		if n, isNumber := parseNumber(nc, 16, maxInt32); isNumber {
			a.NonceCount = int32(n)
		}
	}
	if uri := text("uri"); hasColon(uri) {
		a.Uri = uri
	}
	m.msg.Authorization = a
	m.markCredentials(l, "message.authorization", c)
}

func (l *lexer) wwwAuthenticate(m *message) {
	c := l.credentials()
	if l.fault != nil || m.again(l, m.msg.WwwAuthenticate != nil) {
		return
	}
	text := func(name string) string { s, _ := c.params.get(name); return s }
	m.msg.WwwAuthenticate = &routrpb.WWWAuthenticate{
		Scheme: c.scheme.text, Realm: text("realm"), Domain: text("domain"), Nonce: text("nonce"),
		Algorithm: text("algorithm"),
		Qop:       text("qop"), Opaque: text("opaque"),
	}
	m.markCredentials(l, "message.wwwAuthenticate", c)
}
