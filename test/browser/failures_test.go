package browser

import (
	"strings"
	"testing"
)

// TestAFailuresCodeLeadsToItsMessages has a processor that is gone: the code that its calls fail with leads to the
// messages with that code, and to no others. Mutation it must catch: a code that leads to all that failed.
func TestAFailuresCodeLeadsToItsMessages(t *testing.T) {
	processor := serve(t, "")
	d := serve(t, phones(processor.addr))
	processor.stop(t)
	d.send(t, theCall)
	p := open(t, d.url("/backends/connect"), 1280, 900)
	p.find("link", "UNAVAILABLE").click()
	p.until("the messages with that code", func() bool {
		rows := p.rowTexts()
		for _, row := range rows {
			if !strings.Contains(row, "UNAVAILABLE") {
				return false
			}
		}
		return len(rows) > 0
	})
	p.until("its filter", func() bool {
		return eval[string](p, `location.hash`) == "#/decisions?processor=connect&code=UNAVAILABLE&tab=messages"
	})
	p.clean()
}
