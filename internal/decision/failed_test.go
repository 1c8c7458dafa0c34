package decision

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/status"
)

func TestTheLastFailureOfAStopIsFound(t *testing.T) {
	l := newLog(t, Options{Keep: 100})
	add := func(n int, code status.Code, text string, calls ...Call) {
		r := record(t, n, 3)
		r.Code, r.Error, r.Calls = code, text, calls
		l.Add(r)
	}
	gone := Call{Ref: "a", Role: "processor", Code: status.Unavailable}
	add(1, status.Unavailable, "processor ref = a is unavailable", gone)
	for n := range 40 { // more than one batch
		add(2+n, status.OK, "", Call{Ref: "a", Role: "processor"})
	}
	add(50, status.Unavailable, "processor ref = a is unavailable, again", gone)
	add(51, status.NotFound, "no rule", Call{Ref: "a", Role: "middleware", Code: status.Internal, Skipped: true})
	add(52, status.OK, "", Call{Ref: "a", Role: "processor"})
	stop := func(role string, code status.Code) Stop { return Stop{Ref: "a", Role: role, Code: code} }
	ids := map[string]string{}
	_, entries := list(t, l, Query{})
	for _, e := range entries {
		ids[e.CallID] = e.ID
	}
	got := l.LastFailed([]Stop{
		stop("processor", status.Unavailable), stop("middleware", status.Internal), stop("processor", status.Internal),
	})
	want := map[Stop]Failed{
		stop("processor", status.Unavailable): {ID: ids["call-50"], Error: "processor ref = a is unavailable, again"},
		stop("middleware", status.Internal):   {ID: ids["call-51"]},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last failures (-want +got):\n%s", diff)
	}
}
