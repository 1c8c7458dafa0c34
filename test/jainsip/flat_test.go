//go:build jainsip

package jainsip

import (
	"fmt"
	"math"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// flat writes a result as the driver does.
func flat(r siptext.Result) []string {
	out := fields{string(r.Outcome)}
	if r.Outcome != siptext.Converted {
		return out
	}
	msg := r.Request.GetMessage()
	out.put("method", r.Request.GetMethod())
	if uri := msg.GetRequestUri(); uri != nil {
		out.uri("requestUri", uri)
	}
	if uri := msg.GetRequestUri(); uri == nil {
		out.put("status", status(msg.GetResponseType()))
	}
	out.text("reason", msg.GetReasonPhrase())
	out.text("body", msg.GetBody())
	out.party("From", msg.GetFrom().GetAddress(), msg.GetFrom().GetParameters())
	out.text("From.tag", msg.GetFrom().GetTag())
	out.party("To", msg.GetTo().GetAddress(), msg.GetTo().GetParameters())
	out.text("To.tag", msg.GetTo().GetTag())
	if c := msg.GetContact(); c != nil {
		out.put("contact.expires", c.GetExpires())
		out.put("contact.q", int32(math.Float32bits(c.GetQValue())))
		out.put("contact.wildcard", c.GetAddress().GetWildcard())
		out.party("contact", c.GetAddress(), nil)
	}
	out.put("callId", msg.GetCallId().GetCallId())
	if m := msg.GetMaxForwards(); m != nil {
		out.put("maxForwards", m.GetMaxForwards())
	}
	if e := msg.GetExpires(); e != nil {
		out.put("expires", e.GetExpires())
	}
	out.put("contentLength", msg.GetContentLength().GetContentLength())
	out.authorization(msg.GetAuthorization())
	out.challenge(msg.GetWwwAuthenticate())
	for i, v := range msg.GetVia() {
		out.via(fmt.Sprintf("via%d", i), v)
	}
	for i, r := range msg.GetRoute() {
		out.party(fmt.Sprintf("route%d", i), r.GetAddress(), r.GetParameters())
	}
	for i, r := range msg.GetRecordRoute() {
		out.party(fmt.Sprintf("recordRoute%d", i), r.GetAddress(), r.GetParameters())
	}
	for i, e := range msg.GetExtensions() {
		out.put(fmt.Sprintf("extension%d", i), e.GetName()+": "+e.GetValue())
	}
	return out
}

// status returns the code of a name.
func status(of routrpb.ResponseType) int {
	for code := 100; code < 700; code++ {
		if siptext.ResponseType(code) == of {
			return code
		}
	}
	return 0
}

// fields are name=value, as the driver writes them.
type fields []string

func (f *fields) put(name string, value any) { *f = append(*f, fmt.Sprint(name, "=", value)) }

func (f *fields) text(name, value string) {
	if value != "" {
		f.put(name, value)
	}
}

func (f *fields) party(at string, a *routrpb.Address, parameters map[string]string) {
	f.text(at+".name", a.GetDisplayName())
	f.uri(at, a.GetUri())
	for name, value := range parameters {
		f.put(at+";"+name, value)
	}
}

func (f *fields) uri(at string, u *routrpb.SipURI) {
	at += ".uri"
	f.put(at+".port", u.GetPort())
	f.put(at+".ttl", u.GetTtlParam())
	f.put(at+".secure", fmt.Sprintf("%t%t%t", u.GetSecure(), u.GetLrParam(), u.GetBncParam()))
	f.text(at+".user", u.GetUser())
	f.text(at+".host", u.GetHost())
	f.text(at+".password", u.GetUserPassword())
	f.text(at+".transport", u.GetTransportParam())
	f.text(at+".method", u.GetMethodParam())
	f.text(at+".userParam", u.GetUserParam())
}

func (f *fields) via(at string, v *routrpb.Via) {
	f.put(at+".host", v.GetHost())
	f.put(at+".port", v.GetPort())
	f.put(at+".transport", v.GetTransport())
	f.put(at+".rport", fmt.Sprintf("%d%t", v.GetRPort(), v.GetRPortFlag()))
	f.put(at+".ttl", v.GetTtl())
	f.text(at+".branch", v.GetBranch())
	f.text(at+".received", v.GetReceived())
	f.text(at+".maddr", v.GetMAddr())
}

func (f *fields) authorization(a *routrpb.Authorization) {
	if a == nil {
		return
	}
	f.credentials("authorization", a.GetScheme(), a.GetRealm(), a.GetNonce(), a.GetAlgorithm(), a.GetQop(),
		a.GetOpaque())
	f.text("authorization.cnonce", a.GetCNonce())
	f.text("authorization.response", a.GetResponse())
	f.text("authorization.username", a.GetUsername())
	f.text("authorization.uri", a.GetUri())
	f.put("authorization.nc", a.GetNonceCount())
}

func (f *fields) challenge(w *routrpb.WWWAuthenticate) {
	if w == nil {
		return
	}
	f.credentials("wwwAuthenticate", w.GetScheme(), w.GetRealm(), w.GetNonce(), w.GetAlgorithm(), w.GetQop(),
		w.GetOpaque())
	f.text("wwwAuthenticate.domain", w.GetDomain())
}

func (f *fields) credentials(at string, values ...string) {
	for i, name := range strings.Fields("scheme realm nonce algorithm qop opaque") {
		f.text(at+"."+name, values[i])
	}
}
