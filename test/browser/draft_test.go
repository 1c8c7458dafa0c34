package browser

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAWatchCatches has nothing of a number yet, watches for it, and lets it dial.
func TestAWatchCatches(t *testing.T) {
	d := office(t)
	d.send(t, "")
	p := open(t, d.url("/decisions?user=4711"), 1280, 900)
	p.shows("Nothing of", "fits user:4711")
	p.find("button", "Watch 4711").click()
	p.find("dialog", "Watch for messages")
	p.find("button", "Watch").click()
	p.shows("Nothing was caught yet")
	invite := d.protobufNamed(t, "invite-sdp")
	for range 20 {
		d.sendBytes(t, invite)
	}
	p.goTo("/routes")
	d.sendBytes(t, renamed(renamed(invite, "1002", "4711"), theCall, "dialled-again"))
	p.find("link", "1 ● new")
	const heights = `[...document.querySelectorAll(".rail a")].map(e => e.getBoundingClientRect().height)`
	if is := slices.Compact(eval[[]float64](p, heights)); len(is) != 1 {
		t.Errorf("a line of the rail is higher than the others: %v", is)
	}
	p.goTo("/watches")
	p.find("link", "user 4711").click()
	p.shows("Caught 1 call.", "4711@sip.example.com")
	p.find("grid", "Messages of the call")
	p.find("button", "End it").click()
	p.shows("Nothing is watched for")
	p.clean()
}

// TestAnotherFileIsNotRead asks for the draft to be read while the file is another one.
func TestAnotherFileIsNotRead(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/config"), 1280, 900)
	p.editConfig(`["911", "112"]`, `["911", "112", "999"]`)
	p.find("button", "Draft 1")
	p.shows("It can be used")
	p.find("button", "Read the file again").click()
	p.find("radio", "the draft")
	p.find("button", "Read it").click()
	p.shows("Nothing was changed, and the draft is as it was.")
	p.press("Escape")
	p.find("button", "Draft 1")
	p.shows("epoch 1")
	p.clean()
}

// TestAFileThatSomebodyElseChangedIsNotRead has somebody else write another file that can't be used, so that what runs
// stays, and asks for the draft to be read: it is refused, says so, and the draft is what it was, in the tab and after
// the page was loaded again.
//
// Mutations that this catches: a reload without If-Match; a draft that goes when a reload fails.
func TestAFileThatSomebodyElseChangedIsNotRead(t *testing.T) {
	d := office(t)
	p := open(t, d.url("/config"), 1280, 900)
	p.editConfig(`["911", "112"]`, `["911", "112", "999"]`)
	p.find("button", "Draft 1")
	p.shows("It can be used")
	mine := p.draft()
	d.write(t, strings.Replace(phones(addrOf(t, d)), "methods: [INVITE]", "methods: [INVIT]", 1))
	p.shows("The file that is there now can't be used")
	p.find("button", "Read the file again").click()
	p.find("radio", "the draft")
	p.find("button", "Read it").click()
	p.shows("The file was changed meanwhile", "Nothing was changed, and the draft is as it was.")
	if sent := p.calls("/api/v1/reload"); len(sent) != 1 || sent[0].Headers["If-Match"] == nil {
		t.Errorf("%d reloads were asked for, not one with If-Match", len(sent))
	}
	p.press("Escape")
	if now := p.draft(); now != mine || !strings.Contains(now, `"999"`) {
		t.Errorf("the draft is another one now:\n%s", now)
	}
	p.run(chromedp.Reload())
	p.find("button", "Draft 1")
	p.shows("epoch 1", "The file that is there now can't be used")
	if now := p.draft(); now != mine {
		t.Errorf("the draft of the page that was loaded again is another one:\n%s", now)
	}
	p.clean()
}

// TestADraftThatIsLiveIsComparedWithWhatWasBefore sends messages of which some fail, has the file become the draft, and
// sends the same again: the page says how many failed before and since. The seconds are those of the dispatcher's
// series, which has a second once it is over; the one in which the draft went live belongs to neither side.
//
// Mutations that this catches: sides that are swapped; the time at which the page saw it, not that at which it was
// loaded.
func TestADraftThatIsLiveIsComparedWithWhatWasBefore(t *testing.T) {
	d := office(t)
	const was, is = "[REGISTER, INVITE, ACK, BYE, CANCEL]", "[REGISTER, INVITE, ACK, BYE, CANCEL, OPTIONS]"
	traffic := func() {
		for range 4 {
			d.sendBytes(t, d.protobufNamed(t, "options-ping"))
		}
		for range 2 {
			d.sendBytes(t, d.protobufNamed(t, "invite-sdp"))
		}
	}
	counted := func(want int) func() bool {
		return func() bool {
			var stats struct{ Series struct{ Messages []int } }
			d.get(t, "/api/v1/stats?window=15m", "", &stats)
			sum := 0
			for _, n := range stats.Series.Messages {
				sum += n
			}
			return sum == want
		}
	}
	p := open(t, d.url("/config"), 1280, 900)
	p.editConfig(was, is)
	p.shows("It can be used")
	traffic()
	p.until("that the seconds before are over", counted(6))

	d.write(t, p.draft())
	p.shows("Your draft is live")
	var runs struct{ LoadedAt time.Time }
	d.get(t, "/api/v1/config?limit=1", "", &runs)
	p.until("another second", func() bool { return time.Since(runs.LoadedAt) > 1100*time.Millisecond })
	traffic()
	p.until("that the seconds since are over", counted(12))
	said := regexp.MustCompile(`In the [^;]+ before it 4 of 6 messages failed \(67.%\); ` +
		`in the [^;]+ since 0 of 6 messages failed`)
	p.until("the comparison", func() bool { return said.MatchString(p.text()) })
	p.clean()
}
