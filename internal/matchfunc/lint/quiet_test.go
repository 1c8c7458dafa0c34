package lint

import "testing"

// TestCheckIsQuiet holds the rules that look odd to a lint and are right.
func TestCheckIsQuiet(t *testing.T) {
	for name, rule := range map[string]string{
		"parts that every message has":         `req => req.message.from.address.uri.user + req.message.callId.callId + req.message.via[0].host`,
		"what objects inherit":                 `req => req.hasOwnProperty("x") && req.message.toString() && req.message.via.constructor`,
		"methods of strings and lists":         `req => req.ref.trim().at(0).length + req.message.via.map(v => v.host.toUpperCase()).join().length`,
		"any key of a map":                     `req => req.metadata.tenant === "a" || req.message.from.parameters["x-y"] === undefined`,
		"a computed name":                      `req => req["me" + "thod"] === "x" && req.message[req.ref].x`,
		"optional chaining":                    `req => req.message.contact?.address.uri.user === "a" && req.message.route[0]?.address.uri.host`,
		"a test by &&":                         `req => req.message.contact && req.message.contact.address.uri.user`,
		"a test by !":                          `req => !req.message.contact || req.message.contact.expires > 0`,
		"a test by !!":                         `req => !!req.message.contact && req.message.contact.expires > 0`,
		"a test by Boolean":                    `req => Boolean(req.message.contact) && req.message.contact.expires > 0`,
		"a test against null":                  `req => req.message.contact !== null && req.message.contact.expires > 0`,
		"a test against null, loosely":         `req => req.message.requestUri != null && req.message.requestUri.host`,
		"a test against undefined":             `req => req.message.requestUri !== undefined && req.message.requestUri.host`,
		"a test by ?:":                         `req => req.message.contact === null ? false : req.message.contact.expires > 0`,
		"a test by if":                         `req => { if (req.message.contact) { return req.message.contact.expires } return false }`,
		"a test by if that returns":            `req => { if (!req.message.contact) return false; return req.message.contact.expires }`,
		"a test by if and else":                `req => { if (!req.message.contact) { return 0 } else return req.message.contact.expires }`,
		"a test by if with ||":                 `req => { if (!req.message.contact || !req.message.expires) throw 1; return req.message.contact.expires + req.message.expires.expires }`,
		"a test of something within":           `req => req.message.contact?.address?.uri && req.message.contact.expires`,
		"a test by comparing something within": `req => req.message.contact?.expires === 3 && req.message.contact.qValue`,
		"a test by ordering something within":  `req => req.message.contact?.expires > 3 && req.message.contact.qValue`,
		"a test of an optional chain":          `req => { const a = req.message.contact?.address; return a && a.uri.user && (req.message.expires?.expires) && (req.message.expires?.expires).toFixed(1) }`,
		"a test through a constant":            `req => { const c = req.message.contact; return c && c.expires && req.message.contact.qValue }`,
		"a test kept in a constant":            `req => { const has = req.message.contact !== null; return has && req.message.contact.qValue }`,
		"a test kept in a variable":            `req => { let has = false; if (req.message.contact) has = true; return has && req.message.contact.qValue }`,
		"a test by a function":                 `req => { const has = m => m.contact !== null; return has(req.message) && req.message.contact.qValue }`,
		"a test by a function that throws":     `req => { function must(x) { if (!x) throw 1 } must(req.message.contact); return req.message.contact.qValue }`,
		"a test of several":                    `req => [req.message.contact, req.message.expires].every(Boolean) && req.message.contact.qValue`,
		"a test by in":                         `req => "requestUri" in req.message && req.message.requestUri.host`,
		"a test by hasOwnProperty":             `req => req.message.hasOwnProperty("requestUri") && req.message.requestUri.host`,
		"a test by hasOwn":                     `req => Object.hasOwn(req.message, "requestUri") && req.message.requestUri.host`,
		"a test by typeof":                     `req => typeof req.message.requestUri === "object" && req.message.requestUri.host`,
		"a test by isFinite":                   `req => isFinite(req.message.expires?.expires) && req.message.expires.expires > 1`,
		"a test by a function of Number":       `req => Number.isInteger(req.message.expires?.expires) && req.message.expires.expires > 1`,
		"a test by a pattern":                  `req => /a/.test(req.message.contact?.address.uri.user) && req.message.contact.expires > 1`,
		"a test by arithmetic":                 `req => req.message.expires?.expires - 10 > 1 && +req.message.contact?.expires > 1 && req.message.expires.expires + req.message.contact.expires`,
		"a test by instanceof":                 `req => req.message.contact instanceof Object && req.message.contact.expires`,
		"a test of the message's type":         `req => req.message.messageType === "requestUri" && req.message.requestUri.host`,
		"a test of the other type":             `req => req.message.messageType !== "responseType" && req.message.requestUri.host`,
		"a test of the other field":            `req => !req.message.responseType && req.message.requestUri.host`,
		"a test of the other field's value":    `req => req.message.responseType === undefined ? req.message.requestUri.host : req.message.responseType.length`,
		"a switch on the message's type":       `req => { switch (req.message.messageType) { case "requestUri": return req.message.requestUri.host } }`,
		"a switch on what is there":            `req => { switch (true) { case req.message.contact !== null: return req.message.contact.expires } }`,
		"a list that was asked for its length": `req => req.message.route.length > 0 && req.message.route[0].address.uri.host`,
		"a list that was asked for an element": `req => req.message.extensions.some(e => e.name === "A") && req.message.extensions.find(e => e.name === "A").value`,
		"an element that was found before":     `req => req.message.extensions.find(e => e.name === "A") && req.message.extensions.find(e => e.name === "A").value`,
		"a map that was asked for a key":       `req => Object.keys(req.metadata).includes("t") && req.metadata.t.length`,
		"an index that was counted":            `req => { for (let i = 0; i < req.message.via.length; i++) if (req.message.via[i].host) return true }`,
		"a caught error":                       `req => { try { return req.message.contact.address.uri.user } catch { return false } }`,
		"a default for null":                   `req => (req.message.contact || {}).expires + (req.message.expires ?? { expires: 1 }).expires`,
		"a default for what isn't found":       `req => (req.message.extensions.find(e => e.name === "A") || { value: "" }).value.length`,

		"a function called behind a test": `req => {
			const f = m => m.contact.expires
			return req.message.contact && f(req.message)
		}`,
		"a function called with several kinds": `req => {
			const f = x => x.port === "1" || x.nope === "a"
			return f(req.sender) || f({ port: "1", nope: "a" })
		}`,
		"what stands behind a statement that the engine runs": `req => {
			let m = req.method
			for (const x of req.message.via) m = x.nope
			return m === "INVIT"
		}`,
		"what is compiled before the engine's block in front of it": `req => {
			let m = req.method
			if (req.ref) { m = "x" }
			return m === "INVIT"
		}`,
		"a match's captures":             `req => /(?<a>b)/.exec(req.ref)?.groups.a === "b"`,
		"a default where nothing is set": `({ message: { responseType = "none" } }) => responseType === "none"`,

		"a name that hides the message":       `req => [{ message: { form: 1 } }].some(req => req.message.form)`,
		"a variable that hides it":            `req => { { const req = { nope: 1 }; return req.nope } }`,
		"a variable that replaces it":         `req => { req = { nope: 1 }; return req.nope }`,
		"a var that replaces it":              `req => { if (1) { var req = { nope: 1 } } return req.nope }`,
		"a function that calls itself":        `(function f(req, n) { return n ? req.nope : f({ nope: 1 }, 1) })`,
		"a function's own arguments":          `req => { const f = m => m.nope; return f({ nope: 1 }) }`,
		"a variable of several types":         `req => { let x = 1; x = "a"; return x === "a" }`,
		"a list that gets other elements":     `req => { const a = [1]; a.push("x"); return a[1] === "x" }`,
		"a list of its own that is sorted":    `req => req.message.via.map(v => v.port).sort()[0] === 5060 && req.message.via.slice().sort()`,
		"an object of its own":                `req => { const h = {}; req.message.extensions.forEach(e => { h[e.name] = e.value }); return h.Event === "x" }`,
		"a write to something unknown":        `req => { const o = { m: req.message }; o.m.body = null; return req.message.body === null }`,
		"a write through a method":            `req => { Array.prototype.push.call(req.message.via, 1); return req.message.via.at(-1) === 1 }`,
		"values of either kind":               `req => (req.message.contact && req.message.contact.expires) === null || (req.ref || null) === null`,
		"undefined behind ?.":                 `req => req.message.contact?.expires === undefined && req.message.contact?.address === null`,
		"undefined where a list ends":         `req => req.message.via[9] === undefined && req.ref[3] === undefined && req.ref.at(9) === undefined`,
		"undefined where nothing is found":    `req => req.message.via.find(v => v.port === 1) === undefined`,
		"== between a number and a text":      `req => req.sender.port == "5060" && req.method != 3`,
		"an unknown method's number":          `req => req.method === 99`,
		"an enum's own words":                 `req => ["TCP", "TLS"].includes(req.sender.transport) && req.method === "UNKNOWN" && req.message.responseType !== "OK"`,
		"words that fit after toLowerCase":    `req => ["invite", "bye"].includes(req.method.toLowerCase()) && req.ref.toLowerCase() === "é1"`,
		"an element of either kind in a list": `req => ["a", undefined].includes(req.metadata.tenant)`,
		"numbers of several spellings":        `req => [+req.ref, Number(req.ref), req.ref * 1, ~~req.ref].includes(5)`,
		"no message at all":                   `() => true`,
		"a parameter list of another kind":    `(...args) => args[0].nope.x`,
		"a source that makes its function":    `((p) => (req) => req.nope === p)("x")`,
		"statements of all kinds":             `req => { a: do { if (req.ref) break a; else continue } while (false); ; class A { x = 1; m() {} } throw new A() }`,
		"loops over anything":                 `req => { for (const k in req.metadata) { if (k === "a") return req.metadata[k].length } for (const [k, v] of Object.entries(req.metadata)) { if (v.length) return k } while (req.ref) { return 1 } }`,
	} {
		t.Run(name, func(t *testing.T) {
			if got := found(t, rule); len(got) > 0 {
				t.Errorf("%s\ngot %q, want no warning", rule, got)
			}
		})
	}
}
