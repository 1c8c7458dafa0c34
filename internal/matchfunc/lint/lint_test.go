package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

func parse(t testing.TB, text string) *source.Source {
	t.Helper()
	src, err := source.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return src
}

// found renders the warnings for a rule.
func found(t testing.TB, text string) []string {
	t.Helper()
	var out []string
	for _, w := range Check(parse(t, text)) {
		out = append(out, fmt.Sprintf("%d:%d %s", w.Line, w.Column, w.Message))
	}
	return out
}

// TestCheckBoundsCalls covers a rule whose functions' calls stand for more than a thousand million expressions.
func TestCheckBoundsCalls(t *testing.T) {
	rule := "req => { const no = f => false; const f0 = m => m.contact.expires; "
	for i := range 30 {
		rule += fmt.Sprintf("const f%d = m => f%d(m) || no(f%[2]d) || no(f%[2]d); ", i+1, i)
	}
	got := found(t, rule+"return f30(req.message) }")
	if len(got) != 1 || !strings.Contains(got[0], "contact may be null") {
		t.Errorf("got %q, want a warning of contact", got)
	}
}

func TestCheckWarns(t *testing.T) {
	const (
		contactNull = " req.message.contact may be null: not every message has a Contact; test it first, " +
			"or read from it with ?."
		uriMissing = " req.message.requestUri may be undefined: SIP responses don't have it; test it first, " +
			"or read from it with ?."
		written = ": that ends with the evaluation, what is forwarded stays as it came"
	)
	for name, tc := range map[string]struct {
		rule string
		want []string
	}{
		"of a rule that returns nothing": {"req => { req.method === \"INVITE\" }",
			[]string{
				"1:10 this is not returned: the rule returns nothing, so that it never matches: write return, " +
					"or leave the braces away",
			}},
		"of a rule whose callback alone returns something": {
			`req => { for (const e of req.message.extensions) { [e].map(x => { return x.value }) } }`,
			[]string{"1:8 the rule returns nothing, so that it never matches: write return, or leave the braces away"},
		},
		"not of a rule that only throws": {`req => { throw new Error("off") }`, nil},
		"of a backspace": {
			"req => /\bfoo/.test(req.message.body)",
			[]string{`1:9 a backspace, U+0008, stands in this regular expression: that is what \b means in ` +
				`YAML's double quotes, and \b and \f in JSON; if \b was meant for the rule, ` +
				`write \\b there, or use YAML's single quotes or a block (|)`},
		},
		"of what nobody sees": {
			"req => req.ref === \"a\u200b\"",
			[]string{`1:22 a character that nobody sees, U+200B, stands in this string: ` +
				`write \u{200b} or the like if it is meant`},
		},
		"of an unknown field": {`req => req.message.form.tag === "x"`,
			[]string{`1:20 req.message has no "form": did you mean "from"?`}},
		"of an unknown field, called as the rule calls its parameter": {`r => r.metod`,
			[]string{`1:8 req has no "metod": did you mean "method"?`}},
		"of an unknown field in brackets": {`req => req["message"]["form"]`,
			[]string{`1:23 req.message has no "form": did you mean "from"?`}},
		"of an unknown field through a constant": {`req => { const uri = req.message.to.address.uri; return uri.usr === "1" }`,
			[]string{`1:61 req.message.to.address.uri has no "usr": did you mean "user"?`}},
		"of an unknown field in a pattern": {`({ message: { frm } }) => frm.tag`,
			[]string{`1:15 req.message has no "frm": did you mean "from"?`}},
		"of an unknown field in a nested pattern": {`({ message: { from: { adress: { uri } } } }) => uri.user`,
			[]string{`1:23 req.message.from has no "adress": did you mean "address"?`}},
		"of an unknown field of an element": {`req => req.message.extensions.some(e => e.nam === "Event")`,
			[]string{`1:43 req.message.extensions[i] has no "nam": did you mean "name"?`}},
		"of an unknown field of a found element": {`req => req.message.extensions.find(e => e.name === "Event")?.val`,
			[]string{`1:62 req.message.extensions.find(…)? has no "val": did you mean "value"?`}},
		"of an unknown field of a filtered and mapped element": {
			`req => req.message.via.filter(v => v.port).map(v => v.hst)`,
			[]string{`1:55 req.message.via[i] has no "hst": did you mean "host"?`},
		},
		"of an unknown field of either of two": {`req => (req.message.requestUri || req.message.to.address.uri).hst`,
			[]string{`1:63 a SipURI has no "hst": did you mean "host"?`}},
		"of an unknown field of what a function is given": {
			`req => { const f = m => m.form; return f(req.message) && f(req.message) }`,
			[]string{`1:27 req.message has no "form": did you mean "from"?`}},
		"of an unknown field in a function that is declared": {
			`req => { return f(req.message.via[0]); function f(v) { return v.hots } }`,
			[]string{`1:65 req.message.via[0] has no "hots": did you mean "host"?`}},
		"of an unknown field behind an inner function": {`req => { const f = () => req.nope; return f() }`,
			[]string{`1:30 req has no "nope"`}},
		"of an unknown method of a string": {`req => req.ref.contains("x")`,
			[]string{`1:16 req.ref, a string, has no "contains"`}},
		"of an unknown method of a list": {`req => req.message.via.include("x")`,
			[]string{`1:24 req.message.via, a list, has no "include": did you mean "includes"?`}},
		"of a string method on a message": {`req => req.message.callId.startsWith("x")`,
			[]string{`1:27 req.message.callId has no "startsWith"`}},
		"of a list's field read from the list": {`req => req.message.extensions.name === "x"`,
			[]string{`1:31 req.message.extensions, a list, has no "name"`}},
		"of a negative index": {`req => req.message.via[-1]`,
			[]string{`1:24 an index counts from 0: req.message.via[-1] is always undefined; at(-1) counts from the end`}},

		"of a method that doesn't exist": {`req => req.method === "INVTE"`,
			[]string{`1:23 req.method is never "INVTE": did you mean "INVITE"?`}},
		"of a method in lower case, on the left": {`req => "invite" == req.method`,
			[]string{`1:8 req.method is never "invite": did you mean "INVITE"?`}},
		"of a method in a list": {`req => ["INVITE", "MESAGE"].includes(req.method)`,
			[]string{`1:19 req.method is never "MESAGE": did you mean "MESSAGE"?`}},
		"of a method in a list that is a constant": {`req => { const all = ["INVITE", "Bye"]; return all.indexOf(req.method) >= 0 }`,
			[]string{`1:33 req.method is never "Bye": did you mean "BYE"?`}},
		"in front of what the engine runs": {`req => req.method === "INVIT" && new Set(["INVIT"]).has(req.method)`,
			[]string{`1:23 req.method is never "INVIT": did you mean "INVITE"?`}},
		"of a method in a switch": {`req => { switch (req.method) { case "BYE": return true; case "REGISTR": return false } }`,
			[]string{`1:62 req.method is never "REGISTR": did you mean "REGISTER"?`}},
		"of a method after toLowerCase": {`req => req.method.toLowerCase() === "INVITE"`,
			[]string{`1:37 req.method.toLowerCase(…) is never "INVITE": did you mean "invite"?`}},
		"of a transport": {`({ sender }) => sender.transport !== "tls"`,
			[]string{`1:38 req.sender.transport is never "tls": did you mean "TLS"?`}},
		"of a response type behind ?.": {`req => req.message?.responseType === "RINGNG"`,
			[]string{`1:38 req.message?.responseType is never "RINGNG": did you mean "RINGING"?`}},
		"of a response type": {`req => req.message.responseType === "RINGNG"`,
			[]string{`1:37 req.message.responseType is never "RINGNG": did you mean "RINGING"?`}},
		"of a message type": {`req => req.message.messageType === "REQUEST"`,
			[]string{`1:36 req.message.messageType is never "REQUEST": it is "requestUri" or "responseType"`}},
		"of a type of typeof": {`req => typeof req.ref === "String"`,
			[]string{`1:27 typeof is never "String": did you mean "string"?`}},

		"of upper case after toLowerCase": {`req => req.message.from.address.uri.user.toLowerCase() === "Alice"`,
			[]string{`1:60 a text in lower case is never "Alice": did you mean "alice"?`}},
		"of upper case within lower case": {`req => req.message.extensions.some(e => e.value.toLowerCase().includes("Zoiper"))`,
			[]string{`1:72 a text in lower case is never "Zoiper": did you mean "zoiper"?`}},
		"of lower case after toUpperCase and trim": {`req => req.ref.toUpperCase().trim().startsWith("a")`,
			[]string{`1:48 a text in upper case is never "a": did you mean "A"?`}},

		"of a number compared with a string": {`req => req.sender.port === "5060"`,
			[]string{`1:28 this is always false: req.sender.port is a number, never a string`}},
		"of a number that isn't a string": {`req => req.sender.port !== "5060"`,
			[]string{`1:28 this is always true: req.sender.port is a number, never a string`}},
		"of a header compared with what is in it": {`req => req.message.callId === "a@b"`,
			[]string{`1:31 this is always false: req.message.callId is an object, never a string: did you mean req.message.callId.callId?`}},
		"of a header compared by size": {`req => req.message.expires > 60`,
			[]string{`1:20 req.message.expires is an object, not a number: did you mean req.message.expires.expires?`}},
		"of a string compared with a boolean": {`req => req.method === true`,
			[]string{`1:23 this is always false: req.method is a string, never a boolean`}},
		"of a string compared with null": {`req => req.message.body === null`,
			[]string{`1:29 req.message.body is never null: it is "" when unset`}},
		"of a string loosely compared with null": {`req => req.message.body != null`,
			[]string{`1:28 req.message.body is never null: it is "" when unset`}},
		"of a header compared with undefined": {`req => req.message.contact === undefined`,
			[]string{`1:32 req.message.contact is never undefined: it is null when unset`}},
		"of a list compared with undefined": {`req => req.message.route === undefined`,
			[]string{`1:30 req.message.route is never undefined: it is [] when unset`}},
		"of an optional header's field compared with a string": {`req => req.message.expires?.expires === "60"`,
			[]string{`1:41 this is always false: req.message.expires?.expires is a number, never a string`}},

		"of a header that may be missing": {
			`req => req.message.contact.address.uri.user === "a"`, []string{"1:20" + contactNull},
		},
		"of it once": {
			`req => req.message.contact.expires > 1 || req.message.contact.qValue > 0`, []string{"1:20" + contactNull},
		},
		"of it through a constant": {
			`req => { const c = req.message.contact; return c.expires }`, []string{"1:48" + contactNull},
		},
		"of it in a pattern": {
			`({ message: { contact: { expires } } }) => expires`, []string{"1:15" + contactNull},
		},
		"of it where the other is tested": {
			`req => req.message.expires && req.message.contact.expires`, []string{"1:43" + contactNull},
		},
		"of it where it is known to be missing": {
			`req => req.message.contact || req.message.contact.expires`, []string{"1:43" + contactNull},
		},
		"of it tested too late": {
			`req => req.message.contact.expires && req.message.contact`, []string{"1:20" + contactNull},
		},
		"of a request's field on responses": {`req => req.message.requestUri.host`, []string{"1:20" + uriMissing}},
		"of it where the form is the wrong one": {
			`req => req.message.messageType === "responseType" && req.message.requestUri.host`,
			[]string{"1:66" + uriMissing},
		},
		"of it behind if, where that says no": {
			`req => { if (req.message.requestUri) return false; return req.message.requestUri.host }`,
			[]string{"1:71" + uriMissing},
		},
		"of an element that may be missing": {
			`req => req.message.route[0].address`, []string{
				"1:26 req.message.route[0] may be undefined: the list may be shorter; test it first, " +
					"or read from it with ?.",
			},
		},
		"of an element that may not be found": {
			`req => req.message.extensions.find(e => e.name === "Event").value`, []string{
				"1:31 req.message.extensions.find(…) may be undefined: no element may fit; test it first, " +
					"or read from it with ?.",
			},
		},
		"of metadata that may be missing": {
			`req => req.metadata.tenant.startsWith("a")`, []string{
				"1:21 req.metadata.tenant may be undefined: not every message has that key; test it first, " +
					"or read from it with ?.",
			},
		},
		"of a default that doesn't replace null": {
			`({ message: { contact = {} } }) => contact.expires`, []string{"1:36" + contactNull},
		},

		"of one that a function reads": {`req => { const f = m => m.contact.expires; return f(req.message) }`,
			[]string{"1:27" + contactNull}},
		"of one of several": {`req => [req.metadata.a, req.ref].filter(s => s.length > 1).length`,
			[]string{
				"1:46 s may be undefined: not every message has that key; test it first, or read from it with ?.",
			}},
		"of an unknown field, and not of what comes of it": {
			`req => req.message.form?.address.port + 1 === 5061 && req.message.via.map(v => v.hst)[0] === "a"`,
			[]string{`1:20 req.message has no "form": did you mean "from"?`,
				`1:82 req.message.via[i] has no "hst": did you mean "host"?`}},

		"of a write": {
			`req => { req.message.from.tag = "x"; return true }`,
			[]string{"1:27 this writes to req.message.from.tag" + written},
		},
		"of a write for ==": {
			`req => req.method = "INVITE"`, []string{"1:12 this writes to req.method" + written},
		},
		"of a count": {
			`req => req.sender.port++ > 1`, []string{"1:19 this writes to req.sender.port" + written},
		},
		"of a deletion": {
			`req => delete req.metadata.x`, []string{"1:28 this writes to req.metadata.x" + written},
		},
		"of a sorted list": {
			`req => req.message.via.sort()[0].host`, []string{"1:8 this writes to req.message.via" + written},
		},
		"of a write to an element": {
			`req => req.message.via.some(v => { v.port = 1 })`,
			[]string{"1:38 this writes to req.message.via[i].port" + written},
		},
		"of a write by a pattern": {
			`req => { [req.ref] = ["x"]; return true }`, []string{"1:15 this writes to req.ref" + written},
		},
		"of a write by assign": {
			`req => Object.assign(req.message, { body: "" })`, []string{"1:26 this writes to req.message" + written},
		},
		"of writes and no more": {
			`req => { req.message = {}; return req.message.nope }`,
			[]string{"1:14 this writes to req.message" + written},
		},
		"of everything in order": {`req => req.method === "x" || req.nope || req.a`,
			[]string{`1:23 req.method is never "x"`, `1:34 req has no "nope"`, `1:46 req has no "a"`}},
		"where the lines say where": {
			"req =>\n  req.ref ||\n  req.méthod", []string{`3:7 req has no "méthod": did you mean "method"?`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, found(t, tc.rule)); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.rule, diff)
			}
		})
	}
}
