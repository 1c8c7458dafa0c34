package browser

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const guarded = `kind: MessageDispatcher
apiVersion: v2beta1
ref: office
spec:
  bindAddr: 0.0.0.0:0
  processors:
    - {ref: connect, addr: "127.0.0.1:1", methods: [INVITE, MESSAGE], matchFunc: "req => true"}
`

// elsewhere is an address of this machine that isn't loopback's: a browser there is a stranger.
func elsewhere(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	t.Fatal("this machine has no address but loopback's")
	return ""
}

// stranger opens a place of the console as a browser on another machine does.
func stranger(t *testing.T, d *dispatcher, fragment string) *page {
	t.Helper()
	return open(t, "http://"+net.JoinHostPort(elsewhere(t), portOf(d.addr))+"/#"+fragment, 1280, 900)
}

// standingStranger is a stranger whose page's clock stands.
func standingStranger(t *testing.T, d *dispatcher, fragment string) *page {
	t.Helper()
	return open(t, "http://"+net.JoinHostPort(elsewhere(t), portOf(d.addr))+"/#"+fragment, 1280, 900, standing)
}

// silent reports calls that the page makes in longer than it ever waits for the next one, and looks at it before.
func (p *page) silent(why string) {
	p.t.Helper()
	before := len(p.calls("/api/v1/"))
	p.accessible("sign-in")
	p.wind(60_000)
	if n := len(p.calls("/api/v1/")) - before; n != 0 {
		p.t.Errorf("%d calls went out %s", n, why)
	}
}

// TestThePageWaitsBehindTheSignIn comes without a token: the sign-in says so, and not each panel behind it once more.
func TestThePageWaitsBehindTheSignIn(t *testing.T) {
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN=correct-horse-battery-staple")
	p := stranger(t, d, "/")
	p.find("dialog", "Sign in")
	p.settled()
	if text := p.text(); !strings.Contains(text, "What fails") || strings.Contains(text, "unauthorized") {
		t.Errorf("the Overview complains, too:\n%s", text)
	}
}

// TestWhoHasTheTokenComesIn comes from another address: without a token, with a wrong one, with wrong ones too fast,
// and with the right one. Mutations it must catch: a sign-in that lets the other calls out before it knows; a token
// that is kept in the tab although nobody asked for that.
func TestWhoHasTheTokenComesIn(t *testing.T) {
	const token = "correct-horse-battery-staple"
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN="+token)
	p := standingStranger(t, d, "/decisions?tab=messages")
	p.find("dialog", "Sign in")
	p.silent("after the first 401")

	before := len(p.calls("/api/v1/"))
	p.find("textbox", "Token").enter("wrong")
	p.press("Enter")
	p.shows("This isn't the token")
	p.silent("after a wrong token")
	if n := len(p.calls("/api/v1/")) - before; n != 1 {
		t.Errorf("a wrong token was tried with %d calls", n)
	}

	before = len(p.calls("/api/v1/"))
	tries := p.tooMany(d)
	p.silent("after too many wrong tokens")
	if n := len(p.calls("/api/v1/")) - before; n != tries {
		t.Errorf("%d wrong tokens were tried with %d calls", tries, n)
	}

	p.press("Escape")
	p.press("Escape")
	p.find("textbox", "Token").enter(token)
	p.find("button", "Sign in").click()
	p.gone("dialog", "Sign in")
	p.windUntil("what it is like", func() bool { // its processor refuses connections
		return strings.Contains(p.text(), "not ready") && strings.Contains(p.text(), "▶ live")
	})

	for _, r := range p.calls("") {
		if strings.Contains(r.URL, token) {
			t.Errorf("the token is in an address: %s", r.URL)
		}
	}
	kept := eval[string](p, `JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])`)
	if strings.Contains(kept, token) {
		t.Errorf("the token is kept although nobody asked for that: %s", kept)
	}
	if hash := eval[string](p, `location.hash`); hash != "#/decisions?tab=messages" {
		t.Errorf("the page isn't the one that was asked for: %s", hash)
	}
}

// tooMany guesses the token from elsewhere at the same address all the while, and signs in with a wrong one until the
// page is told to wait. It returns how often.
func (p *page) tooMany(d *dispatcher) (tries int) {
	p.t.Helper()
	ctx, stop := context.WithCancel(p.t.Context())
	var guesser sync.WaitGroup
	guesser.Go(func() {
		for ctx.Err() == nil {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet,
				"http://"+net.JoinHostPort(elsewhere(p.t), portOf(d.addr))+"/api/v1/session", nil)
			if err != nil {
				p.t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer guess")
			if resp, err := http.DefaultClient.Do(r); err == nil { // it ends with the context
				_ = resp.Body.Close()
			}
			time.Sleep(5 * time.Millisecond)
		}
	})
	defer guesser.Wait()
	defer stop()
	for range 20 {
		tries++
		before := len(p.calls("/session"))
		p.find("textbox", "Token").enter("wrong")
		p.press("Enter")
		p.until("that it is tried", func() bool { return len(p.calls("/session")) > before })
		p.until("an answer", func() bool { return len(p.all("alert", "")) > 0 })
		if strings.Contains(p.text(), "Wait before the next request") {
			p.shows(" Wait ")
			return tries
		}
	}
	p.t.Fatalf("nobody was asked to wait:\n%s", p.text())
	return tries
}

func TestATokenIsKeptForTheTabWhereThatIsChosen(t *testing.T) {
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN=secret-token")
	p := stranger(t, d, "/")
	p.find("dialog", "Sign in")
	p.find("checkbox", "Keep for this tab").click()
	p.find("textbox", "Token").enter("secret-token")
	p.press("Enter")
	p.gone("dialog", "Sign in")
	p.run(chromedp.Reload())
	p.shows("not ready") // its processor refuses connections
	if len(p.all("dialog", "Sign in")) > 0 {
		t.Error("it asks again")
	}
	p.find("button", "Settings").click()
	p.find("button", "Sign out").click()
	p.find("dialog", "Sign in")
	if kept := eval[string](p, `JSON.stringify({...sessionStorage})`); strings.Contains(kept, "secret-token") {
		t.Errorf("the token is still there after signing out: %s", kept)
	}
}

// TestWhereThereIsNoTokenStrangersAreToldHowToComeIn is the 403. Mutations it must catch: a refused page that shows
// its screens; a tunnel to the wrong port.
func TestWhereThereIsNoTokenStrangersAreToldHowToComeIn(t *testing.T) {
	d := serve(t, guarded)
	p := stranger(t, d, "/decisions?tab=messages")
	p.shows("doesn't let this browser in", "DISPATCHER_ADMIN_TOKEN",
		"ssh -L 51901:127.0.0.1:"+portOf(d.addr)+" "+elsewhere(t))
	p.find("button", "Copy")
	p.accessible("refused")
	if n := len(p.all("navigation", "")); n != 0 {
		t.Error("screens are shown to who isn't let in")
	}
	for _, r := range p.calls("/api/v1/") {
		if _, has := r.Headers["Authorization"]; has {
			t.Errorf("%s has a token that nobody entered", r.URL)
		}
	}
}

// TestATokenThatExpiresIsAskedForAgain changes the token while decisions stream: what was seen stays behind the
// sign-in, nothing is asked until there is another token, and what came meanwhile is there then, once. Mutations it
// must catch: calls that go on after the first 401; a sign-in that forgets what was seen.
func TestATokenThatExpiresIsAskedForAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	writeToken := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeToken("first-token")
	d := serve(t, guarded+"  admin: {tokenFile: "+file+"}\n")
	p := standingStranger(t, d, "/decisions?tab=messages")
	p.find("textbox", "Token").enter("first-token")
	p.press("Enter")
	p.gone("dialog", "Sign in")
	p.windUntil("the stream", func() bool { return strings.Contains(p.text(), "▶ live") })
	invite := d.samplesOf(t, "first-token", "invite-sdp")
	d.sendBytes(t, invite)
	p.until("a row", func() bool { return len(p.rowTexts()) == 1 })

	writeToken("second-token")
	d.reload(t, "first-token")
	p.windUntil("the sign-in", func() bool { return len(p.all("dialog", "Sign in")) == 1 })
	p.silent("after the token expired")
	d.sendBytes(t, renamed(invite, theCall, "meanwhile"))
	if n := len(p.rowTexts()); n < 1 {
		t.Error("what was seen is gone")
	}
	p.find("textbox", "Token").enter("second-token")
	p.press("Enter")
	p.gone("dialog", "Sign in")
	p.windUntil("what came meanwhile", func() bool { return len(p.rowTexts()) == 2 })
	d.sendBytes(t, renamed(invite, theCall, "afterwards"))
	p.until("what came afterwards", func() bool { return len(p.rowTexts()) == 3 })
}

// samplesOf is the wire form of a sample of a dispatcher that asks for a token.
func (d *dispatcher) samplesOf(t *testing.T, token, name string) []byte {
	t.Helper()
	for _, s := range d.samples(t, token) {
		if s.Name == name {
			return s.Protobuf
		}
	}
	t.Fatalf("no sample is named %s", name)
	return nil
}

// reload has the dispatcher read its files again.
func (d *dispatcher) reload(t *testing.T, token string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.addr+"/api/v1/reload", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if code := d.do(t, r, nil); code != http.StatusOK {
		t.Fatalf("the reload was answered with %d", code)
	}
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func TestWhereTheAdminAPIIsSwitchedOffThePageSaysSo(t *testing.T) {
	d := serve(t, strings.Replace(guarded, "  bindAddr: 0.0.0.0:0\n",
		"  bindAddr: 0.0.0.0:0\n  admin:\n    enabled: false\n", 1))
	p := stranger(t, d, "/decisions")
	p.shows("The admin API is switched off", "spec.admin.enabled")
	if n := len(p.calls("/api/v1/")); n > 2 {
		t.Errorf("%d calls went out to an API that is switched off", n)
	}
}
