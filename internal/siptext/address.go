package siptext

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// maxURIParams bounds the parameters of a URI, which the library keeps in a list that it searches
// for every one it adds.
const maxURIParams = 100

// address reads `"Display Name" <uri>;params` or `uri;params` (RFC 3261, section 20.10).
func (sp span) address() (*routrpb.Address, params, error) {
	lt, err := sp.index("<")
	if err != nil {
		return nil, nil, err
	}
	if lt < 0 {
		return sp.bareAddress()
	}
	name, err := sp.sub(0, lt).trim().displayName()
	if err != nil {
		return nil, nil, err
	}
	gt := lt + strings.IndexByte(sp.raw()[lt:], '>')
	if gt < lt {
		return nil, nil, sp.sub(lt, sp.len()).errorf("there is no > for this <")
	}
	uri, err := sp.sub(lt+1, gt).uri()
	if err != nil {
		return nil, nil, err
	}
	ps, err := sp.sub(gt+1, sp.len()).tail()
	return &routrpb.Address{Uri: uri, DisplayName: name}, ps, err
}

// bareAddress reads a URI without angle brackets: parameters behind it are the header field's, and
// it can't hold a comma or a question mark.
func (sp span) bareAddress() (*routrpb.Address, params, error) {
	end, err := sp.index(";")
	if err != nil {
		return nil, nil, err
	}
	if end < 0 {
		end = sp.len()
	}
	spec := sp.sub(0, end).trim()
	if i := strings.IndexAny(spec.raw(), "?,"); i >= 0 {
		return nil, nil, spec.sub(i, spec.len()).errorf("a URI with %q must be put in < and >", spec.raw()[i])
	}
	uri, err := spec.uri()
	if err != nil {
		return nil, nil, err
	}
	ps, err := sp.sub(end, sp.len()).tail()
	return &routrpb.Address{Uri: uri}, ps, err
}

// tail reads the parameters behind an address, each after its semicolon.
func (sp span) tail() (params, error) {
	sp = sp.trim()
	if sp.empty() {
		return nil, nil
	}
	if sp.raw()[0] != ';' {
		return nil, sp.errorf("expected ; and a parameter, not %s", quoted(sp.String()))
	}
	return sp.sub(1, sp.len()).params(";")
}

// displayName reads what stands before a <. More than RFC 3261's tokens may stand there without
// quotes, as phones send it; a quoted name keeps its backslashes, as in an EdgePort.
func (sp span) displayName() (string, error) {
	raw := sp.raw()
	if strings.HasPrefix(raw, `"`) {
		inner, err := sp.unquote()
		return inner.String(), err
	}
	if i := strings.IndexAny(raw, "\",;:\\<>"); i >= 0 {
		return "", sp.sub(i, sp.len()).errorf("a display name with %q must be put in quotes", raw[i])
	}
	return sp.String(), nil
}

// uri reads a SIP or SIPS URI. URIs of other schemes, tel among them, have no place in a
// MessageRequest. Headers of a URI (behind a ?) aren't part of SipURI.
func (sp span) uri() (*routrpb.SipURI, error) {
	raw := sp.raw()
	if i := strings.IndexFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"\\", r) }); i >= 0 {
		return nil, sp.sub(i, sp.len()).errorf("unexpected %s in a URI", quoted(string([]rune(raw[i:])[:1])))
	}
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok || !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return nil, sp.errorf("%s is no sip or sips URI: an EdgePort refuses others", quoted(raw))
	}
	at := strings.IndexByte(rest, '@') + 1 // the first @ ends the user part; without one this is 0
	if headers := strings.IndexByte(rest[at:], '?'); headers >= 0 {
		raw = raw[:len(scheme)+1+at+headers]
	}
	if strings.Count(raw, ";") > maxURIParams {
		return nil, sp.errorf("the URI has more than %d parameters", maxURIParams)
	}
	var u sip.Uri
	if err := sip.ParseUri(raw, &u); err != nil {
		return nil, sp.errorf("%s is no SIP URI: %v", quoted(raw), err)
	}
	if err := sp.sub(len(scheme)+1+at, len(raw)).startsWithHost(u.Host); err != nil {
		return nil, err
	}
	return sp.sipURI(&u)
}

// startsWithHost checks that the span begins with the host that the library found, that it is one,
// and that a port or parameters follow. The library lets pass what isn't.
func (sp span) startsWithHost(host string) error {
	rest, ok := strings.CutPrefix(sp.raw(), host)
	if !ok || !isHost(host) || rest != "" && rest[0] != ':' && rest[0] != ';' {
		end := strings.IndexByte(sp.raw()+";", ';')
		return sp.errorf("%s is no host name or address", quoted(sp.raw()[:end]))
	}
	if i := strings.Index(rest+";", ";;"); i >= 0 {
		return sp.sub(len(host)+i, sp.len()).errorf("a parameter is missing behind this ;")
	}
	if strings.HasPrefix(rest, ":") {
		port, _, _ := strings.Cut(rest[1:], ";")
		_, err := sp.sub(len(host)+1, len(host)+1+len(port)).number("the port", 1, 65535)
		return err
	}
	return nil
}

// sipURI takes over what an EdgePort does; maddr and unknown parameters aren't among it. Parameter
// names are compared in any case.
func (sp span) sipURI(u *sip.Uri) (*routrpb.SipURI, error) {
	uri := &routrpb.SipURI{
		User: u.User, UserPassword: u.Password, Host: u.Host, Port: int32(u.Port),
		TtlParam: -1, Secure: u.Scheme == "sips",
	}
	if u.Port == 0 {
		uri.Port = -1
	}
	for _, p := range u.UriParams {
		switch strings.ToLower(p.K) {
		case "transport":
			uri.TransportParam = p.V
		case "method":
			uri.MethodParam = p.V
		case "user":
			uri.UserParam = p.V
		case "lr":
			uri.LrParam = true
		case "bnc":
			uri.BncParam = true
		case "ttl":
			ttl, err := strconv.ParseUint(p.V, 10, 8)
			if err != nil {
				return nil, sp.errorf("the ttl parameter of the URI is %s, expected a number from 0 to 255", quoted(p.V))
			}
			uri.TtlParam = int32(ttl)
		}
	}
	return uri, nil
}
