package browser

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// screens are the places of the rail.
var screens = []string{"/", "/play", "/routes", "/decisions", "/config", "/backends", "/watches"}

// forbidden are attempts to do what the policy forbids, each with the directive that forbids it. ELSEWHERE is a server
// that would be asked.
var forbidden = []struct{ directive, attempt string }{
	{"connect-src", `fetch("ELSEWHERE/fetch").catch(() => 0)`},
	{"connect-src", `new EventSource("ELSEWHERE/events")`},
	{"img-src", `new Image().src = "ELSEWHERE/picture"`},
	{"script-src-elem", `make("script", e => e.async = true, "src", "ELSEWHERE/script")`},
	{"style-src-elem", `make("link", e => e.rel = "stylesheet", "href", "ELSEWHERE/style")`},
	{"style-src-elem", `make("style", e => e.textContent = "body { color: red }")`},
	{"style-src-attr", `document.body.setAttribute("style", "color: red")`},
	{"frame-src", `make("iframe", e => e.src = "ELSEWHERE/frame")`},
	{"media-src", `make("video", e => e.src = "ELSEWHERE/film")`},
	{"font-src", `new FontFace("f", "url(ELSEWHERE/font)").load().catch(() => 0)`},
	{"base-uri", `make("base", e => e.href = "ELSEWHERE/")`},
	{"form-action", `make("form", e => { e.action = "ELSEWHERE/form"; document.body.append(e); e.submit() })`},
}

// sinks take text for markup or script; with trusted types in force each throws.
const sinks = `[
	() => document.body.innerHTML += "x",
	() => document.body.outerHTML = "x",
	() => document.body.insertAdjacentHTML("beforeend", "x"),
	() => document.write("x"),
	() => new DOMParser().parseFromString("<p>x", "text/html"),
	() => document.createRange().createContextualFragment("x"),
	() => document.createElement("iframe").srcdoc = "x",
	() => document.createElement("script").text = "1",
	() => document.createElement("script").src = "/assets/x.js",
	() => document.querySelector(".host").shadowRoot.innerHTML = "x",
	() => new Worker("/assets/x.js"),
	() => setTimeout("1"),
	() => document.createElement("a").setAttribute("onclick", "1"),
].filter(f => { try { f(); return true } catch { return false } }).map(String)`

// TestThePolicyIsInForce tries on a screen what text of a message would have to do to harm: none of it is done, nobody
// else is asked, and each attempt is told of as a violation. That no screen and no dialog violates the policy by itself
// is what page.clean reports of every test, of those that go through all of them, too: with Tab, with axe, with Esc.
// Mutation it must catch: a policy without one of its directives.
func TestThePolicyIsInForce(t *testing.T) {
	var asked atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(elsewhere.Close)
	d := serve(t, "")
	p := open(t, d.url("/play"), 1280, 900)
	p.shows("MATCH")
	p.settled()
	p.clean()
	for _, sink := range eval[[]string](p, sinks) {
		t.Errorf("text becomes markup or script: trusted types aren't in force for %s", sink)
	}
	made := eval[string](p, `(setTimeout(() => { try { eval("window.harmed = 1") } catch { window.held = 1 } }, 0), "")`)
	p.until("eval to be refused"+made, func() bool { return eval[bool](p, `"held" in window || "harmed" in window`) })
	if eval[bool](p, `"harmed" in window`) {
		t.Error("text becomes script by eval")
	}
	p.trouble = nil
	for _, one := range forbidden {
		attempt := strings.ReplaceAll(one.attempt, "ELSEWHERE", elsewhere.URL)
		eval[any](p, `(() => { const make = (name, by, attribute, value) => {
			const e = document.createElement(name); by(e)
			if (attribute) try { e.setAttribute(attribute, value) } catch { console.error("CSP", "`+one.directive+`") }
			document.body.append(e) }
			try { `+attempt+` } catch (e) { console.error(e) } })(), 0`)
		p.until("the violation of "+one.directive+" by "+one.attempt, func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return slices.ContainsFunc(p.trouble, func(s string) bool { return strings.Contains(s, one.directive) })
		})
		p.mu.Lock()
		p.trouble = nil
		p.mu.Unlock()
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}
