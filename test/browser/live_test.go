package browser

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
)

// lowAddr is a free address whose port no outgoing connection takes: who is killed can come back to it.
func lowAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
		if err == nil {
			_ = l.Close() // nothing was accepted
			return addr
		}
	}
	t.Fatal("no port is free")
	return ""
}

// kill ends the process as a lack of memory does: it has no time to say so.
func (d *dispatcher) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-d.done
	_ = d.cmd.Wait() // it was killed
	d.cmd = nil
}

// appear sends messages one by one, each once the row before is there. The stream has brought it: a page that learns of
// it by asking again waits for its next question, which it may have put off for as long as it likes.
func (p *page) appear(d *dispatcher, message []byte, first, count int) {
	p.t.Helper()
	questions := func() int { return len(p.calls("/api/v1/decisions?")) + len(p.calls("/api/v1/calls")) }
	before := questions()
	for n := first; n < first+count; n++ {
		called := fmt.Sprintf("%04d", n)
		d.sendBytes(p.t, renamed(message, "1002", called))
		p.until("a row of "+called, func() bool { return calledIn(p.firstRow()) == called })
	}
	if n := questions() - before; n != 0 {
		p.t.Errorf("the page asked %d times for what the stream brings", n)
	}
}

// TestAMessageAppearsAlsoAfterAKill sends messages while the page looks on, kills the dispatcher, starts it again and
// goes on: the stream brings each message, and it is a row once; also those that came before the page was back. Where
// the dispatcher was away there is one row that says so, and nobody asks for what went with it. How soon a row is seen
// is measured by make budgets. Mutations it must catch: a list that asks again and again; a restart that is no row; a
// page that asks the new process for what the old one knew.
func TestAMessageAppearsAlsoAfterAKill(t *testing.T) {
	d := serve(t, strings.Replace(phones(serve(t, "").addr), "127.0.0.1:0", lowAddr(t), 1))
	invite := d.protobufNamed(t, "invite-sdp")
	const before, each = 210, 10 // more than come at once
	for n := range before {
		d.sendBytes(t, renamed(invite, "1002", fmt.Sprintf("%04d", n)))
	}
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	p.shows("▶ live")
	p.appear(d, invite, 1000, each)

	d.kill(t)
	p.shows("No answer from the dispatcher for", "trying again", "reconnecting")
	d.start(t, []string{"serve", "--config", d.file}, nil)
	for n := 2000; n < 2003; n++ {
		d.sendBytes(t, renamed(invite, "1002", itoa(n)))
	}
	p.shows("restarted at", "▶ live")
	p.appear(d, invite, 3000, each)

	rows := readAll(p)
	for n := 1000; n < 3000+each; n++ {
		sent := n < 1000+each || n >= 2000 && n < 2003 || n >= 3000
		if got := rows[itoa(n)]; sent && got != 1 || !sent && got != 0 {
			t.Errorf("message %d is there %d times", n, got)
		}
	}
	for n := range before {
		if got := rows[fmt.Sprintf("%04d", n)]; got > 1 {
			t.Errorf("message %d is there %d times", n, got)
		}
	}
	p.press("Home")
	eval[any](p, `document.querySelector(".rows").scrollTop = 0`)
	p.until("where the dispatcher was away", func() bool {
		shown := p.rowTexts()
		return len(shown) > each+3 && strings.Contains(shown[each+3], "was started again")
	})
	if rows["gap"] != 1 {
		t.Errorf("%d rows say that the dispatcher was away", rows["gap"])
	}
	if n := len(p.calls("before=")); n != 0 {
		t.Errorf("%d calls asked for what went with the process that was killed", n)
	}
	if n := len(p.all("alert", "")); n != 0 {
		t.Errorf("the page complains:\n%s", p.text())
	}
	p.clean()
}
