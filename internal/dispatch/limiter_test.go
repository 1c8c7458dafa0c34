package dispatch

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// admitted counts how many messages like req get in, and returns what lets them go.
func admitted(l *Limiter, req *message.Request, tries int) (n int, release func()) {
	var permits []Permit
	for range tries {
		if p, err := l.Admit(req); err == nil {
			permits = append(permits, p)
		} else if err.Code != status.ResourceExhausted {
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
		"ACK": call(routrpb.Method_ACK), "BYE": call(routrpb.Method_BYE),
		"CANCEL": call(routrpb.Method_CANCEL), "a response": ringing,
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
	l.SetLimit(8, false)
	second, letMoreGo := admitted(l, bye, 10)
	if first != 5 || second != 3 {
		t.Errorf("%d and then %d got in, want 5 and 3", first, second)
	}
	letGo()
	letMoreGo()
}

// work lets so many messages at once take some time, again and again for a while.
func work(t *testing.T, l *Limiter, atOnce int, each, total time.Duration) {
	invite := parsed(t, call(routrpb.Method_INVITE))
	for end := time.Now().Add(total); time.Now().Before(end); {
		_, letGo := admitted(l, invite, atOnce)
		time.Sleep(each)
		letGo()
	}
}

func TestTheAdaptiveLimitFallsWhileMessagesTakeLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1000, true)
		invite, bye := parsed(t, call(routrpb.Method_INVITE)), parsed(t, call(routrpb.Method_BYE))
		getIn := func() int {
			n, letGo := admitted(l, invite, 2000)
			letGo()
			return n
		}
		work(t, l, 1, 5*time.Millisecond, 10*time.Minute)
		if n := getIn(); n != 900 {
			t.Errorf("%d INVITEs get in after a quiet time, want 900", n)
		}
		work(t, l, 2000, 500*time.Millisecond, 5*time.Second)
		n, letGo := admitted(l, invite, 2000)
		if n < paceFloor || n > 100 {
			t.Errorf("%d INVITEs get in while they take a hundred times as long", n)
		}
		if _, err := l.Admit(invite); err == nil || !strings.Contains(err.Message, "the adaptive limit") {
			t.Errorf("one more: %v", err)
		}
		byes, letByesGo := admitted(l, bye, 2000)
		if byes != 1000-n {
			t.Errorf("%d BYEs get in, want %d", byes, 1000-n)
		}
		letGo()
		letByesGo()
		work(t, l, 10, 5*time.Millisecond, 20*time.Second)
		if n := getIn(); n != 900 {
			t.Errorf("%d INVITEs get in after the overload, want 900", n)
		}
		if l.InFlight() != 0 {
			t.Errorf("%d in flight", l.InFlight())
		}
	})
}

func TestWhatTakesLongerForGoodIsUsualAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(1000, true)
		work(t, l, 10, 5*time.Millisecond, time.Minute)
		work(t, l, 10, 50*time.Millisecond, 5*time.Second)
		low, letGo := admitted(l, parsed(t, call(routrpb.Method_INVITE)), 1000)
		letGo()
		work(t, l, 10, 50*time.Millisecond, 5*time.Minute)
		n, letGo := admitted(l, parsed(t, call(routrpb.Method_INVITE)), 1000)
		letGo()
		if low != paceFloor || n != 900 {
			t.Errorf("%d and then %d INVITEs get in, want %d and 900", low, n, paceFloor)
		}
	})
}

func TestAReloadSetsTheAdaptiveLimitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(100, true)
		invite := parsed(t, call(routrpb.Method_INVITE))
		lower := func() {
			work(t, l, 10, 5*time.Millisecond, time.Minute)
			work(t, l, 100, 500*time.Millisecond, 5*time.Second)
		}
		for _, c := range []struct {
			limit    int
			adaptive bool
			want     int
		}{{100, true, paceFloor}, {1000, true, 900}, {10, true, 9}, {10, false, 9}, {100, false, 90}, {100, true, 90}} {
			lower()
			l.SetLimit(c.limit, c.adaptive)
			n, letGo := admitted(l, invite, 2000)
			letGo()
			if n != c.want {
				t.Errorf("after a reload to %d, adaptive %t: %d INVITEs get in, want %d",
					c.limit, c.adaptive, n, c.want)
			}
		}
	})
}

func BenchmarkAdmit(b *testing.B) {
	req := parsed(&testing.T{}, call(routrpb.Method_INVITE))
	for _, adaptive := range []bool{false, true} {
		b.Run(fmt.Sprint("adaptive=", adaptive), func(b *testing.B) {
			l := NewLimiter(1000, adaptive)
			b.ReportAllocs()
			for b.Loop() {
				p, err := l.Admit(req)
				if err != nil {
					b.Fatal(err)
				}
				p.Release(false)
			}
		})
	}
}
