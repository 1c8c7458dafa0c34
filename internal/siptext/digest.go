package siptext

import (
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// authorization reads the message's first Authorization.
func (c *conversion) authorization(v span) error {
	scheme, ps, err := v.credentials()
	if err != nil || c.msg.Authorization != nil {
		return err
	}
	count := int64(-1)
	if nc, ok := ps["nc"]; ok {
		// The nonce count is hexadecimal (RFC 3261, section 25.1).
		if count, err = strconv.ParseInt(nc.raw(), 16, 32); err != nil || count < 0 {
			return nc.errorf("nc is %s, expected up to eight hexadecimal digits, at most 7fffffff", quoted(nc.String()))
		}
	}
	c.msg.Authorization = &routrpb.Authorization{
		Scheme: scheme, Realm: ps.text("realm"), Username: ps.text("username"), Nonce: ps.text("nonce"),
		Uri: ps.text("uri"), Response: ps.text("response"), Algorithm: ps.text("algorithm"),
		Opaque: ps.text("opaque"), Qop: ps.text("qop"), CNonce: ps.text("cnonce"), NonceCount: int32(count),
	}
	return nil
}

// wwwAuthenticate reads the message's first WWW-Authenticate.
func (c *conversion) wwwAuthenticate(v span) error {
	scheme, ps, err := v.credentials()
	if err != nil || c.msg.WwwAuthenticate != nil {
		return err
	}
	c.msg.WwwAuthenticate = &routrpb.WWWAuthenticate{
		Scheme: scheme, Realm: ps.text("realm"), Domain: ps.text("domain"), Nonce: ps.text("nonce"),
		Algorithm: ps.text("algorithm"), Qop: ps.text("qop"), Opaque: ps.text("opaque"),
		Stale: strings.EqualFold(ps.text("stale"), "true"),
	}
	return nil
}

// credentials divides `Digest realm="…", nonce="…"`. What other schemes write behind their name
// need not be parameters; where it isn't, only the scheme is known.
func (sp span) credentials() (string, params, error) {
	name, rest, _ := sp.cut(whitespace)
	if !isToken(name.raw()) {
		return "", nil, sp.errorf("%s is no authentication scheme and its parameters", quoted(sp.String()))
	}
	ps, err := rest.params(",")
	if err != nil && strings.EqualFold(name.raw(), "Digest") {
		return "", nil, err
	}
	return name.raw(), ps, nil
}
