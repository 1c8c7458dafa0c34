package hostile

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// TestAllRulesOfAMessageShareOneBudget has 500 rules, each of which looks at all of a message that is made for that.
func TestAllRulesOfAMessageShareOneBudget(t *testing.T) {
	const callers, times = 8, 5
	var config strings.Builder
	config.WriteString(resource(echo(t), echo(t)))
	rules := "  processors:\n"
	for i := range 500 {
		rules += fmt.Sprintf("    - ref: slow-%d\n      addr: 127.0.0.1:1\n      methods: [MESSAGE]\n"+
			"      matchFunc: req => req.message.extensions.some(e => e.name.length + e.value.length === %d)\n", i,
			1000+i)
	}
	d := dispatch(t, strings.Replace(config.String(), "  processors:\n", rules, 1))
	m := &routrpb.MessageRequest{Method: routrpb.Method_MESSAGE, Message: &routrpb.SIPMessage{
		MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "a"}},
	}}
	for range 3000 {
		m.Message.Extensions = append(m.Message.Extensions, &routrpb.Extension{Name: "X-A", Value: "1"})
	}
	wire, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	b := bomb{routrpbconnect.ProcessorProcessMessageProcedure, "application/proto", "Content-Encoding", gzipped(wire),
		false}
	before := d.cpu(t)
	var wait sync.WaitGroup
	for range callers {
		wait.Go(func() {
			client := connection()
			defer client.CloseIdleConnections()
			for range times {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				_ = b.throw(ctx, client, d.addr) // the caller has gone by then
				cancel()
			}
		})
	}
	wait.Wait()
	d.eventually(t, "nothing is in flight", func() bool {
		return d.metric(t,
			"routr_dispatcher_messages_in_flight") == 0
	})
	spent := d.cpu(t) - before
	t.Logf("%d messages of %d bytes cost %v of CPU", callers*times, len(b.body), spent)
	if most := callers * times * 100 * time.Millisecond; spent > most {
		t.Errorf("%d messages of %d bytes cost %v of CPU", callers*times, len(b.body), spent)
	}
}

// cpu is the processor time that the program took so far.
func (d *dispatcher) cpu(t *testing.T) time.Duration {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", d.pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var ticks int
	for _, f := range fields[11:13] { // utime and stime, in hundredths of a second (proc(5))
		n, err := strconv.Atoi(string(f))
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
