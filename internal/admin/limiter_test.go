package admin

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

// hardly is how much a second a limiter gives back that a test empties, however long that takes.
const hardly = 1e-6

// unpaid has a peer that used up work get none back, so that what a call was charged can be told.
func (s *side) unpaid() *side {
	s.guard.door.work = newLimiter(hardly, workAtOnce)
	return s
}

// account is how many microseconds of work a peer has left.
func (s *side) account(addr string) float64 { return s.guard.door.work.of(addr).Tokens() }

func TestManySmallCallsOfOneAddressAreFine(t *testing.T) {
	s := newSide(t)
	for i := range 500 {
		body := `{"message":{"json":{"method":"INVITE","message":{"requestUri":{"host":"sip.local"}}}}}`
		if w := s.raw(request("POST", "/api/v1/route/explain", body)); w.Code != http.StatusOK {
			t.Fatalf("call %d: %d %s", i, w.Code, w.Body)
		}
	}
}

func TestACallIsChargedForWhatItsWorkersDid(t *testing.T) {
	s := newSide(t).unpaid()
	before := s.account(local)
	const loop = `{"matchFunc":"req => { let n = 0; for (let i = 0; i < 1e9; i++) n += i; return n }",
		"messages":[{"json":{"method":"INVITE"}}]}`
	s.raw(request("POST", "/api/v1/rules/evaluate", loop))
	if took := before - s.account(local); took < 10*callWork {
		t.Errorf("a loop was charged %v µs", took)
	}
	if left := s.account("203.0.113.9:1"); left < workAtOnce {
		t.Errorf("somebody else has %v µs left", left)
	}
}

func TestWhoHasUsedUpHisWorkWaits(t *testing.T) {
	s := newSide(t)
	s.guard.door.work.charge(local, workAtOnce+int((90*time.Second).Microseconds()))
	explain := func(more ...func(*http.Request)) *http.Request {
		body := `{"message":{"json":{"method":"INVITE","message":{"requestUri":{"host":"sip.local"}}}}}`
		return request("POST", "/api/v1/route/explain", body, more...)
	}
	w := s.do(explain())
	wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
	if w.Code != http.StatusTooManyRequests || err != nil || wait < 60 || wait > 91 {
		t.Errorf("%d %s, Retry-After: %q", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	if w := s.do(explain(peer("127.9.9.9:1"))); w.Code != http.StatusOK {
		t.Errorf("somebody else: %d %s", w.Code, w.Body)
	}
	if w := s.do(request("GET", "/api/v1/config", "")); w.Code != http.StatusOK {
		t.Errorf("reading: %d %s", w.Code, w.Body)
	}
	if w := s.do(request("POST", "/api/v1/reload", "")); w.Code != http.StatusOK {
		t.Errorf("a reload, which takes its turn: %d %s", w.Code, w.Body)
	}
}

func TestWorkInThisProcessIsCharged(t *testing.T) {
	s := newSide(t).unpaid()
	d := s.guard.door
	h := d.limited(func(_ http.ResponseWriter, r *http.Request) error {
		defer d.working(r.Context())()
		for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
		}
		return nil
	})
	before := s.account(local)
	if err := h(nil, request("POST", "/", "")); err != nil {
		t.Fatal(err)
	}
	if took := before - s.account(local); took < 20_000 {
		t.Errorf("20 ms of work were charged as %v µs", took)
	}
}
