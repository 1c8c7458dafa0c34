package impact

import (
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

func wire(t *testing.T, user string) []byte {
	t.Helper()
	data, err := request(t, 1, invite, user).Read()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestAShadowCountsWhatWouldGoElsewhere(t *testing.T) {
	var differences atomic.Uint64
	s := NewShadow(table(t, rule{"a", `req => req.message.requestUri.user === "to-a"`, []message.Method{invite}},
		rule{"b", "req => true", []message.Method{invite}}), "other.yaml", nil, func() { differences.Add(1) })
	defer s.Close()
	s.Observe(&decision.Record{Routed: wire(t, "to-a"), Processor: "a"})
	s.Observe(&decision.Record{Routed: wire(t, "to-b"), Processor: "a", Code: status.Unavailable}) // of the call
	s.Observe(&decision.Record{Routed: wire(t, "to-b"), Code: status.NotFound})
	s.Observe(&decision.Record{Code: status.InvalidArgument}) // never got to the rules
	for deadline := time.Now().Add(30 * time.Second); s.Report().Messages < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the messages were not compared")
		}
	}
	r := s.Report()
	if r.Unchanged != 1 || r.Moved != 2 || len(r.Moves) != 2 || r.Moves[0].To != "b" || r.Source != "other.yaml" ||
		differences.Load() != 2 {
		t.Errorf("%+v, moves %+v, %d differences", r, r.Moves, differences.Load())
	}
}

// TestAReportStaysAsItIs reads a report while messages are compared, as whoever encodes it does.
func TestAReportStaysAsItIs(t *testing.T) {
	s := NewShadow(table(t, rule{"a", "req => true", []message.Method{invite}}), "other.yaml", nil, func() {})
	defer s.Close()
	before := s.Report()
	data := wire(t, "call")
	for s.Report().Messages < 100 {
		s.Observe(&decision.Record{Routed: data, Code: status.NotFound})
	}
	if len(before.Codes.Before)+len(before.Codes.After) > 0 {
		t.Errorf("a report of no message has come to tell of %v", before.Codes)
	}
}

func TestAShadowNeverBlocksTraffic(t *testing.T) {
	release := make(chan struct{})
	s := NewShadow(table(t, rule{"a", "req => true", []message.Method{invite}}), "other.yaml", nil,
		func() { <-release })
	data := wire(t, "call")
	for range maxWaiting + 100 {
		s.Observe(&decision.Record{Routed: data, Code: status.NotFound}) // the first one holds up all the others
	}
	if r := s.Report(); r.Missed < 90 {
		t.Errorf("missed %d of 100 too many", r.Missed)
	}
	close(release)
	s.Close()
}

func TestAShadowThatPanicsLeavesTheMessageOut(t *testing.T) {
	calls := 0
	s := NewShadow(table(t, rule{"a", "req => true", []message.Method{invite}}), "other.yaml", nil, func() {
		if calls++; calls == 1 {
			panic("of the test")
		}
	})
	defer s.Close()
	for range 2 {
		s.Observe(&decision.Record{Routed: wire(t, "call"), Code: status.NotFound})
	}
	for deadline := time.Now().Add(30 * time.Second); s.Report().Messages < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it doesn't go on")
		}
	}
	if r := s.Report(); r.Missed != 1 {
		t.Errorf("missed %d", r.Missed)
	}
}

func TestAMessageWhoseReaderPanicsIsAnError(t *testing.T) {
	m := Message{Read: func() ([]byte, error) { panic("of the test") }, Was: &Outcome{}}
	all := func(yield func(Message, error) bool) { yield(m, nil) }
	if _, err := Compare(t.Context(), Options{After: TableRoute(table(t)), Messages: all}); !errors.Is(err,
		errPanicked) {
		t.Error(err)
	}
}

func TestAShadowShowsNoCredentials(t *testing.T) {
	mask, err := decision.NewMask([]string{"ref"})
	if err != nil {
		t.Fatal(err)
	}
	s := NewShadow(table(t, rule{"a", `req => { throw new Error(req.message.authorization.response + " " + req.ref) }`,
		[]message.Method{invite}}),
		"other.yaml", mask, func() {})
	defer s.Close()
	data, err := proto.Marshal(&routrpb.MessageRequest{Ref: "secret-ref", Method: routrpb.Method_INVITE,
		Message: &routrpb.SIPMessage{
			MessageType:   &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob"}},
			Authorization: &routrpb.Authorization{Response: "hunter2"},
		}})
	if err != nil {
		t.Fatal(err)
	}
	s.Observe(&decision.Record{
		Routed: data, Code: status.Internal, Error: "matchFunc of processor ref = b: hunter2",
	})
	for deadline := time.Now().Add(30 * time.Second); s.Report().Messages < 1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the message was not compared")
		}
	}
	text, err := json.Marshal(s.Report())
	if err != nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "secret-ref") ||
		strings.Count(string(text), "***") < 3 {
		t.Errorf("%s, %v", text, err)
	}
}
