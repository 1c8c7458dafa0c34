package sample_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

func TestEverySampleIsOneAnEdgePortSends(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for _, m := range sample.All() {
		t.Run(m.Name, func(t *testing.T) {
			msg := m.Request.GetMessage()
			if !kebab.MatchString(m.Name) || m.Description == "" || strings.Contains(m.Description, "\n") {
				t.Errorf("name %q, description %q", m.Name, m.Description)
			}
			if m.Request.GetRef() != msg.GetCallId().GetCallId() || m.Request.GetRef() == "" {
				t.Errorf("ref %q, Call-ID %q", m.Request.GetRef(), msg.GetCallId().GetCallId())
			}
			if m.Request.GetMethod() == routrpb.Method_UNKNOWN || msg.GetMessageType() == nil {
				t.Errorf("method %v, message type %v", m.Request.GetMethod(), msg.GetMessageType())
			}
			if m.Request.GetSender().GetHost() == "127.0.0.1" {
				t.Error("no sender is known")
			}
			if !strings.HasPrefix(msg.GetVia()[0].GetBranch(), "z9hG4bK") {
				t.Errorf("branch %q", msg.GetVia()[0].GetBranch())
			}
			checkText(t, m)
		})
	}
}

// checkText says that the text is as on the wire: CRLF throughout and the right Content-Length.
func checkText(t *testing.T, m sample.Message) {
	head, body, ok := strings.Cut(m.SIP, "\r\n\r\n")
	if !ok || strings.Contains(strings.ReplaceAll(m.SIP, "\r\n", ""), "\n") {
		t.Error("the lines of the text don't all end in CRLF")
	}
	if !strings.Contains(head, "\r\nContent-Length: "+strconv.Itoa(len(body))) {
		t.Errorf("the body has %d bytes, and Content-Length says otherwise", len(body))
	}
	if body != m.Request.GetMessage().GetBody() {
		t.Errorf("body is %q, in the text %q", m.Request.GetMessage().GetBody(), body)
	}
}

func TestSamplesCoverTheField(t *testing.T) {
	methods := map[routrpb.Method]bool{}
	responses := map[routrpb.ResponseType]bool{}
	transports := map[routrpb.Transport]bool{}
	for _, m := range sample.All() {
		transports[m.Request.GetSender().GetTransport()] = true
		switch kind := m.Request.GetMessage().GetMessageType().(type) {
		case *routrpb.SIPMessage_RequestUri:
			methods[m.Request.GetMethod()] = true
		case *routrpb.SIPMessage_ResponseType:
			responses[kind.ResponseType] = true
		}
	}
	if want := len(routrpb.Method_name) - 1; len(methods) != want {
		t.Errorf("requests of %d methods, want all %d: %v", len(methods), want, methods)
	}
	for _, want := range []routrpb.ResponseType{
		routrpb.ResponseType_RINGING, routrpb.ResponseType_SESSION_PROGRESS,
		routrpb.ResponseType_OK, routrpb.ResponseType_UNAUTHORIZED, routrpb.ResponseType_NOT_FOUND,
		routrpb.ResponseType_PROXY_AUTHENTICATION_REQUIRED, routrpb.ResponseType_BUSY_HERE,
		routrpb.ResponseType_SERVICE_UNAVAILABLE, routrpb.ResponseType_DECLINE,
	} {
		if !responses[want] {
			t.Errorf("no response %v", want)
		}
	}
	for _, want := range []routrpb.Transport{
		routrpb.Transport_UDP, routrpb.Transport_TCP, routrpb.Transport_TLS, routrpb.Transport_WSS,
	} {
		if !transports[want] {
			t.Errorf("nothing over %v", want)
		}
	}
}

// TestDialogsHoldTogether says that messages of one Call-ID are of one dialog: the same two tags,
// whichever side speaks, and every response answers a request that is there or was ours.
func TestDialogsHoldTogether(t *testing.T) {
	tags := map[string]map[string]bool{}
	requests := map[string]bool{}
	transaction := func(m sample.Message) string {
		msg := m.Request.GetMessage()
		return fmt.Sprint(m.Request.GetRef(), " ", cseq(msg), " ", msg.GetVia()[len(msg.GetVia())-1].GetBranch())
	}
	for _, m := range sample.All() {
		msg := m.Request.GetMessage()
		if tags[m.Request.GetRef()] == nil {
			tags[m.Request.GetRef()] = map[string]bool{}
		}
		tags[m.Request.GetRef()][msg.GetFrom().GetTag()] = true
		if msg.GetRequestUri() != nil {
			requests[transaction(m)] = true
			continue
		}
		if len(msg.GetVia()) == 2 && m.Request.GetMessage().GetResponseType() < routrpb.ResponseType_REDIRECTION &&
			!requests[transaction(m)] {
			t.Errorf("%s answers no request before it: %s", m.Name, transaction(m))
		}
	}
	for callID, of := range tags {
		if len(of) > 2 {
			t.Errorf("Call-ID %s has From tags %v, want one for each side", callID, of)
		}
	}
}

func cseq(msg *routrpb.SIPMessage) string {
	for _, e := range msg.GetExtensions() {
		if e.GetName() == "CSeq" {
			return e.GetValue()
		}
	}
	return ""
}

func TestByNameFindsEachAndNoOther(t *testing.T) {
	for _, want := range sample.All() {
		got, ok := sample.ByName(want.Name)
		if !ok || !proto.Equal(got.Request, want.Request) || got.SIP != want.SIP ||
			got.Description != want.Description {
			t.Errorf("ByName(%q) isn't what All has", want.Name)
		}
	}
	if m, ok := sample.ByName("invite"); ok {
		t.Errorf("ByName of a name that isn't there: %v", m)
	}
}

func TestEachCallReturnsItsOwn(t *testing.T) {
	first, _ := sample.ByName("invite-sdp")
	first.Request.Ref = "changed"
	if second, _ := sample.ByName("invite-sdp"); second.Request.GetRef() == "changed" {
		t.Error("two calls returned the same request")
	}
	config := sample.DemoConfig()
	config[0] = '!'
	if sample.DemoConfig()[0] == '!' {
		t.Error("two calls returned the same configuration")
	}
}

func TestDemoConfigHasThreeRulesForEveryMethod(t *testing.T) {
	demo, err := config.Parse("demo.yaml", sample.DemoConfig())
	if err != nil {
		t.Fatal(err)
	}
	if demo.Ref != "message-dispatcher" || demo.Spec.BindAddr != "127.0.0.1:51901" {
		t.Errorf("ref %q, bindAddr %q", demo.Ref, demo.Spec.BindAddr)
	}
	methods := map[routrpb.Method]bool{}
	var rules []string
	for _, p := range demo.Spec.Processors {
		rules = append(rules, p.Ref+": "+p.MatchFunc)
		if p.Addr() != "127.0.0.1:51902" {
			t.Errorf("%s has address %s", p.Ref, p.Addr())
		}
		for _, m := range p.Methods {
			methods[m] = true
		}
	}
	want := []string{
		`im-processor: req => req.method === "MESSAGE"`,
		`emergency-processor: req => ["911", "112"].includes(req.message.requestUri?.user)`,
		`connect-processor: req => true`,
	}
	if diff := cmp.Diff(want, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if want := len(routrpb.Method_name) - 1; len(methods) != want {
		t.Errorf("%d methods are listed, want all %d", len(methods), want)
	}
}
