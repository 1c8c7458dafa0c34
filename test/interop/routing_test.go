//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// startSpecified runs the dispatcher with a file of the specification, in which only the
// addresses are replaced.
func startSpecified(t *testing.T, name string, p *peers) *dispatcher {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatalf("read the configuration: %v", err)
	}
	addr := peertest.FreeAddr(t)
	config := strings.NewReplacer(
		"0.0.0.0:51901", addr,
		"connect:51904", p.addrs["connect-processor"],
		"im:51904", p.addrs["im-processor"],
	).Replace(string(text))
	return runDispatcher(t, addr, "dispatcher.yaml", []byte(config))
}

func TestAnUnchangedConfigurationCarriesEveryFieldThereAndBack(t *testing.T) {
	p := startPeers(t, routr("connect-processor", "echo"))
	c := startClient(t, startSpecified(t, "dispatcher.yaml", p).addr)
	for _, method := range []string{"REGISTER", "MESSAGE", "INVITE", "ACK", "BYE", "CANCEL"} {
		t.Run(method, func(t *testing.T) {
			request := requestOf(t, method)
			response := c.answer(t, request)

			want := map[string]any{
				"sender": request["sender"], "message": viewOf(request), "metadata": request["metadata"],
			}
			equal(t, "answer", response, want)
			calls := p.seen(t)
			got := calls[len(calls)-1].Request
			request["message"] = viewOf(request)
			equal(t, "request at the processor", got, request)
		})
	}
	if got := len(p.seen(t)); got != 6 {
		t.Errorf("the processor was called %d times, want 6", got)
	}
}

func TestARoutrProcessorWorksUnchanged(t *testing.T) {
	p := startPeers(t, routr("connect-processor", "connect"))
	c := startClient(t, startSpecified(t, "dispatcher.yaml", p).addr)

	t.Run("it answers a REGISTER", func(t *testing.T) {
		message := c.answer(t, requestOf(t, "REGISTER"))["message"].(map[string]any)
		equal(t, "responseType", message["responseType"], any("OK"))
		equal(t, "Expires", headers(message, "Expires"), []string{"600"})
	})
	t.Run("it sends an INVITE on", func(t *testing.T) {
		message := c.answer(t, invite(t))["message"].(map[string]any)
		equal(t, "messageType", message["messageType"], any("requestUri"))
		equal(t, "maxForwards", message["maxForwards"], any(map[string]any{"maxForwards": 69.0}))
		equal(t, "X-Edgeport-Ref", headers(message, "X-Edgeport-Ref"), []string{"edgeport-1"})
		equal(t, "authorization", message["authorization"], nil)
	})
	t.Run("it takes its Via off a 180", func(t *testing.T) {
		message := c.answer(t, responseOf(t, "RINGING"))["message"].(map[string]any)
		equal(t, "responseType", message["responseType"], any("RINGING"))
		equal(t, "via", message["via"], any([]any{}))
	})
}

func TestTheFirstProcessorThatMatchesIsCalled(t *testing.T) {
	p := startPeers(t, routr("im-processor", "echo"), routr("connect-processor", "echo"))
	c := startClient(t, startSpecified(t, "two-processors.yaml", p).addr)
	for _, method := range []string{"MESSAGE", "REGISTER", "INVITE", "MESSAGE"} {
		c.answer(t, requestOf(t, method))
	}
	equal(t, "calls", p.order(t),
		[]string{"im-processor", "connect-processor", "connect-processor", "im-processor"})

	got := c.refusal(t, requestOf(t, "PUBLISH"))
	equal(t, "status of a method nobody lists", got, failure{
		Code:    codes.NotFound,
		Message: "not matching processor found for request ref: a84b4c76e66710@pc33.atlanta.com",
	})
}

func TestEveryAnswerBelongsToItsRequest(t *testing.T) {
	const clients, calls = 200, 25
	p := startPeers(t, routr("pre", "stamp"), routr("connect", "echo"))
	d := startDispatcher(t, spec{
		Processors:  []processor{p.processor("connect")},
		Middlewares: []middleware{p.before("pre")},
	})
	c := startClient(t, d.addr)
	c.command(t, map[string]any{
		"id": 1, "op": "storm", "request": invite(t), "clients": clients, "calls": calls,
	})
	refs := map[string][]string{}
	for range 2 * clients * calls {
		e := p.await(t, "call")
		refs[e.Peer] = append(refs[e.Peer], e.Request["ref"].(string))
	}
	equal(t, "outcome", c.next(t).Response, map[string]any{
		"answers": float64(clients * calls), "strangers": []any{}, "errors": []any{},
	})
	for name, got := range refs {
		slices.Sort(got)
		if n := len(slices.Compact(got)); n != clients*calls {
			t.Errorf("%s saw %d different requests, want %d", name, n, clients*calls)
		}
	}
}
