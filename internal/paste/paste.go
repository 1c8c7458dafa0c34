// Package paste reads the messages that people hand to the dispatcher, to explain, to test with or to try a rule on:
// JSON, SIP text or protobuf become the bytes that an EdgePort would send.
//
// The admin API, the rule tests and the command call it. It is free of state and safe for concurrent use.
package paste

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// MaxBytes is the size of the largest message that is read, in whichever form.
const MaxBytes = 64 << 20

// Message is a message in exactly one form, as the admin API takes it in a body.
type Message struct {
	JSON     json.RawMessage `json:"json,omitempty"`     // as rules see it, or protobuf's mapping
	Protobuf []byte          `json:"protobuf,omitempty"` // of a MessageRequest; base64 where it is written as text
	SIP      string          `json:"sip,omitempty"`      // raw, lines ended by LF or CRLF
}

// Error is a message that can't be read.
type Error struct {
	Form string // "json", "protobuf" or "sip"; empty where there is no form, or more than one
	Err  error  // a *siptext.Error is in it where SIP text is at fault
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns what the form's reader said.
func (e *Error) Unwrap() error { return e.Err }

// Wire returns the message as a MessageRequest in its wire form, which message.Parse takes. The error is an *Error.
func (m Message) Wire() ([]byte, error) {
	r, err := m.Read()
	return r.Wire, err
}

// Read reads the message, whose Wire is one that message.Parse takes. The error is an *Error.
func (m Message) Read() (Read, error) {
	switch forms := m.forms(); {
	case len(forms) == 0:
		return Read{}, &Error{Err: errors.New(`a message is one of "json", "protobuf" and "sip", and here is none of them`)}
	case len(forms) > 1:
		return Read{}, &Error{Err: fmt.Errorf("a message is one of json, protobuf and sip, and here are %s",
			strings.Join(forms, " and "))}
	}
	switch {
	case m.JSON != nil:
		wire, err := FromJSON(m.JSON)
		return Read{Form: "json", Wire: wire}, err
	case m.Protobuf != nil:
		wire, err := FromProtobuf(m.Protobuf)
		return Read{Form: "protobuf", Wire: wire}, err
	}
	return fromSIP(m.SIP)
}

// Given reports whether the message has a form at all.
func (m Message) Given() bool { return len(m.forms()) > 0 }

// forms names the forms that the message has.
func (m Message) forms() []string {
	var forms []string
	if m.JSON != nil {
		forms = append(forms, "json")
	}
	if m.Protobuf != nil {
		forms = append(forms, "protobuf")
	}
	if m.SIP != "" {
		forms = append(forms, "sip")
	}
	return forms
}

// FromJSON reads JSON as rules see it, or in protobuf's mapping.
func FromJSON(text []byte) ([]byte, error) {
	if err := fits("json", len(text)); err != nil {
		return nil, err
	}
	data, err := message.RequestFromJSON(text)
	if err != nil {
		return nil, &Error{"json", err}
	}
	return data, nil
}

// FromProtobuf checks that data is a MessageRequest, and returns it.
func FromProtobuf(data []byte) ([]byte, error) {
	if err := fits("protobuf", len(data)); err != nil {
		return nil, err
	}
	if _, err := message.Parse(data); err != nil {
		return nil, &Error{"protobuf", err}
	}
	return data, nil
}

func fits(form string, size int) error {
	if size > MaxBytes {
		return &Error{form, fmt.Errorf("%d bytes, and at most %d are allowed", size, MaxBytes)}
	}
	return nil
}
