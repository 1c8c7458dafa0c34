package script

import "testing"

// TestWhatARuleCantSeeMakesNoDifference compares a sparing request with a whole one, on rules that try to tell them
// apart. Loops keep them from looking like what another engine would take.
func TestWhatARuleCantSeeMakesNoDifference(t *testing.T) {
	reqs, ids := requests(t)
	sparing := 0
	for _, text := range []string{
		`({method, message: {from: {tag}}}) => { for (;;) return method === "INVITE" && tag }`,
		`({ref: r = "x", ...rest}) => { for (;;) return rest.method === "INVITE" }`,
		`req => { let n = 0; for (const k in req.message) n++; return n > 17 }`,
		`req => { for (;;) return { ...req.sender }.port > 5000 }`,
		`req => Object.keys(req.message).length > 17`,
		`req => JSON.stringify(req).length > 2000`,
		`req => { const k = ["me", "thod"].join(""); for (;;) return req[k] === "INVITE" }`,
		`req => { for (const k of ["body", "ref"]) if (k in req) return true }`,
		`req => { for (;;) return "body" in req.message && !("body" in req) }`,
		`req => { for (;;) return req.hasOwnProperty("method") && !req.hasOwnProperty("nothing") }`,
		`req => { for (;;) return req.message.hasOwnProperty("requestUri") }`,
		`req => { for (;;) return req["constructor"].keys(req).length === 9 }`,
		`req => { for (const v of req.message.via) if (v.host === "10.0.0.9") return v.port }`,
		`function f() { for (;;) return arguments[0].method === "INVITE" }`,
		`(...all) => { for (;;) return all[0].message.messageType }`,
		`req => { for (;;) return req.message.messageType === "responseType" || req.message.responseType }`,
		`req => { req.message.body = "x"; for (;;) return req.message.body.length + req.message.reasonPhrase.length }`,
		`req => { delete req.message; for (;;) return req.message === undefined }`,
		`req => { const m = req.message; for (;;) return m.contact === null || m.contact.expires }`,
		`req => { for (;;) return String(req.message.from) === "[object Object]" }`,
		`req => { for (;;) return Array.from(req.message.extensions, e => e.name).includes("CSeq") }`,
		`req => { const { message: { to: { address: { uri: { "host": h } } } } } = req; for (;;) return h }`,
		`req => { for (;;) return req.message.extensions.map(({ name: n }) => n).join() }`,
	} {
		p, err := compileText(text, corpusTimeout)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if p.needs.namesAll() {
			sparing++
		}
		for i, req := range reqs {
			whole, wholeErr := p.Eval(req, nil)
			matched, err := p.Match(req, nil)
			if a, b := letter(whole, wholeErr), letter(Result{Truthy: matched}, err); a != b {
				t.Errorf("%s on %s: whole %s, sparing %s", text, ids[i], a, b)
			}
		}
	}
	if sparing < 8 {
		t.Errorf("only %d of the rules get a sparing request", sparing)
	}
}
