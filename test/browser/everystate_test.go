package browser

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestEveryState names the states that a screen can be in, and what goes through each of them. A state that nothing
// goes through is an error.
func TestEveryState(t *testing.T) {
	for state, proofs := range map[string][]func(*testing.T){
		"first load, error, busy": {TestEachPanelHasEachState, TestABusyDispatcherIsAskedAgainWhenItSays},
		"empty":                   {testEmpty},
		"empty by filter":         {testEmptyByFilter},
		"reconnecting":            {testReconnecting, TestAMessageAppearsAlsoAfterAKill, TestATornStreamLosesNothing},
		"401":                     {test401, TestWhoHasTheTokenComesIn, TestATokenThatExpiresIsAskedForAgain},
		"403":                     {TestWhereThereIsNoTokenStrangersAreToldHowToComeIn},
		"404 disabled":            {TestWhereTheAdminAPIIsSwitchedOffThePageSaysSo},
		"stopping":                {testStopping},
		"older browser":           {testOlderBrowser},
	} {
		if len(proofs) == 0 {
			t.Errorf("nothing goes through %s", state)
		}
	}
	t.Run("empty", testEmpty)
	t.Run("empty by filter", testEmptyByFilter)
	t.Run("reconnecting", testReconnecting)
	t.Run("401", test401)
	t.Run("stopping", testStopping)
	t.Run("older browser", testOlderBrowser)
}

// testEmpty looks at lists of a dispatcher that nothing came to: each says so, and what to do. Mutation it must
// catch: a line for grpcurl with another address than the one that takes messages.
func testEmpty(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/"), 1280, 900)
	p.shows("nothing has come in yet", "Nothing.")
	for screen, says := range map[string]string{
		"/decisions":              "Nothing has come in yet that is still kept",
		"/decisions?tab=messages": "Nothing has come in yet",
		"/watches":                "Nothing is watched for",
		"/routes":                 "No message of the last 15 minutes went without a rule",
		"/call/nobody":            "Nothing of this call is kept any more",
		"/call":                   "No Call-ID stands in the address",
	} {
		p.goTo(screen)
		p.shows(says)
	}
	p.goTo("/decisions")
	eval[bool](p, `(navigator.clipboard.writeText = async text => { globalThis.copied = text }, true)`)
	p.find("button", "Copy the grpcurl line").click()
	p.until("a command", func() bool { return eval[string](p, `globalThis.copied ?? ""`) != "" })
	line := regexp.MustCompile(`^grpcurl -plaintext -d '(.+)' (\S+) (\S+)$`).
		FindStringSubmatch(eval[string](p, `copied`))
	if line == nil || line[2] != d.addr || "/"+line[3] != door {
		t.Fatalf("it copies %q", eval[string](p, `copied`))
	}
	d.post(t, door, []byte(line[1]), nil)
	p.shows("OPTIONS")
	p.clean()
}

// testEmptyByFilter filters lists until nothing is left: each says so, and lets one go back.
func testEmptyByFilter(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	p := open(t, d.url("/"), 1280, 900)
	for _, one := range []struct{ screen, says, rows string }{
		{"/decisions?user=9999", "fits user:9999", "1002"},
		{"/decisions?tab=messages&user=9999", "fits user:9999", "1002"},
		{"/routes?q=nowhere", "No rule has nowhere in its ref", "emergency"},
	} {
		p.goTo(one.screen)
		p.shows(one.says)
		p.find("button", "Clear the filter").click()
		p.shows(one.rows)
	}
	p.goTo("/decisions?match=req%20%3D%3E%20false")
	p.shows("The rule matches none of them.")
	p.goTo("/backends")
	p.find("textbox", "Filter by ref").enter("nowhere")
	p.shows("No ref or address has nowhere in it.")
	p.find("button", "Clear the filter").click()
	p.shows("emergency")
	p.clean()
}

var (
	counting = regexp.MustCompile(`^No answer from the dispatcher for (\d+) s; trying again(?: in (\d+) s)?\.`)
	back     = regexp.MustCompile(`^back after (\d+) s$`)
)

// testReconnecting takes the dispatcher away from a page whose clock is wound: the banner counts, the tries come
// after half a second doubled up to ten, and what happened is said afterwards. Mutations it must catch: a
// wait that doesn't grow, or grows beyond ten seconds; a return that isn't told.
func testReconnecting(t *testing.T) {
	d := office(t)
	g := gated(t, d)
	p := stand(t, g.URL+"/#/")
	p.windUntil("the state", func() bool { return strings.Contains(p.text(), "● routing") })
	no := g.silence()
	p.windUntil("that nobody answers", func() bool { return counting.MatchString(p.banner()) })
	seen, lasted := map[string]bool{}, 0
	for range 90 {
		p.wind(500)
		said := counting.FindStringSubmatch(p.banner())
		if said == nil {
			continue // it counts once a second
		}
		seen[said[2]] = true
		_, _ = fmt.Sscan(said[1], &lasted)
	}
	for _, in := range []string{"1", "2", "4", "8", "10"} {
		if !seen[in] {
			t.Errorf("it was never tried again in %s s: %v", in, seen)
		}
		delete(seen, in)
	}
	for in := range seen {
		var n int
		if _, _ = fmt.Sscan(in, &n); n > 10 {
			t.Errorf("it was to be tried again in %d s", n)
		}
	}
	if lasted < 30 {
		t.Errorf("after 45 s nobody has answered for %d s", lasted)
	}
	no()
	p.windUntil("that it is back", func() bool { return back.MatchString(p.banner()) })
	p.shows("● routing")
	p.clean()
}

// banner is what the banner says.
func (p *page) banner() string {
	return eval[string](p, `document.querySelector(".banner")?.innerText.trim() ?? ""`)
}

// test401 has each screen be told that nobody knows it any more: the sign-in stands over the page, which stays as it
// was, and not one call goes out until there is a token.
func test401(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	g := gated(t, d)
	p := stand(t, g.URL+"/#/")
	for screen, shows := range map[string]string{
		"/": "EdgePorts", "/routes": "emergency", "/decisions": "1002", "/decisions?tab=messages": "INVITE",
		"/config": "epoch 1", "/backends": "emergency", "/watches": "Nothing is watched for",
	} {
		p.goTo(screen)
		p.windUntil(shows, func() bool { return strings.Contains(p.text(), shows) })
		no := g.refuse("", refusal{http.StatusUnauthorized, 0,
			`{"type":"unauthorized","title":"Unauthorized","status":401,"detail":"A token is needed."}`})
		p.windUntil("the sign-in", func() bool { return len(p.all("dialog", "Sign in")) == 1 })
		before := len(p.calls("/api/v1/"))
		p.wind(60_000)
		if n := len(p.calls("/api/v1/")) - before; n != 0 {
			t.Errorf("%s: %d calls went out after the first 401", screen, n)
		}
		if !strings.Contains(p.text(), shows) {
			t.Errorf("%s: the page isn't as it was:\n%s", screen, p.text())
		}
		no()
		p.find("textbox", "Token").enter("a-token")
		p.press("Enter")
		p.gone("dialog", "Sign in")
		p.windUntil("more calls", func() bool { return len(p.calls("/api/v1/")) > before+1 })
	}
	p.clean()
}

// testStopping ends the dispatcher in order while a page looks on.
func testStopping(t *testing.T) {
	d := office(t)
	d.stop(t)
	d.start(t, []string{"serve", "--config", d.file, "--lame-duck", "5m"}, nil)
	p := open(t, d.url("/"), 1280, 900)
	p.shows("● routing")
	d.terminate(t)
	p.shows("○ stopping", "The dispatcher is stopping; what is in flight is answered.")
	if !d.sendBytes(t, d.protobufNamed(t, "invite-sdp")) {
		t.Error("what came while it stops wasn't answered")
	}
	d.kill(t)
	p.shows("No answer from the dispatcher for")
	p.clean()
}

// testOlderBrowser opens the page in browsers that can't do it: without scripts, where a script can't be read, and
// where one ends in an error as it begins. One sentence says so.
func testOlderBrowser(t *testing.T) {
	d := serve(t, "")
	const sentence = "needs JavaScript and a browser of 2024 or later"
	t.Run("no scripts", func(t *testing.T) {
		p := open(t, "about:blank", 1280, 900)
		call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		p.run(chromedp.Navigate(d.url("/")))
		p.find("link", "the list of calls")
	})
	t.Run("it ends in an error", func(t *testing.T) {
		p := open(t, d.url("/"), 1280, 900, `delete Array.prototype.flatMap`)
		p.shows(sentence)
		p.find("link", "the list of calls")
	})
	t.Run("it can't be read", func(t *testing.T) {
		g := gated(t, d)
		g.garble("/app.js")
		p := open(t, g.URL+"/#/", 1280, 900)
		p.shows(sentence)
		p.find("link", "the list of calls")
	})
}
