package relay

import (
	"fmt"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// TestPipelinesAreWalkedAlike has middlewares change, answer, fail and be skipped, for requests and responses.
func TestPipelinesAreWalkedAlike(t *testing.T) {
	n := startNetwork(t)
	does := []string{"", "change:x", "code:7:no", "raw:ffff", "raw:", "response:FORBIDDEN", "response:OK",
		"long:70000", "unknown"}
	var calls []call
	for _, form := range []string{"request", "RINGING", "BUSY_HERE"} {
		for _, key := range []string{"pre", "skipped", "post", "do"} {
			for _, do := range does {
				name := fmt.Sprintf("%s, %s does %q", form, key, do)
				calls = append(calls, process(name, with(formed(form, name), key, do), "x-kept", "1"))
			}
		}
		for i, do := range does {
			name := fmt.Sprintf("%s, all do %q", form, do)
			request := formed(form, name)
			for _, key := range []string{"pre", "skipped", "post"} {
				request = with(request, key, do)
			}
			calls = append(calls, process(name, with(request, "do", does[(i+1)%len(does)])))
		}
	}
	t.Run("errors", func(t *testing.T) { allRelayed(t, compare(t, n, n.spec(t, n.middlewares()), inTurn(calls))) })
	t.Run("SIP responses instead", func(t *testing.T) {
		allRelayed(t, compare(t, n, n.spec(t, n.middlewares(), "answerFailures: true", "onRuleError: skip"),
			inTurn(calls)))
	})
}

// formed is a SIP request, or a response of the type that is named.
func formed(form, name string) []byte {
	if form == "request" {
		return invite(name)
	}
	return marshal(&routrpb.MessageRequest{
		Ref: name, Method: routrpb.Method_INVITE, Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_ResponseType{
				ResponseType: routrpb.ResponseType(routrpb.ResponseType_value[form]),
			},
			CallId: &routrpb.CallID{CallId: name},
		},
	})
}
