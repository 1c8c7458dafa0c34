package admin

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestCallsAreListedAndShown(t *testing.T) {
	s := newSide(t)
	s.record("a/b?c@h", "chat", 0)
	s.record("call-2", "", 5)
	s.record("a/b?c@h", "chat", 0)
	rows := func(query string) (calls []string, next *string) {
		var list callList
		s.get(request("GET", "/api/v1/calls"+query, ""), &list)
		for _, c := range list.Calls {
			calls = append(calls, c.CallID)
		}
		if list.Kept != 3 || list.MessagesKept != 3 || list.Oldest == nil || list.Scanned != 3 {
			t.Errorf("%s: %+v", query, list)
		}
		return calls, list.Next
	}
	for query, want := range map[string][]string{
		"": {"a/b?c@h", "call-2"}, "?state=failed": {"call-2"}, "?state=!failed": {"a/b?c@h"},
		"?user=bob": {"a/b?c@h", "call-2"}, "?user=x": nil,
	} {
		if got, _ := rows(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v", query, got)
		}
	}
	_, next := rows("?limit=1")
	if next == nil {
		t.Fatal("there is no next page")
	}
	if got, next := rows("?limit=1&before=" + *next); !slices.Equal(got, []string{"call-2"}) || next != nil {
		t.Errorf("the next page: %v", got)
	}
	var one callMessages
	s.get(request("GET", "/api/v1/calls/a%2Fb%3Fc%40h", ""), &one)
	if one.CallID != "a/b?c@h" || len(one.Decisions) != 2 || one.Decisions[0].ID > one.Decisions[1].ID ||
		one.Decisions[0].Message == nil {
		t.Errorf("%+v", one)
	}
	s.refused(request("GET", "/api/v1/calls/none", ""), 404, "not-found")
	for query, parameter := range map[string]string{"?state=x": "state", "?limit=0": "limit", "?code=x": "code",
		"?after=x": "after"} {
		if p := s.refused(request("GET", "/api/v1/calls"+query, ""), 400, "request-invalid"); p.Path != parameter {
			t.Errorf("%s: %+v", query, p)
		}
	}
}

func TestACallIsFoundByAnyCallID(t *testing.T) {
	s := newSide(t)
	for _, id := range []string{
		"%", "%2F", "a%2Fb", "a/b", "100%", "//", "a//b", "a/../b", "a;b=c", "a+b", "a b", "a?b#c", "é☃",
		"\x00\x1b[31m", strings.Repeat("x", 300), strings.Repeat("y/", 1500), "stream",
	} {
		s.record(id, "chat", 0)
		w := s.do(request("GET", "/api/v1/calls/"+url.PathEscape(id), ""))
		var one callMessages
		if err := json.Unmarshal(w.Body.Bytes(), &one); err != nil || len(one.Decisions) != 1 ||
			one.CallID != one.Decisions[0].CallID || !strings.HasPrefix(id, strings.Split(one.CallID, "… (")[0]) {
			t.Errorf("%.40q: %d %.200s", id, w.Code, w.Body)
		}
	}
	if p := s.refused(request("GET", "/api/v1/calls/a%252Fb%25", ""), 404, "not-found"); !strings.Contains(p.Detail,
		`"a%2Fb%"`) {
		t.Errorf("it asked for another one: %s", p.Detail)
	}
}
