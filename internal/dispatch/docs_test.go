package dispatch

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// TestTheTableOfSIPAnswersIsTrue holds each row of docs/operations.md against what a failure of that kind is answered
// with.
func TestTheTableOfSIPAnswersIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## SIP answers for failures\n")
	table, _, _ = strings.Cut(table, "\n## ")
	failures := map[string][]status.Error{ // by what the row begins with
		"processor or middleware unreachable": {{Code: status.Unavailable}},
		"more messages in flight than":        {{Code: status.ResourceExhausted, Overloaded: true}},
		"a processor's own `UNAVAILABLE`":     {{Code: status.Unavailable}, {Code: status.ResourceExhausted}},
		"a call took longer":                  {{Code: status.DeadlineExceeded}},
		"a rule failed":                       {{Code: status.Internal}, {Code: 99}},
		"no processor lists the method":       {{Code: status.NotFound, Unrouted: true}},
		"processors list the method":          {{Code: status.NotFound, Unrouted: true}},
		"a processor's own `NOT_FOUND`":       {{Code: status.NotFound}},
		"`PERMISSION_DENIED`":                 {{Code: status.PermissionDenied}, {Code: status.Unauthenticated}},
		"`UNIMPLEMENTED`":                     {{Code: status.Unimplemented}},
	}
	status := map[string]int{
		"SERVICE_UNAVAILABLE":     503,
		"SERVER_TIMEOUT":          504,
		"SERVER_INTERNAL_ERROR":   500,
		"METHOD_NOT_ALLOWED":      405,
		"TEMPORARILY_UNAVAILABLE": 480,
		"NOT_FOUND":               404,
		"FORBIDDEN":               403,
		"NOT_IMPLEMENTED":         501,
	}
	d := failing(t, true)
	for _, m := range regexp.MustCompile("(?m)^\\| (.+) \\| (`[A-Z_]+` \\([0-9]+\\))(.*) \\|$").
		FindAllStringSubmatch(table, -1) {
		found := false
		for begins, errs := range failures {
			if !strings.HasPrefix(m[1], begins) {
				continue
			}
			found = true
			delete(failures, begins)
			method := routrpb.Method_REGISTER // no rule takes it
			if begins == "processors list the method" {
				method = routrpb.Method_INVITE
			}
			for _, e := range errs {
				_, name, _ := d.AnswerFailure(parsed(t, call(method)), &e)
				if want := fmt.Sprintf("`%s` (%d)", name, status[name]); want != m[2] {
					t.Errorf("%s: the page says %s, and it is %s", m[1], m[2], want)
				}
			}
		}
		if !found {
			t.Errorf("no failure is known for the row %q", m[1])
		}
	}
	for begins := range failures {
		t.Errorf("docs/operations.md has no row for %q", begins)
	}
}

// TestTheTableOfErrorsIsTrue holds section 4 of docs/contract.md against the codes that there are, and the text that
// clients of the Node service know.
func TestTheTableOfErrorsIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## 4. Errors\n")
	table, _, _ = strings.Cut(table, "\n## ")
	known := map[string]bool{}
	for code := status.Code(1); code <= status.Unauthenticated; code++ {
		known[code.String()] = true
	}
	rows := regexp.MustCompile("(?m)^\\| ([^|]+) \\| `([A-Z_]+)`[^|]*\\|([^|]*)\\|$").FindAllStringSubmatch(table, -1)
	for _, m := range rows {
		if name := map[string]string{"CANCELLED": "CANCELED"}[m[2]]; !known[m[2]] && !known[name] {
			t.Errorf("%s: there is no code %s", m[1], m[2])
		}
	}
	if len(rows) < 9 {
		t.Errorf("found only %d rows", len(rows))
	}
	_, err = failing(t, true).Process(t.Context(), parsed(t, call(routrpb.Method_REGISTER)), nil, &decision.Record{})
	if e, ok := err.(*status.Error); !ok ||
		!strings.Contains(table, strings.Replace(e.Message, "call-1", "<ref>", 1)) ||
		e.Code != status.NotFound {
		t.Errorf("what no rule takes fails with %v", err)
	}
}
