package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// post sends a request and returns the answer's body.
func post(t *testing.T, addr, path string, m *routrpb.MessageRequest) string {
	t.Helper()
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
		"http://"+addr+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/proto")
	return answerTo(t, req)
}

func answerTo(t *testing.T, req *http.Request) string {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func get(t *testing.T, addr, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return answerTo(t, req)
}

const processMessage = "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"

// A message of 4 MB whose ref, Call-ID or header is all of it leaves lines and answers of a few kB.
func TestAStrangersTextIsCutWhereverItGoes(t *testing.T) {
	yaml := strings.Replace(yamlFor("127.0.0.1:1"), "      methods:", "      matchFunc: |\n"+
		"        req => { if (req.ref === \"throw\") { throw new Error(req.message.body) } return "+
		"false }\n      methods:", 1)
	yaml = strings.Replace(yaml, "      matchFunc: req => true\n", "", 1)
	r := start(t, Options{}, yaml)
	long := strings.Repeat("\x01", 3<<20)
	uri := &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob"}}
	for name, m := range map[string]*routrpb.MessageRequest{
		"ref": {Ref: long, Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{MessageType: uri}},
		"EdgePort": {
			EdgePortRef: long, Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{MessageType: uri},
		},
		"Call-ID": {
			Ref: "x", Message: &routrpb.SIPMessage{MessageType: uri, CallId: &routrpb.CallID{CallId: long}},
		},
		"exception": {
			Ref: "throw", Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{MessageType: uri, Body: long},
		},
		"no message":  {Ref: long},
		"odd methods": {Ref: "x", Method: 77, Message: &routrpb.SIPMessage{MessageType: uri}},
		"odder":       {Ref: "x", Method: 78, Message: &routrpb.SIPMessage{MessageType: uri}},
	} {
		if answer := post(t, r.addr, processMessage, m); len(answer) > 16<<10 || answer == "" {
			t.Errorf("%s: the caller gets %d bytes", name, len(answer))
		}
	}
	bad, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.addr+processMessage,
		strings.NewReader(`{"`+strings.Repeat("x", 3<<20)+`":1}`))
	if err != nil {
		t.Fatal(err)
	}
	bad.Header.Set("Content-Type", "application/json")
	if answer := answerTo(t, bad); len(answer) > 2<<10 {
		t.Errorf("JSON: the caller gets %d bytes", len(answer))
	}
	if list := get(t, r.addr, "/api/v1/decisions"); len(list) > 40<<10 {
		t.Errorf("the list of decisions has %d bytes", len(list))
	}
	if text := get(t, r.addr, "/metrics"); strings.Contains(text, `method="77"`) ||
		!strings.Contains(text, `method="OTHER"`) {
		t.Error("methods without a name have series of their own")
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(r.log.String(), "\n") {
		if len(line) > 12<<10 {
			t.Errorf("a line of %d bytes: %.300s", len(line), line)
		}
	}
}
