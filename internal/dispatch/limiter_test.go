package dispatch

import (
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/message"
)

// admitted counts how many messages like req get in, and returns what lets them go.
func admitted(l *Limiter, req *message.Request, tries int) (n int, release func()) {
	var permits []Permit
	for range tries {
		if p, err := l.Admit(req); err == nil {
			permits = append(permits, p)
		} else if err.Code != backend.ResourceExhausted {
			panic(err)
		}
	}
	return len(permits), func() {
		for _, p := range permits {
			p.Release(false)
		}
	}
}

func TestTheLastToBeShedAreACKByeCancelAndResponses(t *testing.T) {
	ringing := call(routrpb.Method_INVITE)
	ringing.Message.MessageType = &routrpb.SIPMessage_ResponseType{ResponseType: routrpb.ResponseType_RINGING}
	for name, vital := range map[string]*routrpb.MessageRequest{
		"ACK": call(routrpb.Method_ACK), "BYE": call(routrpb.Method_BYE), "CANCEL": call(routrpb.Method_CANCEL), "a response": ringing,
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLimiter(100, false)
			invites, letGo := admitted(l, parsed(t, call(routrpb.Method_INVITE)), 200)
			others, letOthersGo := admitted(l, parsed(t, vital), 200)
			if invites != 90 || others != 10 {
				t.Errorf("%d INVITEs and %d others got in, want 90 and 10", invites, others)
			}
			if got := l.Refused(); got != 300 {
				t.Errorf("%d refused, want 300", got)
			}
			letGo()
			letOthersGo()
			if l.InFlight() != 0 {
				t.Errorf("%d in flight after all were let go", l.InFlight())
			}
		})
	}
}

func TestTheLimitCanChange(t *testing.T) {
	l := NewLimiter(5, false)
	bye := parsed(t, call(routrpb.Method_BYE))
	first, letGo := admitted(l, bye, 10)
	l.SetLimit(8)
	second, letMoreGo := admitted(l, bye, 10)
	if first != 5 || second != 3 {
		t.Errorf("%d and then %d got in, want 5 and 3", first, second)
	}
	letGo()
	letMoreGo()
}

func TestTheAdaptiveLimitBoundsWhatIsNotVital(t *testing.T) {
	l := NewLimiter(1000, true)
	invites, letGo := admitted(l, parsed(t, call(routrpb.Method_INVITE)), 2000)
	if invites == 0 || invites > 900 {
		t.Errorf("%d INVITEs got in", invites)
	}
	vital, letVitalGo := admitted(l, parsed(t, call(routrpb.Method_BYE)), 2000)
	if vital != 1000-invites {
		t.Errorf("%d BYEs got in, want %d", vital, 1000-invites)
	}
	letGo()
	letVitalGo()
	if l.InFlight() != 0 {
		t.Errorf("%d in flight", l.InFlight())
	}
}
