package hostile

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// TestSecretsLeaveByNoExit sends credentials in the places that SIP and Routr's programs have for them, and looks for
// them at every exit.
func TestSecretsLeaveByNoExit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "decisions.jsonl")
	config := resource(echo(t), echo(t), "decisions: {file: {path: "+file+"}}")
	throws := "req => { throw new Error([req.message.authorization.response, req.message.authorization.nonce, " +
		"req.message.requestUri.userPassword, req.message.body].concat(req.message.extensions.map(e => " +
		"e.value)).join(' ')) }"
	d := dispatch(t, strings.Replace(config, "  processors:\n",
		"  processors:\n    - ref: leaky\n      addr: 127.0.0.1:1\n"+
			"      methods: [INVITE]\n      matchFunc: \""+throws+"\"\n", 1))
	basic := base64.StdEncoding.EncodeToString([]byte("trunk:s3cret-basic"))
	token := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJlLXMzY3JldA"
	secrets := []string{"s3cret", basic, token}
	for _, method := range []routrpb.Method{routrpb.Method_REGISTER, routrpb.Method_INVITE} {
		wire, err := proto.Marshal(secretive(method, basic, token))
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := d.send(t, wire); (status == 200) != (method == routrpb.Method_REGISTER) {
			t.Errorf("%v: status %d, %s", method, status, answer)
		}
	}
	candidate, err := json.Marshal(map[string]any{"config": fmt.Sprintf("kind: MessageDispatcher\n"+
		"apiVersion: v2beta1\nref: x\nspec:\n"+
		"  processors:\n  - {ref: a, addr: \"127.0.0.1:1\", methods: [REGISTER, INVITE], matchFunc: %q}\n", throws)})
	if err != nil {
		t.Fatal(err)
	}
	status, impact := d.ask(t, "application/json", "/api/v1/config/impact", candidate)
	if status != 200 || !strings.Contains(string(impact), "Error") {
		t.Errorf("config/impact: status %d, %s", status, impact)
	}
	reveals(t, "config/impact", string(impact), secrets)

	shown := d.get(t, "/api/v1/decisions?limit=10")
	var listed struct{ Decisions []struct{ ID string } }
	if err := json.Unmarshal([]byte(shown), &listed); err != nil || len(listed.Decisions) != 2 {
		t.Fatalf("%v in %s", err, shown)
	}
	for _, one := range listed.Decisions {
		shown += d.get(t, "/api/v1/decisions/"+one.ID) + d.get(t, "/api/v1/decisions/"+one.ID+"/test")
	}
	if !strings.Contains(shown, "***") {
		t.Errorf("nothing is masked in %s", shown)
	}
	reveals(t, "a decision", shown, secrets)
	for _, page := range []string{"/metrics", "/readyz", "/api/v1/shadow", "/api/v1/config", "/api/v1/backends"} {
		reveals(t, page, d.get(t, page), secrets)
	}
	bad := strings.Replace(config, "ref: victim", "ref: victim\nurl: https://bob:s3cret-url@h", 1)
	if err := os.WriteFile(d.file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Process.Signal(syscall.SIGHUP) // it lives
	d.eventually(t, "the reload fails", func() bool {
		return d.metric(t,
			`routr_dispatcher_reloads_total{result="failed"}`) > 0
	})
	reveals(t, "/readyz after a reload that failed", d.get(t, "/readyz"), secrets)
	d.eventually(t, "the sink has written", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.Count(string(text), "\n") == 2
	})
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reveals(t, "the file of decisions", string(text), secrets)
	reveals(t, "the log", d.log.String(), secrets)
}

// secretive is a message with credentials wherever they may be.
func secretive(method routrpb.Method, basic, token string) *routrpb.MessageRequest {
	return &routrpb.MessageRequest{Ref: "secretive", Method: method, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local",
			UserPassword: "s3cret-uri"}},
		CallId: &routrpb.CallID{CallId: "secretive"},
		Authorization: &routrpb.Authorization{Username: "bob", Response: "s3cret-response", Nonce: "s3cret-nonce",
			CNonce: "s3cret-cnonce"},
		Extensions: []*routrpb.Extension{
			{Name: "X-Gateway-Auth", Value: basic}, {Name: "X-Connect-Token", Value: token},
			{Name: "Proxy-Authorization", Value: "Digest response=\"s3cret-digest\""},
			{Name: "X-Whatever", Value: "Bearer s3cret-bearer"},
			{Name: "Refer-To", Value: "<sip:a@b?Authorization=s3cret-header>"},
			{Name: "Call-Info", Value: "<https://user:s3cret-userinfo@h/x>"},
		},
		Body: "v=0\r\na=acap:1 crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cret-acap\r\n" +
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cret-sdes\r\n",
	}}
}

// reveals fails the test where a text has one of the secrets in it.
func reveals(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, s := range secrets {
		if i := strings.Index(text, s); i >= 0 {
			t.Errorf("%s reveals %s: …%s…", where, s, text[max(0, i-60):min(len(text), i+60)])
		}
	}
}
