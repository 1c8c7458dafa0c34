package admin

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheSessionSaysHowOneCameInAndWhatAnswers(t *testing.T) {
	started := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for access, token := range map[string]string{"loopback": "", "token": "x"} {
		s := newSide(t, withToken(token), func(o *Options) { o.StartedAt, o.Demo = started, token != "" })
		s.record("call-1", "chat", 0)
		var got session
		s.get(request("GET", "/api/v1/session", "", header("Authorization", "Bearer x")), &got)
		if got.Access != access || got.Version != "1.2.3" || got.StartedAt != "2026-01-02T03:04:05Z" ||
			got.Demo != (token != "") || got.ReadOnly != got.Demo {
			t.Errorf("%+v", got)
		}
		if now, err := time.Parse(time.RFC3339Nano, got.Now); err != nil || now.Before(started) {
			t.Errorf("the clock is at %s: %v", got.Now, err)
		}
		var list decisionList
		s.get(request("GET", "/api/v1/decisions", "", header("Authorization", "Bearer x")), &list)
		if id := list.Decisions[0].ID; got.BootID == "" || !strings.HasPrefix(id, got.BootID+"-") {
			t.Errorf("the id %s doesn't begin with %q", id, got.BootID)
		}
	}
}

func TestTheSessionTellsWhoMayNotComeInHowTo(t *testing.T) {
	s := newSide(t)
	s.refused(request("GET", "/api/v1/session", "", peer(remote)), http.StatusForbidden, "forbidden")
	s = newSide(t, withToken("x"))
	s.refused(request("GET", "/api/v1/session", ""), http.StatusUnauthorized, "unauthorized")
	wrong := header("Authorization", "Bearer y")
	s.refused(request("GET", "/api/v1/session", "", wrong), http.StatusUnauthorized, "unauthorized")
}
