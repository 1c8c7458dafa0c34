// Package sample holds SIP messages as an EdgePort sends them, and the demo configuration: for the
// demo that runs where no configuration is found, the console, benchmarks and tests.
//
// sip/ holds the messages as text, in the order of the story they tell: a registration, a call
// with everything that can happen in one, calls that fail, messages and presence, and calls that
// routing rules care about. messages.json holds what package siptext makes of them; go generate
// writes it. What an EdgePort keeps to itself isn't among them: answers 100 and 487, and the ACK of a failure.
//
// Everything here is free of state and safe for concurrent use.
package sample

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

//go:generate go test -run TestMessagesAreWhatTheirTextSays . -update

//go:embed messages.json
var messagesJSON []byte

//go:embed sip/*.sip
var sipFiles embed.FS

//go:embed demo.yaml
var demoConfig []byte

// Message is one sample.
type Message struct {
	Name        string // unique, in kebab-case: invite-sdp
	Description string // one line, for people
	// Request is the message as an EdgePort sends it to the dispatcher. It is the caller's own.
	Request *routrpb.MessageRequest
	// SIP is the message as a phone sends it to the EdgePort, lines ended by CRLF.
	SIP string
}

// entry is a Message in messages.json.
type entry struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Request     json.RawMessage `json:"request"`
}

// entries reads messages.json, once.
var entries = sync.OnceValue(func() []entry {
	var list []entry
	if err := json.Unmarshal(messagesJSON, &list); err != nil {
		panic(fmt.Sprintf("messages.json of package sample: %v", err))
	}
	return list
})

// All returns every sample, in the order of their story. Each call returns new requests.
func All() []Message {
	list := make([]Message, 0, len(entries()))
	for _, e := range entries() {
		list = append(list, e.message())
	}
	return list
}

// ByName returns the sample of that name, with a new request, and whether there is one.
func ByName(name string) (Message, bool) {
	for _, e := range entries() {
		if e.Name == name {
			return e.message(), true
		}
	}
	return Message{}, false
}

// DemoConfig returns the configuration of the demo, as YAML with comments. The slice is the
// caller's own.
func DemoConfig() []byte { return append([]byte(nil), demoConfig...) }

// message decodes an entry. What is embedded is what the tests have read, so it can't fail.
func (e entry) message() Message {
	req := &routrpb.MessageRequest{}
	if err := protojson.Unmarshal(e.Request, req); err != nil {
		panic(fmt.Sprintf("sample %s: %v", e.Name, err))
	}
	text, err := sipFiles.ReadFile("sip/" + e.Name + ".sip")
	if err != nil {
		panic(fmt.Sprintf("sample %s: %v", e.Name, err))
	}
	return Message{Name: e.Name, Description: e.Description, Request: req, SIP: wire(string(text))}
}

// wire gives a text file's lines the ends they have in SIP.
func wire(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
