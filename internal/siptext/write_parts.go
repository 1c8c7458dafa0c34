package siptext

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// credentialsText is an Authorization or a challenge being written.
type credentialsText struct {
	scheme string
	params []string
}

func (c *credentialsText) quoted(name, value string) {
	if value != "" {
		c.params = append(c.params, name+`="`+value+`"`)
	}
}

func (c *credentialsText) token(name, value string) {
	if value != "" {
		c.params = append(c.params, name+"="+valueText(value))
	}
}

func (c credentialsText) String() string { return c.scheme + " " + strings.Join(c.params, ", ") }

// viaText writes a Via's value.
func viaText(v *routrpb.Via) string {
	text := "SIP/2.0/" + v.GetTransport() + " " + v.GetHost() + port{number: v.GetPort()}.write()
	if v.GetBranch() != "" {
		text += ";branch=" + valueText(v.GetBranch())
	}
	if v.GetMAddr() != "" {
		text += ";maddr=" + valueText(v.GetMAddr())
	}
	if v.GetTtl() != -1 {
		text += ";ttl=" + strconv.Itoa(int(v.GetTtl()))
	}
	if v.GetReceived() != "" {
		text += ";received=" + v.GetReceived()
	}
	if v.GetRPortFlag() {
		text += ";rport"
	}
	if v.GetRPort() != -1 {
		text = strings.TrimSuffix(text, ";rport") + ";rport=" + strconv.Itoa(int(v.GetRPort()))
	}
	return text
}

// uriText writes a SIP URI.
func uriText(u *routrpb.SipURI) string {
	var out strings.Builder
	if out.WriteString("sip"); u.GetSecure() {
		out.WriteString("s")
	}
	out.WriteString(":")
	if u.GetUser() != "" || u.GetUserPassword() != "" {
		out.WriteString(u.GetUser())
		if u.GetUserPassword() != "" {
			out.WriteString(":" + u.GetUserPassword())
		}
		out.WriteString("@")
	}
	out.WriteString(u.GetHost() + port{number: u.GetPort()}.write())
	for _, p := range []struct{ name, value string }{
		{"transport", u.GetTransportParam()}, {"user", u.GetUserParam()}, {"method", u.GetMethodParam()},
	} {
		if p.value != "" {
			out.WriteString(";" + p.name + "=" + p.value)
		}
	}
	if u.GetLrParam() {
		out.WriteString(";lr")
	}
	if u.GetBncParam() {
		out.WriteString(";bnc")
	}
	return out.String()
}

// addressText writes an address in brackets. A name with a quote in it that isn't escaped can only stand without
// quotes.
func addressText(a *routrpb.Address) string {
	uri := "<" + uriText(a.GetUri()) + ">"
	switch name := a.GetDisplayName(); {
	case name == "":
		return uri
	case quotable(name):
		return `"` + name + `" ` + uri
	default:
		return name + " " + uri
	}
}

// partyText writes an address and its parameters.
func partyText(a *routrpb.Address, parameters map[string]string) string {
	var out strings.Builder
	out.WriteString(addressText(a))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		out.WriteString(";" + name)
		if value := parameters[name]; value != "" {
			out.WriteString("=" + valueText(value))
		}
	}
	return out.String()
}

// valueText writes a parameter's value, in quotes where it is no token.
func valueText(value string) string {
	for _, r := range value {
		if !isTokenChar(r) {
			return `"` + value + `"`
		}
	}
	return value
}

// quotable reports whether a text can stand in quotes as it is: its quotes are escaped, and it doesn't end in a
// backslash.
func quotable(s string) bool {
	l := &lexer{buf: `"` + s + `"`}
	return l.quoted() == s && l.fault == nil && l.pos == len(l.buf)
}
