package relay

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// TestAnOperatorSeesTheSame has messages go well and fail in every way that the contract knows (section 4), and
// compares what an operator sees of it beside answers and decisions: log, spans, metrics, and pages of the admin API.
func TestAnOperatorSeesTheSame(t *testing.T) {
	n := startNetwork(t)
	refuses := strings.Replace(n.middlewares(), n.pre.addr, refusing, 1)
	skipped := strings.Replace(n.middlewares(), n.skipped.addr, refusing, 1)
	sip := "answerFailures: true"
	for name, c := range map[string]struct {
		calls []call // fewer than the log has lines for, in a second
		lines []string
	}{
		"odd processors":             {oddCalls(), nil},
		"failures":                   {failingCalls(), nil},
		"failures, SIP responses":    {failingCalls(), []string{sip, "onRuleError: skip"}},
		"middlewares":                {middlewaresCalls(), []string{n.middlewares()}},
		"middlewares, SIP responses": {middlewaresCalls(), []string{n.middlewares(), sip}},
		"a middleware is skipped":    {failingCalls(), []string{skipped}},
		"a middleware refuses":       {failingCalls(), []string{refuses}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := n.operated(t, c.lines...)
			ordinary := n.operate(t, config.RelayOff, spec, c.calls)
			relayed := n.operate(t, config.RelayAuto, spec, c.calls)
			for _, view := range slices.Sorted(maps.Keys(ordinary)) {
				if len(ordinary[view]) == 0 {
					t.Errorf("%s: nothing is seen", view)
				}
				if diff := cmp.Diff(ordinary[view], relayed[view]); diff != "" {
					t.Errorf("%s: - is the ordinary way's:\n%s", view, diff)
				}
			}
		})
	}
}

// operated is spec with a limit that is soon met, and with a rule that never ends, for UPDATE.
func (n *network) operated(t *testing.T, lines ...string) string {
	t.Helper()
	spec := n.spec(t, lines...)
	spec = strings.Replace(spec, "limits: {", "limits: {inFlight: 2, ", 1)
	return strings.Replace(spec, "  processors:\n", fmt.Sprintf("  processors:\n"+
		"    - {ref: loops, addr: %q, methods: [UPDATE], matchFunc: 'req => { for (;;) {} }'}\n", n.peer.addr), 1)
}

// operate sends calls to a dispatcher, and returns what is seen of them.
func (n *network) operate(t *testing.T, relay, spec string, calls []call) map[string][]string {
	t.Helper()
	s := observe(t, relay, spec)
	for _, c := range calls {
		w := dial(t, s.addr)
		w.make(t, c)
		w.Close()
	}
	if !strings.Contains(spec, "{ref: pre, addr: \""+refusing) {
		n.overload(t, s.side)
	}
	seen := map[string][]string{}
	s.settled(t)
	seen["metrics"] = series(s.get(t, "/metrics"))
	for _, page := range []string{"failures", "backends", "calls", "rules"} {
		seen[page] = s.page(t, "/api/v1/"+page)
	}
	if len(calls) < 25 { // points of it are seconds that are over
		all := fmt.Sprintf(".series.messages: %d in all", len(s.recorded(t)))
		eventually(t, "the statistics have all messages", func() bool {
			seen["stats"] = s.page(t, "/api/v1/stats")
			return slices.Contains(seen["stats"], all)
		})
	}
	s.stop()
	seen["log"], seen["spans"] = s.lines(t), s.spans(t)
	return seen
}

// settled waits until what follows upon a record is done, too: metrics and the log.
func (o *observed) settled(t *testing.T) {
	t.Helper()
	all := len(o.recorded(t))
	eventually(t, "all messages are counted", func() bool {
		counted := 0
		for _, value := range messagesOf.FindAllStringSubmatch(o.get(t, "/metrics"), -1) {
			n, err := strconv.Atoi(value[1])
			counted += n
			if err != nil {
				t.Fatal(err)
			}
		}
		return counted == all
	})
	eventually(t, "all messages are logged", func() bool {
		logged := 0
		for _, line := range o.lines(t) {
			if strings.Contains(line, `"msg":"a message `) {
				logged++
			}
		}
		return logged == all
	})
}

var messagesOf = regexp.MustCompile(`(?m)^routr_dispatcher_messages_total\{.*\} (\d+)$`)

// eventually waits for something that is about to be so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// overload has one message too many in flight, and then callers leave.
func (n *network) overload(t *testing.T, s *side) {
	t.Helper()
	gate := n.peer.newGate("full")
	w := dial(t, s.addr)
	defer w.Close()
	var ids []uint32
	for i := range 2 {
		name := fmt.Sprint("full ", i)
		ids = append(ids, w.begin(t, process(name, with(invite(name), "do", "gate:full"))))
		await(t, name+" gets there", gate.reached)
	}
	w.make(t, process("too many", invite("too many")))
	for i, id := range ids {
		w.wrote(w.framer.WriteRSTStream(id, http2.ErrCodeCancel))
		await(t, "it is given up", gate.left)
		s.recordedOf(t, "the caller went away", i+1)
	}
}
