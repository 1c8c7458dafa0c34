package relay

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// TestTheLogSaysWhoBrokeHTTP2 has callers do what ends their connections, and looks for their addresses in the log of
// everything. How they leave is no news.
func TestTheLogSaysWhoBrokeHTTP2(t *testing.T) {
	n := startNetwork(t)
	acts := map[string]func(w *wire){
		"DATA of stream 0": func(w *wire) { w.wrote(w.framer.WriteData(0, false, []byte("x"))) },
		"no HPACK": func(w *wire) {
			w.wrote(w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, EndHeaders: true,
				BlockFragment: []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}))
		},
		"PRIORITY of stream 0": func(w *wire) { w.wrote(w.framer.WriteRawFrame(http2.FramePriority, 0, 0, nil)) },
		"it leaves":            func(w *wire) { w.Close() },
	}
	for _, relay := range []string{config.RelayOff, config.RelayAuto} {
		s := observe(t, relay, n.spec(t))
		for name, act := range acts {
			w := dial(t, s.addr)
			w.make(t, process(name, invite(name)))
			act(w)
			for w.read() { // until the other side has seen it
				continue
			}
			from := fmt.Sprintf("from %s", w.LocalAddr())
			told := func() bool {
				return slices.ContainsFunc(s.lines(t), func(line string) bool { return strings.Contains(line, from) })
			}
			if name != "it leaves" {
				eventually(t, fmt.Sprintf("relay %s: the log tells of %s", relay, name), told)
			} else if told() {
				t.Errorf("relay %s: the log tells of a caller who left: %q", relay, s.lines(t))
			}
			w.Close()
		}
		s.stop()
		s.spans(t)
	}
}
