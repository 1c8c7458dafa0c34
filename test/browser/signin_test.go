package browser

import (
	"net"
	"strings"
	"testing"

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

func TestWhoHasTheTokenComesIn(t *testing.T) {
	const token = "correct-horse-battery-staple"
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN="+token)
	p := open(t, "http://"+net.JoinHostPort(elsewhere(t), portOf(d.addr))+"/#/decisions", 1280, 900)
	p.find("dialog", "Sign in")

	// The first 401 ends all calls.
	before := len(p.calls("/api/v1/"))
	for range 3 {
		p.accessible("sign-in")
	}
	if n := len(p.calls("/api/v1/")); n != before {
		t.Errorf("%d calls went out after the first 401", n-before)
	}

	p.find("textbox", "Token").enter("wrong")
	p.press("Enter")
	p.shows("This isn't the token")
	p.find("textbox", "Token").enter(token)
	p.find("button", "Sign in").click()
	p.gone("dialog", "Sign in")
	p.shows("not ready") // its processor refuses connections

	for _, r := range p.calls("") {
		if strings.Contains(r.URL, token) {
			t.Errorf("the token is in an address: %s", r.URL)
		}
	}
	kept := eval[string](p, `JSON.stringify([{...localStorage}, {...sessionStorage}])`)
	if strings.Contains(kept, token) {
		t.Errorf("the token is kept although nobody asked for that: %s", kept)
	}
	if hash := eval[string](p, `location.hash`); hash != "#/decisions" {
		t.Errorf("the page isn't the one that was asked for: %s", hash)
	}
}

func TestATokenIsKeptForTheTabWhereThatIsChosen(t *testing.T) {
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN=secret-token")
	p := open(t, "http://127.0.0.1:"+portOf(d.addr)+"/#/", 1280, 900)
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

func TestWhereThereIsNoTokenStrangersAreToldHowToComeIn(t *testing.T) {
	d := serve(t, guarded)
	p := open(t, "http://"+net.JoinHostPort(elsewhere(t), portOf(d.addr))+"/", 1280, 900)
	p.shows("doesn't let this browser in", "DISPATCHER_ADMIN_TOKEN", "ssh -L")
	p.accessible("refused")
}

func TestATokenThatExpiresIsAskedForAgain(t *testing.T) {
	d := serve(t, guarded, "DISPATCHER_ADMIN_TOKEN=first-token")
	p := open(t, "http://127.0.0.1:"+portOf(d.addr)+"/#/decisions", 1280, 900)
	p.find("textbox", "Token").enter("first-token")
	p.press("Enter")
	p.gone("dialog", "Sign in")
	addr := d.addr
	d.stop(t)
	d.write(t, strings.Replace(guarded, "0.0.0.0:0", addr, 1))
	d.start(t, []string{"serve", "--config", d.file}, []string{"DISPATCHER_ADMIN_TOKEN=second-token"})
	p.find("textbox", "Token").enter("second-token")
	p.press("Enter")
	p.gone("dialog", "Sign in")
	p.shows("restarted at")
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

func TestWhereTheAdminAPIIsSwitchedOffThePageSaysSo(t *testing.T) {
	d := serve(t, strings.Replace(guarded, "  bindAddr: 0.0.0.0:0\n",
		"  bindAddr: 127.0.0.1:0\n  admin:\n    enabled: false\n", 1))
	p := open(t, d.url("/decisions"), 1280, 900)
	p.shows("The admin API is switched off", "spec.admin.enabled")
	if n := len(p.calls("/api/v1/")); n > 2 {
		t.Errorf("%d calls went out to an API that is switched off", n)
	}
}
