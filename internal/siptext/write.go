package siptext

import (
	"fmt"
	"maps"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// Write writes a message as the text of which an EdgePort would make it: Read of the text gives the same SIPMessage,
// byte for byte, and exact says so. A message that no EdgePort makes may have no such text; then Write writes the
// nearest one that it knows. Bytes of a body that were malformed come out as other malformed ones, so that the length
// stays.
func Write(req *routrpb.MessageRequest) (text string, exact bool) {
	w := &writer{}
	w.message(req)
	text = w.String()
	back, err := Read(text, Options{})
	return text, err == nil && back.Request != nil && proto.Equal(back.Request.Message, req.GetMessage())
}

// writer writes the lines of a message.
type writer struct{ strings.Builder }

func (w *writer) linef(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteString("\r\n")
}

func (w *writer) message(req *routrpb.MessageRequest) {
	msg := req.GetMessage()
	if uri := msg.GetRequestUri(); uri != nil {
		w.linef("%s %s SIP/2.0", req.GetMethod(), uriText(uri))
	} else {
		w.linef("SIP/2.0 %d %s", statusCode(msg.GetResponseType()), msg.GetReasonPhrase())
	}
	for _, v := range msg.GetVia() {
		w.linef("Via: %s", viaText(v))
	}
	for _, r := range msg.GetRecordRoute() {
		w.linef("Record-Route: %s", partyText(r.GetAddress(), r.GetParameters()))
	}
	for _, r := range msg.GetRoute() {
		w.linef("Route: %s", partyText(r.GetAddress(), r.GetParameters()))
	}
	if m := msg.GetMaxForwards(); m != nil {
		w.linef("Max-Forwards: %d", m.GetMaxForwards())
	}
	w.party("From", msg.GetFrom().GetAddress(), msg.GetFrom().GetParameters(), msg.GetFrom().GetTag())
	w.party("To", msg.GetTo().GetAddress(), msg.GetTo().GetParameters(), msg.GetTo().GetTag())
	if c := msg.GetCallId(); c != nil {
		w.linef("Call-ID: %s", c.GetCallId())
	}
	w.contact(msg.GetContact())
	if e := msg.GetExpires(); e != nil {
		w.linef("Expires: %d", e.GetExpires())
	}
	w.authorization(msg.GetAuthorization())
	w.challenge(msg.GetWwwAuthenticate())
	for _, e := range msg.GetExtensions() {
		w.linef("%s: %s", e.GetName(), extensionText(e))
	}
	length := int(msg.GetContentLength().GetContentLength())
	if msg.GetContentLength() != nil {
		w.linef("Content-Length: %d", length)
	}
	w.linef("")
	w.WriteString(bodyBytes(msg.GetBody(), length))
}

// extensionText writes an extension's value. A Timestamp's numbers are written without an exponent, which the stack
// writes and doesn't read.
func extensionText(e *routrpb.Extension) string {
	if e.GetName() != "Timestamp" || !strings.Contains(e.GetValue(), "E") {
		return e.GetValue()
	}
	numbers := strings.Split(e.GetValue(), " ")
	for i, n := range numbers {
		if f, ok := parseFloat(n); ok && strings.Contains(n, "E") {
			numbers[i] = strconv.FormatFloat(float64(f), 'f', 1, 32)
			if f < 1 {
				numbers[i] = strconv.FormatFloat(float64(f), 'f', -1, 32)
			}
		}
	}
	return strings.Join(numbers, " ")
}

// statusCode returns the code of a status, 0 for one that has none.
func statusCode(of routrpb.ResponseType) int32 {
	for code, name := range responseTypes {
		if name == of {
			return code
		}
	}
	return 0
}

// party writes a From or To. A tag that isn't among the parameters is added.
func (w *writer) party(name string, a *routrpb.Address, parameters map[string]string, tag string) {
	if a == nil {
		return
	}
	if _, ok := parameters["tag"]; !ok && tag != "" {
		parameters = maps.Clone(parameters)
		if parameters == nil {
			parameters = map[string]string{}
		}
		parameters["tag"] = tag
	}
	w.linef("%s: %s", name, partyText(a, parameters))
}

func (w *writer) contact(c *routrpb.Contact) {
	switch {
	case c == nil:
	case c.GetAddress().GetWildcard():
		w.linef("Contact: *")
	default:
		text := addressText(c.GetAddress())
		if c.GetExpires() != -1 {
			text += ";expires=" + strconv.Itoa(int(c.GetExpires()))
		}
		if c.GetQValue() != -1 {
			text += ";q=" + formatFloat(c.GetQValue())
		}
		w.linef("Contact: %s", text)
	}
}

func (w *writer) authorization(a *routrpb.Authorization) {
	if a == nil {
		return
	}
	c := credentialsText{scheme: a.GetScheme()}
	c.quoted("username", a.GetUsername())
	c.quoted("realm", a.GetRealm())
	c.quoted("nonce", a.GetNonce())
	c.quoted("uri", a.GetUri())
	c.quoted("response", a.GetResponse())
	c.quoted("cnonce", a.GetCNonce())
	c.quoted("opaque", a.GetOpaque())
	c.token("algorithm", a.GetAlgorithm())
	c.token("qop", a.GetQop())
	if a.GetNonceCount() != -1 {
		c.token("nc", fmt.Sprintf("%08x", a.GetNonceCount()))
	}
	w.linef("Authorization: %s", c)
}

func (w *writer) challenge(a *routrpb.WWWAuthenticate) {
	if a == nil {
		return
	}
	c := credentialsText{scheme: a.GetScheme()}
	c.quoted("realm", a.GetRealm())
	c.quoted("domain", a.GetDomain())
	c.quoted("nonce", a.GetNonce())
	c.quoted("opaque", a.GetOpaque())
	c.token("algorithm", a.GetAlgorithm())
	c.quoted("qop", a.GetQop())
	w.linef("WWW-Authenticate: %s", c)
}

// replacement is what a malformed sequence reads as.
const replacement = "\uFFFD"

// bodyBytes writes a body of a length. Where replacements make it longer than it was, malformed sequences that read as
// one each stand in their place, of one or two bytes.
func bodyBytes(body string, length int) string {
	count := strings.Count(body, replacement)
	spare := len(body) - length
	if spare <= 0 || spare > 2*count {
		return body
	}
	for ; spare >= 2; spare -= 2 {
		body = strings.Replace(body, replacement, "\xff", 1)
	}
	if spare == 1 {
		body = strings.Replace(body, replacement, "\xf0\x90", 1)
	}
	return body
}
