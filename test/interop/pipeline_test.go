//go:build interop

package interop

import "testing"

// unauthorized is the answer of a middleware that asks for credentials.
var unauthorized = map[string]any{"message": map[string]any{
	"responseType": "UNAUTHORIZED",
	"reasonPhrase": "Unauthorized",
	"wwwAuthenticate": map[string]any{
		"realm": "atlanta.com", "domain": "", "scheme": "Digest", "nonce": "f84f1cec41e6cbe5",
		"algorithm": "MD5", "qop": "auth", "opaque": "", "stale": false,
	},
}}

func TestAMiddlewaresResponseEndsThePipeline(t *testing.T) {
	p := startPeers(t,
		peer{Name: "auth", Kind: "routr", Does: "answer", With: unauthorized},
		routr("second", "stamp"), routr("connect", "echo"), routr("post", "stamp"))
	d := startDispatcher(t, spec{
		Processors:  []processor{p.processor("connect")},
		Middlewares: []middleware{p.before("auth"), p.before("second"), p.after("post")},
	})
	message := startClient(t, d.addr).answer(t, requestOf(t, "REGISTER"))["message"].(map[string]any)

	want := unauthorized["message"].(map[string]any)
	for _, field := range []string{"responseType", "reasonPhrase", "wwwAuthenticate"} {
		equal(t, field, message[field], want[field])
	}
	equal(t, "calls", p.order(t), []string{"auth"})
}

func TestAResponseOfAMiddlewareAfterTheProcessorEndsTheChain(t *testing.T) {
	p := startPeers(t, routr("connect", "echo"),
		peer{Name: "post-1", Kind: "routr", Does: "answer", With: unauthorized}, routr("post-2", "stamp"))
	d := startDispatcher(t, spec{
		Processors:  []processor{p.processor("connect")},
		Middlewares: []middleware{p.after("post-1"), p.after("post-2")},
	})
	message := startClient(t, d.addr).answer(t, invite(t))["message"].(map[string]any)

	equal(t, "responseType", message["responseType"], any("UNAUTHORIZED"))
	equal(t, "calls", p.order(t), []string{"connect", "post-1"})
}

func TestAResponseThatBecomesAnErrorSkipsTheMiddlewaresLeft(t *testing.T) {
	p := startPeers(t,
		peer{Name: "pre-1", Kind: "routr", Does: "answer", With: unauthorized},
		routr("pre-2", "stamp"), routr("connect", "echo"), routr("post", "stamp"))
	d := startDispatcher(t, spec{
		Processors:  []processor{p.processor("connect")},
		Middlewares: []middleware{p.before("pre-1"), p.before("pre-2"), p.after("post")},
	})
	message := startClient(t, d.addr).answer(t, responseOf(t, "OK"))["message"].(map[string]any)

	equal(t, "responseType", message["responseType"], any("UNAUTHORIZED"))
	equal(t, "calls", p.order(t), []string{"pre-1", "connect"})
}

func TestAResponsePassesEveryMiddleware(t *testing.T) {
	for _, responseType := range []string{"OK", "RINGING"} {
		t.Run(responseType, func(t *testing.T) {
			p := startPeers(t, routr("pre", "stamp"), routr("connect", "echo"),
				routr("post-1", "stamp"), routr("post-2", "stamp"))
			d := startDispatcher(t, spec{
				Processors:  []processor{p.processor("connect")},
				Middlewares: []middleware{p.before("pre"), p.after("post-1"), p.after("post-2")},
			})
			response := startClient(t, d.addr).answer(t, responseOf(t, responseType))

			equal(t, "calls", p.order(t), []string{"pre", "connect", "post-1", "post-2"})
			equal(t, "stamps", headers(response["message"], "X-Passed"), []string{"pre", "post-1", "post-2"})
		})
	}
}

func TestEachMiddlewareSeesWhatTheOneBeforeItLeft(t *testing.T) {
	p := startPeers(t, routr("pre-1", "stamp"), routr("pre-2", "stamp"), routr("pre-3", "stampMessage"),
		routr("connect", "echo"), routr("post", "stamp"))
	d := startDispatcher(t, spec{
		Processors: []processor{p.processor("connect")},
		Middlewares: []middleware{
			p.after("post"), p.before("pre-1"), p.before("pre-2"), p.before("pre-3"),
		},
	})
	request := invite(t)
	response := startClient(t, d.addr).answer(t, request)

	equal(t, "calls", p.order(t), []string{"pre-1", "pre-2", "pre-3", "connect", "post"})
	atProcessor := p.only(t, "connect").Request
	equal(t, "stamps at the processor", headers(atProcessor["message"], "X-Passed"),
		[]string{"pre-1", "pre-2", "pre-3"})
	equal(t, "metadata at the processor", metadataOf(atProcessor), map[string]any{
		"10": "ten", "region": "emea", "pre-1": "passed", "pre-2": "passed",
	})
	for _, field := range []string{"ref", "edgePortRef", "method", "sender", "listeningPoints", "localnets"} {
		equal(t, field+" at the processor", atProcessor[field], request[field])
	}
	equal(t, "stamps in the answer", headers(response["message"], "X-Passed"),
		[]string{"pre-1", "pre-2", "pre-3", "post"})
	equal(t, "metadata in the answer", metadataOf(response), map[string]any{
		"10": "ten", "region": "emea", "pre-1": "passed", "pre-2": "passed", "post": "passed",
	})
}

func TestAnErrorResponseGoesToTheProcessorAlone(t *testing.T) {
	p := startPeers(t, routr("pre", "stamp"), routr("connect", "echo"), routr("post", "stamp"))
	d := startDispatcher(t, spec{
		Processors:  []processor{p.processor("connect")},
		Middlewares: []middleware{p.before("pre"), p.after("post")},
	})
	request := responseOf(t, "BUSY_HERE")
	response := startClient(t, d.addr).answer(t, request)

	equal(t, "message", response["message"], any(viewOf(request)))
	equal(t, "calls", p.order(t), []string{"connect"})
}
