package siptext

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// measured is a text that was sent to an EdgePort, and what came of it.
type measured struct {
	ID, Transport, SIP, Outcome, Detail string
	SIPBase64                           []byte
	Source                              struct {
		Host string
		Port int32
	}
	Request, Message, MessageFromTextOnly []byte
}

func (c measured) text() string {
	if c.SIPBase64 != nil {
		return string(c.SIPBase64)
	}
	return c.SIP
}

// corpus reads the texts that were measured, 733 of them.
func corpus(t testing.TB) []measured { return readLines[measured](t, "testdata/edgeport.jsonl.gz") }

// readLines reads a compressed file of JSON values, one a line.
func readLines[T any](t testing.TB, name string) (all []T) {
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() // only read
	unzip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzip)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// november is when it was measured: the EdgePort's clock shows in a Date without a month.
func november() time.Time { return time.Date(2025, time.November, 20, 12, 0, 0, 0, time.UTC) }

// edgePort is the configuration of the EdgePort that was measured.
var edgePort = Options{
	EdgePortRef: "edgeport-01",
	ListeningPoints: []*routrpb.NetInterface{
		{Host: "192.0.2.1", Port: 5060, Transport: routrpb.Transport_UDP},
		{Host: "192.0.2.1", Port: 5060, Transport: routrpb.Transport_TCP},
		{Host: "192.0.2.1", Port: 5062, Transport: routrpb.Transport_WS},
	},
	ExternalAddrs: []string{"198.51.100.1"},
	Localnets:     []string{"127.0.0.1/8", "192.0.2.0/24"},
	Now:           november,
}

// TestMessagesAreThoseOfAnEdgePort reads every text that was sent to a real EdgePort, and compares every field of what
// came out, with and without the address that it was sent from.
func TestMessagesAreThoseOfAnEdgePort(t *testing.T) {
	outcomes := map[string]Outcome{"converted": Converted, "threw": Lost, "refused": Refused, "dropped": Dropped}
	all := corpus(t)
	if len(all) != 733 {
		t.Fatalf("%d texts", len(all))
	}
	for _, c := range all {
		t.Run(c.ID, func(t *testing.T) {
			opts := edgePort
			opts.Transport, opts.SourceHost, opts.SourcePort = c.Transport, c.Source.Host, c.Source.Port
			got, err := Read(c.text(), opts)
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != outcomes[c.Outcome] {
				t.Fatalf("outcome %s (%s), want %s: %s\n%s", got.Outcome, got.Reason, outcomes[c.Outcome], c.Detail,
					c.text())
			}
			compare(t, c.text(), &routrpb.MessageRequest{}, c.Request, got.Request)
			compare(t, c.text(), &routrpb.SIPMessage{}, c.Message, got.Request.GetMessage())
			opts.SourceHost, opts.SourcePort = "", 0
			if got, err = Read(c.text(), opts); err != nil {
				t.Fatal(err)
			}
			want := c.MessageFromTextOnly
			if want == nil {
				want = c.Message
			}
			compare(t, c.text(), &routrpb.SIPMessage{}, want, got.Request.GetMessage())
		})
	}
}

// compare compares with a message in its wire form, where there is one.
func compare(t *testing.T, text string, into proto.Message, want []byte, got proto.Message) {
	t.Helper()
	if want == nil {
		return
	}
	if err := proto.Unmarshal(want, into); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(into, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-EdgePort +here):\n%s\nof:\n%s", diff, text)
	}
}
