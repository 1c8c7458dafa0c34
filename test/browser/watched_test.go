package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// flood has the dispatcher take messages as fast as it can, each with a Call-ID of its own.
func (d *dispatcher) flood(t *testing.T, message []byte, messages int) {
	t.Helper()
	const senders = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for first := range senders {
		all.Go(func() {
			for n := first; n < messages; n += senders {
				if err := d.postOn(t, client, renamed(message, theCall, fmt.Sprintf("other-%06d-", n))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// postOn sends one message as a Connect client does, and reads the answer, so that the connection is used again.
func (d *dispatcher) postOn(t *testing.T, client *http.Client, message []byte) error {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+d.addr+door, bytes.NewReader(message))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/proto")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// TestAWatchKeepsACallWhateverTheLoad sets a watch on a number from the search that found nothing, has them dial while
// 50,000 other messages pass, and finds the call whole: the dispatcher keeps 10,000 decisions, and the call isn't among
// them any more. Mutations it must catch: a watch that reads what is kept instead of what comes; a caught call that is
// shown from what is kept.
func TestAWatchKeepsACallWhateverTheLoad(t *testing.T) {
	d := serve(t, "")
	p := open(t, d.url("/decisions?user=1002"), 1280, 900)
	p.find("button", "Watch 1002").click()
	p.find("dialog", "Watch for messages")
	p.find("button", "Watch").focus()
	p.press("Enter")
	p.shows("Nothing was caught yet")

	other := renamed(d.protobufNamed(t, "invite-sdp"), "1002", "7777")
	d.flood(t, other, 5_000)
	d.send(t, theCall)
	d.flood(t, other, 45_000)
	p.shows("Caught 1 call.", "13 messages")
	p.until("its messages", func() bool {
		return eval[int](p, `document.querySelectorAll(".ladder [role=row]:not(.head):not(.gap)").length`) == 13
	})
	var all struct{ Watches []struct{ ID string } }
	d.get(t, "/api/v1/watches", "", &all)
	var caught struct {
		Decisions []struct{ Message json.RawMessage }
	}
	d.get(t, "/api/v1/watches/"+all.Watches[0].ID, "", &caught)
	for i, c := range caught.Decisions {
		if len(c.Message) == 0 {
			t.Errorf("message %d of the call isn't kept", i)
		}
	}

	// It isn't among the decisions any more, by a part of its Call-ID or by its user.
	for _, fragment := range []string{"/decisions?q=a84b4c", "/decisions?user=1002"} {
		p.goTo(fragment)
		p.shows("Nothing of 10\u202f000 decisions fits")
	}
	p.clean()
}

// TestACallIsFoundByAPartOfItsCallIDAndByItsUser types into the search what people know of a call that failed.
// Mutations it must catch: a part is looked for at the beginning only; calls that failed stand where the newest does.
func TestACallIsFoundByAPartOfItsCallIDAndByItsUser(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	d.flood(t, d.protobufNamed(t, "invite-sdp"), 500) // newer ones of 1002, which went well
	p := open(t, d.url("/"), 1280, 900)
	for _, part := range []string{"4c76e66710", "1002"} {
		p.find("combobox", "Search").enter(part)
		p.press("Enter")
		p.until("the call by "+part, func() bool {
			return strings.Contains(p.firstRow(), "no answer")
		})
	}
	p.clean()
}
