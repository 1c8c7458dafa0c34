package hostile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// ask sends a body by Connect and returns the answer's status.
func (d *dispatcher) ask(t *testing.T, contentType, path string, body []byte) (status int, answer []byte) {
	t.Helper()
	resp, err := http.Post("http://"+d.addr+path, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, text.Bytes()
}

func (d *dispatcher) send(t *testing.T, message []byte) (status int, answer []byte) {
	t.Helper()
	return d.ask(t, "application/proto", routrpbconnect.ProcessorProcessMessageProcedure, message)
}

// TestNoBytesEndTheProcess sends what is read by many: the door, rules, the masker, a sink, the side door.
func TestNoBytesEndTheProcess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "decisions.jsonl")
	d := dispatch(t, resource(echo(t), echo(t), "decisions: {file: {path: "+file+"}}"))
	// ten bytes, 70 bits
	d.send(t, []byte("\x18\x03\x42\x04\x0a\x02\x1a\x00\xd0\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))
	random := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		d.send(t, oddMessage(random))
	}
	kept := d.get(t, "/api/v1/decisions?limit=1000")
	if n := bytes.Count([]byte(kept), []byte(`"callId"`)); n < 1000 {
		t.Errorf("%d decisions are shown", n)
	}
	d.eventually(t, "the sink wrote on", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && bytes.Count(text, []byte("\n")) == 1501
	})
	if n := d.metric(t, "routr_dispatcher_panics_total"); n != 0 {
		t.Errorf("%v panics were caught", n)
	}
}

// oddMessage is a message with what no library writes: varints of too many bits, groups, odd tags, cut ends.
func oddMessage(random *rand.Rand) []byte {
	odd := func() []byte {
		number := protowire.Number(1 + random.IntN(20))
		switch random.IntN(7) {
		case 0:
			tag := protowire.AppendTag(nil, number, protowire.VarintType)
			return append(append(tag, bytes.Repeat([]byte{0xff}, 9)...), byte(random.IntN(128)))
		case 1: // a length of 64 bits and more
			tag := protowire.AppendTag(nil, number, protowire.BytesType)
			return append(append(tag, bytes.Repeat([]byte{0x80}, 8+random.IntN(2))...), byte(random.IntN(128)))
		case 2:
			inner := protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), random.Uint64())
			return protowire.AppendGroup(protowire.AppendTag(nil, number, protowire.StartGroupType), number, inner)
		case 3:
			return protowire.AppendFixed64(protowire.AppendTag(nil, number, protowire.Fixed64Type), random.Uint64())
		case 4: // a length written with more bytes than it needs
			tag := protowire.AppendTag(nil, number, protowire.BytesType)
			return append(tag, 0x83, 0x80, 0x00, 'a', 0xff, 'b')
		case 5: // a tag written so
			return append([]byte{byte(number)<<3 | 2 | 0x80, 0x80, 0x00}, 1, 'x')
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType),
			[]byte(fmt.Sprint(random.IntN(1000))))
	}
	wrapped := func(number protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
	}
	uri := append(wrapped(3, []byte("sip.local")), odd()...)
	sip := append(wrapped(2, uri), wrapped(3, wrapped(1, append(wrapped(1, odd()), odd()...)))...)
	for range random.IntN(4) {
		sip = append(sip, odd()...)
	}
	message := append([]byte{3 << 3, 3}, wrapped(8, sip)...)
	for range random.IntN(3) {
		message = append(message, odd()...)
	}
	if random.IntN(5) == 0 {
		message = message[:random.IntN(len(message))]
	}
	return message
}

// TestAStrangersTextIsCutWhereverItGoes sends a text of 4 MiB in each place that is shown to people.
func TestAStrangersTextIsCutWhereverItGoes(t *testing.T) {
	const times, long = 10, 4<<20 - 4096
	d := dispatch(t, resource(echo(t), echo(t)))
	wrapped := func(number protowire.Number, data []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), data)
	}
	text := bytes.Repeat([]byte{1}, long)
	uri := wrapped(8, wrapped(2, wrapped(1, []byte("a"))))
	for name, message := range map[string][]byte{
		"ref":      append(append([]byte{3 << 3, 4}, wrapped(1, text)...), uri...), // PUBLISH, which nobody takes
		"EdgePort": append(append([]byte{3 << 3, 4}, wrapped(2, text)...), uri...),
		"Call-ID": append([]byte{3 << 3, 4}, wrapped(8,
			append(wrapped(2, nil), wrapped(6, wrapped(1, text))...))...),
		"unknown":      append(append([]byte{3 << 3, 0x94, 0x91, 6}, wrapped(1, text)...), uri...),
		"no message":   wrapped(1, text),
		"no protobuf":  append(text, 0xff),
		"JSON's error": nil,
	} {
		for range times {
			var status int
			var answer []byte
			if message == nil {
				body := append(append([]byte(`{"`), bytes.Repeat([]byte("x"), long)...), []byte(`":1}`)...)
				status, answer = d.ask(t, "application/json", routrpbconnect.ProcessorProcessMessageProcedure, body)
			} else {
				status, answer = d.send(t, message)
			}
			if status == http.StatusOK || len(answer) > 32<<10 {
				t.Errorf("%s: status %d, an answer of %d bytes", name, status, len(answer))
			}
		}
	}
	time.Sleep(1100 * time.Millisecond) // what is logged each second
	if n := len(d.log.String()); n > 256<<10 {
		t.Errorf("%d bytes were logged", n)
	}
	if n := len(d.get(t, "/metrics")); n > 256<<10 {
		t.Errorf("the metrics have %d bytes", n)
	}
	if n := len(d.get(t, "/api/v1/decisions?limit=100")); n > 1<<20 {
		t.Errorf("decisions have %d bytes", n)
	}
}
