package decision

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

const secret = "hunter2"

// carrier is a message with a secret in one of its places.
func carrier(place func(*routrpb.MessageRequest)) *routrpb.MessageRequest {
	m := &routrpb.MessageRequest{Ref: "call-1", Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
	}}
	place(m)
	return m
}

func header(name, value string) func(*routrpb.MessageRequest) {
	return func(m *routrpb.MessageRequest) {
		m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: name, Value: value})
	}
}

func body(text string) func(*routrpb.MessageRequest) {
	return func(m *routrpb.MessageRequest) { m.Message.Body = text }
}

func at(password string) *routrpb.Address {
	return &routrpb.Address{Uri: &routrpb.SipURI{User: "alice", UserPassword: password, Host: "h"}}
}

// carriers have the secret where nobody may see it.
var carriers = map[string]func(*routrpb.MessageRequest){
	"request URI": func(m *routrpb.MessageRequest) { m.Message.GetRequestUri().UserPassword = secret },
	"From":        func(m *routrpb.MessageRequest) { m.Message.From = &routrpb.From{Address: at(secret)} },
	"To":          func(m *routrpb.MessageRequest) { m.Message.To = &routrpb.To{Address: at(secret)} },
	"Contact":     func(m *routrpb.MessageRequest) { m.Message.Contact = &routrpb.Contact{Address: at(secret)} },
	"Route": func(m *routrpb.MessageRequest) {
		m.Message.Route = []*routrpb.Route{{Address: at("")}, {Address: at(secret)}}
	},
	"Record-Route": func(m *routrpb.MessageRequest) { m.Message.RecordRoute = []*routrpb.RecordRoute{{Address: at(secret)}} },
	"response":     func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Response: secret} },
	"nonce":        func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Nonce: secret} },
	"cnonce":       func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{CNonce: secret} },
	"opaque":       func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Opaque: secret} },
	"challenge":    func(m *routrpb.MessageRequest) { m.Message.WwwAuthenticate = &routrpb.WWWAuthenticate{Nonce: secret} },
	"digest URI": func(m *routrpb.MessageRequest) {
		m.Message.Authorization = &routrpb.Authorization{Uri: "sip:a:" + secret + "@h"}
	},
	"header":        header("Proxy-Authorization", "Digest response="+secret),
	"lower case":    header("proxy-authorization", "Basic "+secret),
	"URI in header": header("P-Asserted-Identity", "<sip:alice:"+secret+"@h>, <sip:b@h>"),
	"metadata":      func(m *routrpb.MessageRequest) { m.Metadata = map[string]string{"uri": "sips:a:" + secret + "@h"} },
	"SRTP key":      body("v=0\r\na=crypto:1 AES_CM_128 inline:" + secret + "\r\nm=audio\r\n"),
	"ICE password":  body("v=0\na=ice-pwd:" + secret + "\n"),
	"sipfrag":       body("SIP/2.0 200 OK\r\nAuthorization: Digest\r\n response=" + secret + "\r\n"),
}

func TestCredentialsAreMaskedInBothForms(t *testing.T) {
	for name, place := range carriers {
		t.Run(name, func(t *testing.T) {
			wire := wireOf(t, carrier(place))
			if !bytes.Contains(wire, []byte(secret)) {
				t.Fatal("the test plants no secret")
			}
			view, err := MaskedJSON(wire)
			if err != nil || bytes.Contains(view, []byte(secret)) || !bytes.Contains(view, []byte(hidden)) {
				t.Errorf("JSON: %s, %v", view, err)
			}
			masked, err := MaskedWire(wire)
			if err != nil || bytes.Contains(masked, []byte(secret)) {
				t.Errorf("wire: %q, %v", masked, err)
			}
			if err := proto.Unmarshal(masked, &routrpb.MessageRequest{}); err != nil {
				t.Errorf("the masked message isn't one: %v", err)
			}
		})
	}
}

func TestConfiguredPathsAreMaskedToo(t *testing.T) {
	for path, place := range map[string]func(*routrpb.MessageRequest){
		"metadata.token":              func(m *routrpb.MessageRequest) { m.Metadata = map[string]string{"token": secret, "kept": "kept"} },
		"metadata":                    func(m *routrpb.MessageRequest) { m.Metadata = map[string]string{"token": secret} },
		"message.extensions[X-Token]": header("x-token", secret),
		"message.from.tag":            func(m *routrpb.MessageRequest) { m.Message.From = &routrpb.From{Tag: secret} },
		"message.from": func(m *routrpb.MessageRequest) {
			m.Message.From = &routrpb.From{Address: &routrpb.Address{DisplayName: secret}}
		},
		"message.body": body(secret),
		"ref":          func(m *routrpb.MessageRequest) { m.Ref = secret },
	} {
		t.Run(path, func(t *testing.T) {
			m, err := newMasker([]string{path})
			if err != nil {
				t.Fatal(err)
			}
			view, err := m.json(wireOf(t, carrier(place)))
			if err != nil || bytes.Contains(view, []byte(secret)) {
				t.Errorf("%s, %v", view, err)
			}
		})
	}
}

func TestPathsThatLeadNowhereAreRefused(t *testing.T) {
	for path, says := range map[string]string{
		"message.form.tag": `"form"`, "message.bodi": `"body"`, "": "", "nothing": `"nothing"`, "metadata[x": "",
	} {
		if err := CheckMask([]string{path}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	m := carrier(header("User-Agent", "phone <sip:help@h>"))
	m.Message.From = &routrpb.From{Tag: "1", Address: at("")}
	m.Message.Body = "v=0\r\no=- 1 1 IN IP4 h\r\na=sendrecv\r\n"
	wire := wireOf(t, m)
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	view, err := MaskedJSON(wire)
	if err != nil || string(view) != string(req.AppendJSON(nil)) {
		t.Errorf("%s, %v", view, err)
	}
}

// A planted secret must not come out, whatever stands around it.
func FuzzMaskedMessagesKeepTheirSecrets(f *testing.F) {
	f.Add("v=0\r\na=crypto:1 X inline:", "\r\nm=audio", "X-Note", "<sip:a@h>")
	f.Add("k=", "\n", "To", "sip:a:")
	f.Add("Authorization:\r\n ", "", "Route", ":@")
	f.Fuzz(func(t *testing.T, before, after, name, value string) {
		const planted = "zQ7planted7Qz"
		for _, text := range []*string{&before, &after, &name, &value} {
			*text = strings.ToValidUTF8(*text, "?") // as protobuf's strings are
		}
		m := carrier(func(m *routrpb.MessageRequest) {
			m.Message.GetRequestUri().UserPassword = planted
			m.Message.Authorization = &routrpb.Authorization{Response: planted, Nonce: planted, Username: value}
			m.Message.From = &routrpb.From{Address: at(planted), Parameters: map[string]string{name: value}}
			m.Message.Extensions = []*routrpb.Extension{{Name: name, Value: value}, {Name: "Proxy-Authorization", Value: planted + value}}
			m.Message.Body = strings.ReplaceAll(before, "\n", "") + "\na=crypto:" + planted + "\n" + after
		})
		wire, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for form, mask := range map[string]func([]byte) ([]byte, error){"JSON": MaskedJSON, "wire": MaskedWire} {
			if out, err := mask(wire); err != nil || bytes.Contains(out, []byte(planted)) {
				t.Errorf("%s: %q, %v", form, out, err)
			}
		}
	})
}
