package hostile

import (
	"encoding/json"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// TestEvidenceCantBeWashedAway lets one caller send what takes much room in what is kept, and looks for what others
// did.
func TestEvidenceCantBeWashedAway(t *testing.T) {
	d := dispatch(t, resource(echo(t), echo(t)))
	wire := func(edgePort, callID, body string) []byte {
		data, err := proto.Marshal(&routrpb.MessageRequest{Ref: callID, EdgePortRef: edgePort,
			Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{
				MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "a", Host: "sip.local"}},
				CallId:      &routrpb.CallID{CallId: callID}, Body: body,
			}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	const before = 200
	for i := range before {
		if status, answer := d.send(t, wire("edgeport", fmt.Sprintf("call-%d", i), "hello")); status != 200 {
			t.Fatalf("status %d: %s", status, answer)
		}
	}
	large := make([]byte, 4<<20-200)
	for i := range 12 {
		d.send(t, wire("attacker", fmt.Sprintf("flood-%d", i), string(large)))
	}
	var listed struct{ Decisions []struct{ ID, CallID string } }
	if err := json.Unmarshal([]byte(d.get(t, "/api/v1/decisions?limit=1000")), &listed); err != nil {
		t.Fatal(err)
	}
	decisions, messages := 0, 0
	for _, one := range listed.Decisions {
		if len(one.CallID) < 5 || one.CallID[:5] != "call-" {
			continue
		}
		decisions++
		var whole struct{ Message json.RawMessage }
		if err := json.Unmarshal([]byte(d.get(t, "/api/v1/decisions/"+one.ID)), &whole); err != nil {
			t.Fatal(err)
		}
		if len(whole.Message) > 2 && string(whole.Message) != "null" {
			messages++
		}
	}
	if decisions != before || messages != before {
		t.Errorf("of %d calls, %d decisions are there, %d with their messages", before, decisions, messages)
	}
}
