package decision

import (
	"bytes"
	"encoding/base64"
	"slices"
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
	"Record-Route": func(m *routrpb.MessageRequest) {
		m.Message.RecordRoute = []*routrpb.RecordRoute{{Address: at(secret)}}
	},
	"response": func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Response: secret} },
	"nonce":    func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Nonce: secret} },
	"cnonce":   func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{CNonce: secret} },
	"opaque":   func(m *routrpb.MessageRequest) { m.Message.Authorization = &routrpb.Authorization{Opaque: secret} },
	"challenge": func(m *routrpb.MessageRequest) {
		m.Message.WwwAuthenticate = &routrpb.WWWAuthenticate{Nonce: secret}
	},
	"digest URI": func(m *routrpb.MessageRequest) {
		m.Message.Authorization = &routrpb.Authorization{Uri: "sip:a:" + secret + "@h"}
	},
	"header":        header("Proxy-Authorization", "Digest response="+secret),
	"lower case":    header("proxy-authorization", "Basic "+secret),
	"URI in header": header("P-Asserted-Identity", "<sip:alice:"+secret+"@h>, <sip:b@h>"),
	"metadata": func(m *routrpb.MessageRequest) {
		m.Metadata = map[string]string{"uri": "sips:a:" +
			secret + "@h"}
	},
	"URL":                     header("Call-Info", "<https://alice:"+secret+"@h/x>;purpose=info"),
	"token as a URL's user":   header("Call-Info", "<https://"+secret+"@h/x>"),
	"password with a slash":   header("Call-Info", "<https://alice:p/"+secret+"@h/x>"),
	"header of a URI":         header("Refer-To", "<sip:bob@h?Subject=hi&Authorization=Digest%20"+secret+">"),
	"escaped header of a URI": header("Refer-To", "<sip:bob@h?%41uthorization="+secret+">"),
	"parameter":               header("Contact", "<sip:bob@h;auth-token="+secret+">"),
	"trunk's password":        header("X-Gateway-Auth", secret),
	"trunk's token":           header("X-Connect-Token", secret),
	"API key":                 header("x-api-key", secret),
	"camel case":              header("XAuthToken", secret),
	"a word that ends so":     header("X-TrunkAuth", secret),
	"one-time password":       header("X-OTP", secret),
	"signature":               header("X-Request-Signature", secret),
	"short word":              header("X-PW", secret),
	"digest in a header":      header("X-Note", "Digest username=\"a\", response=\""+secret+"\""),
	"bearer":                  header("X-Note", "bearer "+secret+secret+secret),
	"basic":                   header("X-Note", "Basic "+base64.StdEncoding.EncodeToString([]byte("a:"+secret))),
	"JWT":                     header("X-Note", "x eyJhbGciOiJIUzI1NiJ9."+secret+".abcdefgh"),
	"user and password":       header("X-Note", base64.StdEncoding.EncodeToString([]byte("alice:"+secret))),
	"metadata by name": func(m *routrpb.MessageRequest) {
		m.Metadata = map[string]string{"access-token": secret}
	},
	"bearer in metadata": func(m *routrpb.MessageRequest) {
		m.Metadata = map[string]string{"a": "Bearer " + secret + secret + secret}
	},
	"display name": func(m *routrpb.MessageRequest) {
		m.Message.From = &routrpb.From{Address: &routrpb.Address{DisplayName: "password=" + secret}}
	},
	"JSON body":        body(`{"a":1,"password": "` + secret + `"}`),
	"form body":        body("a=1&password=" + secret),
	"JWT in body":      body("x\r\neyJhbGciOiJIUzI1NiJ9." + secret + ".abcdefgh\r\n"),
	"capability":       body("v=0\r\na=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + secret + "\r\n"),
	"MIKEY":            body("v=0\r\na=acap:2 key-mgmt:mikey " + secret + "\r\na=key-mgmt:mikey " + secret + "\r\n"),
	"trunk in sipfrag": body("SIP/2.0 200 OK\r\nX-Connect-Token: " + secret + "\r\n"),
	"SRTP key":         body("v=0\r\na=crypto:1 AES_CM_128 inline:" + secret + "\r\nm=audio\r\n"),
	"ICE password":     body("v=0\na=ice-pwd:" + secret + "\n"),
	"sipfrag":          body("SIP/2.0 200 OK\r\nAuthorization: Digest\r\n response=" + secret + "\r\n"),
}

// seen reports whether the secret is in data, as it is or in base64.
func seen(data []byte) bool {
	for i := range 3 { // wherever it begins in a group of three bytes
		coded := base64.StdEncoding.EncodeToString([]byte("alice:"[6-i:] + secret))
		if bytes.Contains(data, []byte(coded[4:8])) {
			return true
		}
	}
	return bytes.Contains(data, []byte(secret))
}

// quoted reports whether the secret has a place of its own in a message.
func quoted(wire []byte) bool {
	return slices.Contains(secretsOf(nil, message.RequestSchema, wire, nil), secret)
}

func TestCredentialsAreMaskedInBothForms(t *testing.T) {
	for name, place := range carriers {
		t.Run(name, func(t *testing.T) {
			wire := wireOf(t, carrier(place))
			if !seen(wire) {
				t.Fatal("the test plants no secret")
			}
			view, err := (*Mask)(nil).JSON(wire)
			if err != nil || seen(view) || !bytes.Contains(view, []byte(stars)) {
				t.Errorf("JSON: %s, %v", view, err)
			}
			masked, err := new(Mask).Wire(wire)
			if err != nil || seen(masked) {
				t.Errorf("wire: %q, %v", masked, err)
			}
			if rules, err := new(Mask).StandIn(wire); err != nil || seen(rules) {
				t.Errorf("for rules: %q, %v", rules, err)
			}
			if text := new(Mask).Text("no luck with "+secret+"!", wire); strings.Contains(text, secret) &&
				quoted(wire) {
				t.Errorf("an exception tells %s", text)
			}
			if err := proto.Unmarshal(masked, &routrpb.MessageRequest{}); err != nil {
				t.Errorf("the masked message isn't one: %v", err)
			}
		})
	}
}

func TestConfiguredPathsAreMaskedToo(t *testing.T) {
	for path, place := range map[string]func(*routrpb.MessageRequest){
		"metadata.token": func(m *routrpb.MessageRequest) {
			m.Metadata = map[string]string{"token": secret,
				"kept": "kept"}
		},
		"metadata": func(m *routrpb.MessageRequest) {
			m.Metadata = map[string]string{"token": secret}
		},
		"message.extensions[X-Token]": header("x-token", secret),
		"message.from.tag":            func(m *routrpb.MessageRequest) { m.Message.From = &routrpb.From{Tag: secret} },
		"message.from": func(m *routrpb.MessageRequest) {
			m.Message.From = &routrpb.From{Address: &routrpb.Address{DisplayName: secret}}
		},
		"message.body": body(secret),
		"ref":          func(m *routrpb.MessageRequest) { m.Ref = secret },
	} {
		t.Run(path, func(t *testing.T) {
			m, err := NewMask([]string{path})
			if err != nil {
				t.Fatal(err)
			}
			view, err := m.JSON(wireOf(t, carrier(place)))
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
	for name, value := range map[string]string{
		"Allow": "INVITE, ACK", "Contact": "<sip:alice@h:5060;transport=tcp>;expires=60",
		"P-Asserted-Identity": `"A. B." <sip:a@h>`,
		"Call-Info":           "<https://h:8443/users/sip:alice@h/photo.jpg>", "X-Basic": "Basic authentication is off",
		"Date":      "Thu, 01 Jan 2026 00:00:00 GMT",
		"Authority": "x", "Warning": `399 h "bearer of news"`,
		"Security-Client": "ipsec-3gpp; alg=hmac-sha-1-96; spi-c=1",
		"Session-Expires": "1800;refresher=uac", "Replaces": "abc@h;to-tag=1;from-tag=2", "X-Version": "eyJ",
	} {
		header(name, value)(m)
	}
	m.Message.From = &routrpb.From{Tag: "1", Address: at("")}
	m.Message.Body = "v=0\r\no=- 1 1 IN IP4 h\r\na=sendrecv\r\n"
	wire := wireOf(t, m)
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	view, err := new(Mask).JSON(wire)
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
			m.Message.Extensions = []*routrpb.Extension{{Name: name, Value: value},
				{Name: "Proxy-Authorization", Value: planted + value}}
			m.Message.Body = strings.ReplaceAll(before, "\n", "") + "\na=crypto:" + planted + "\n" + after
		})
		wire, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		for form, mask := range map[string]func([]byte) ([]byte, error){"JSON": new(Mask).JSON,
			"wire": new(Mask).Wire} {
			if out, err := mask(wire); err != nil || bytes.Contains(out, []byte(planted)) {
				t.Errorf("%s: %q, %v", form, out, err)
			}
		}
	})
}

func TestAnExceptionIsShownWithoutWhatItQuotes(t *testing.T) {
	wire := wireOf(t, carrier(func(m *routrpb.MessageRequest) {
		m.Message.Authorization = &routrpb.Authorization{Response: secret}
		m.Metadata = map[string]string{"own": "of-the-configuration"}
		header("X-Connect-Token", "Digest username=alice, response=0123456789abcdef0123")(m)
	}))
	m, err := NewMask([]string{"metadata.own"})
	if err != nil {
		t.Fatal(err)
	}
	text := "matchFunc of processor ref = a: Error: hunter2 of-the-configuration 0123456789abcdef0123 " +
		"<sip:a:pass@h> (line 1, column 2)"
	if got, want := m.Text(text,
		wire), "matchFunc of processor ref = a: Error: *** *** *** <sip:a:***@h> (line 1, column 2)"; got != want {
		t.Errorf("got %s", got)
	}
	l := newLog(t, Options{Mask: []string{"metadata.own"}})
	l.Add(&Record{Code: 13, Error: text, Request: wire, Routed: wire})
	if _, entries := list(t, l, Query{}); strings.Contains(entries[0].Error, secret) ||
		strings.Contains(entries[0].Error, "of-the") {
		t.Errorf("the record says %s", entries[0].Error)
	}
	large := wireOf(t, carrier(body(strings.Repeat("x", maxAbout))))
	if got := m.Text(text, large); got != "matchFunc of processor ref = a: ***" {
		t.Errorf("of a large message it says %s", got)
	}
}

func TestRulesGetDigestsOfTheSameForm(t *testing.T) {
	m := carrier(func(m *routrpb.MessageRequest) {
		m.Message.Authorization = &routrpb.Authorization{Response: "6629fae49393a05397450978507c4ef1",
			Nonce: "dcd98b71"}
	})
	wire, err := new(Mask).StandIn(wireOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	var got routrpb.MessageRequest
	if err := proto.Unmarshal(wire, &got); err != nil {
		t.Fatal(err)
	}
	if a := got.Message.Authorization; a.Response != "0123456789abcdef0123456789abcdef" || a.Nonce != stars {
		t.Errorf("%v", a)
	}
}

func BenchmarkMaskText(b *testing.B) {
	_, r := full(b)
	text := "matchFunc of processor ref = connect: TypeError: Cannot read properties of undefined (line 1, column 12)"
	b.ReportAllocs()
	for b.Loop() {
		(*Mask)(nil).Text(text, r.Request)
	}
}

// BenchmarkMaskHostile masks 4 MiB of what takes longest to look at.
func BenchmarkMaskHostile(b *testing.B) {
	for name, part := range map[string]string{
		"colons": "sip:", "ats": "@", "names": "password=", "equals": "=", "quotes": `":"`, "words": "Basic ",
		"letters": "a", "tokens": "eyJ", "lines": "a=\n",
	} {
		b.Run(name, func(b *testing.B) {
			text := []byte(strings.Repeat(part, 4<<20/len(part)))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				hider(starred).body(text)
			}
		})
	}
}
