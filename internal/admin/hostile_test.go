package admin

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// hostile writes wire bytes by a program, in every way that protobuf allows and in some that it doesn't.
type hostile struct{ program []byte }

func (h *hostile) next() byte {
	if len(h.program) == 0 {
		return 0
	}
	b := h.program[0]
	h.program = h.program[1:]
	return b
}

// varint writes v in up to ten bytes, of which the last may hold bits that 64 have no room for.
func (h *hostile) varint(out []byte, v uint64) []byte {
	whole := protowire.AppendVarint(nil, v)
	length := int(h.next() % 32)
	if length <= len(whole) || length > 10 {
		return append(out, whole...)
	}
	whole[len(whole)-1] |= 0x80
	for len(whole) < length {
		whole = append(whole, 0x80)
	}
	whole[length-1] &= 0x7f
	if length == 10 {
		whole[9] |= h.next() & 0x7e
	}
	return append(out, whole...)
}

func (h *hostile) tag(out []byte, number int32, wire protowire.Type) []byte {
	return h.varint(out, protowire.EncodeTag(protowire.Number(number), wire))
}

func (h *hostile) text() []byte {
	n := min(int(h.next()), len(h.program))
	text := h.program[:n]
	h.program = h.program[n:]
	return text
}

func (h *hostile) framed(out, value []byte) []byte {
	return append(h.varint(out, uint64(len(value))), value...)
}

// message writes some fields of t, and some of nobody's.
func (h *hostile) message(t *message.Type, depth int) (out []byte) {
	for n := h.next() % 16; n > 0; n-- {
		f := t.Fields[int(h.next())%len(t.Fields)]
		switch h.next() % 8 {
		case 0:
			out = h.stray(out, 1+int32(h.next())<<(h.next()%21), depth)
		case 1:
			out = h.stray(out, f.Number, depth)
		case 2:
			out = append(out, h.text()...)
		default:
			out = h.field(out, f, depth)
		}
	}
	return out
}

func (h *hostile) field(out []byte, f *message.Field, depth int) []byte {
	switch f.Kind {
	case message.Int32, message.Bool, message.Enum:
		return h.varint(h.tag(out, f.Number, protowire.VarintType), uint64(h.next())<<(h.next()%64))
	case message.Float:
		return protowire.AppendFixed32(h.tag(out, f.Number, protowire.Fixed32Type), uint32(h.next())<<24)
	case message.String, message.Message:
	}
	out = h.tag(out, f.Number, protowire.BytesType)
	switch {
	case f.Map:
		entry := h.framed(h.tag(nil, 1+int32(h.next()%3), protowire.BytesType), h.text())
		return h.framed(out, h.framed(h.tag(entry, 1+int32(h.next()%3), protowire.BytesType), h.text()))
	case f.Kind == message.Message && depth > 0:
		return h.framed(out, h.message(f.Type, depth-1))
	}
	return h.framed(out, h.text())
}

// stray writes a field of any wire type.
func (h *hostile) stray(out []byte, number int32, depth int) []byte {
	switch h.next() % 5 {
	case 0:
		return h.varint(h.tag(out, number, protowire.VarintType), uint64(h.next())<<(h.next()%64))
	case 1:
		return protowire.AppendFixed64(h.tag(out, number, protowire.Fixed64Type), 1)
	case 2:
		return h.framed(h.tag(out, number, protowire.BytesType), h.text())
	case 3:
		return protowire.AppendFixed32(h.tag(out, number, protowire.Fixed32Type), 1)
	}
	out = h.tag(out, number, protowire.StartGroupType)
	if depth > 0 {
		out = h.stray(out, 1+int32(h.next()), depth-1)
	}
	return h.tag(out, number, protowire.EndGroupType)
}

// killer is a message whose last field's length overflows 64 bits, for a reader that takes what Parse cuts off.
var killer = []byte("\x18\x03\x42\x04\x0a\x02\x1a\x00\xd0\x05\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")

// FuzzWhatParseTakesEverybodyReads leads hostile bytes through everything that a message may get to: parsing, masking,
// views, SIP text, answers, records, rules in both engines, workers, saved tests.
func FuzzWhatParseTakesEverybodyReads(f *testing.F) {
	f.Add(killer, byte(0))
	f.Add(append([]byte("\x12\x00"), killer...), byte(0))
	for seed := range byte(8) {
		f.Add(bytes.Repeat([]byte{seed*37 + 5, 200, 8 + seed, 3, 10, 255, 1, 64, 7 * seed}, 40), byte(1))
	}
	pool, err := worker.NewPool(worker.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(pool.Close)
	var s *side
	f.Fuzz(func(t *testing.T, data []byte, form byte) {
		if form == 1 {
			data = (&hostile{data}).message(message.RequestSchema, 5)
		}
		data = bytes.Clone(data) // the fuzzer's own has room for a hundred megabytes, which the log would count
		req, err := message.Parse(data)
		if err != nil || len(data) == 0 { // nothing at all isn't kept
			return
		}
		if s == nil {
			s = newSide(t)
		}
		view := req.AppendJSON(nil)
		if !json.Valid(view) {
			t.Fatalf("not JSON: %s", view)
		}
		reads(t, data, view)
		texts(t, data)
		answers(t, req)
		s.records(t, req)
		x, err := s.opts.Snapshot().Dispatcher.Explain(t.Context(), data)
		if err == nil && x.Code == "" {
			t.Error("no code")
		}
		for _, rule := range []string{
			`req => req.message.extensions.some(e => e.name === "a" && e.value.length > 2) || req.metadata.a === "b"`,
			`req => { const o = { ...req }; return Object.keys(o.message?.from?.parameters ?? {}).length > 1 && JSON.stringify(req) !== "" }`,
		} {
			got, err := pool.Evaluate(t.Context(), worker.Request{
				Source: rule, Messages: [][]byte{data}, Explain: true,
			})
			if err == nil && got.Results[0].Err != nil && got.Results[0].Err.Name == worker.InvalidMessage {
				t.Errorf("the worker can't read it: %v", got.Results[0].Err)
			}
		}
	})
}

// reads has the view, the mask and a saved test read the message again.
func reads(t *testing.T, data, view []byte) {
	t.Helper()
	again, err := paste.FromJSON(view)
	if err != nil {
		t.Fatalf("the view can't be read: %v\n%s", err, view)
	}
	// JSON has no word for an infinity.
	if req, err := message.Parse(again); err != nil ||
		!bytes.Equal(req.AppendJSON(nil), view) && !bytes.Contains(view, []byte(`"qValue":null`)) {
		t.Errorf("from its view it is another message: %v\n%s\n%s", err, view, req.AppendJSON(nil))
	}
	masked, err := new(decision.Mask).Wire(data)
	if err != nil {
		t.Fatalf("mask: %v", err)
	}
	if _, err := new(decision.Mask).JSON(data); err != nil {
		t.Fatalf("mask: %v", err)
	}
	if err := proto.Unmarshal(masked, &routrpb.MessageRequest{}); err != nil &&
		!strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("protobuf-go doesn't take the masked message: %v", err)
	}
	saved := ruletest.FromMessage("fuzzed", masked, "chat", "")
	if suite, err := ruletest.Parse("saved.test.yaml", saved); err != nil {
		t.Errorf("the saved test can't be read: %v\n%s\n%v", err, saved, suite)
	}
}

// texts has the message written as SIP text, which is read again. What comes of it is a message, though maybe not this
// one: few of these could have come from an EdgePort.
func texts(t *testing.T, data []byte) {
	t.Helper()
	text, exact, err := paste.Text(data)
	if err != nil {
		return // a strict decoder takes no text that isn't UTF-8
	}
	back, err := siptext.Read(text, siptext.Options{})
	if exact && err != nil {
		t.Fatalf("its text can't be read, and is said to read back: %v\n%q", err, text)
	}
	if err != nil || back.Request == nil {
		return
	}
	wire, err := proto.Marshal(back.Request)
	if err != nil {
		t.Fatalf("what is read of its text can't be sent: %v\n%q", err, text)
	}
	req, err := message.Parse(wire)
	if err != nil {
		return // it may be too much for a message, or have no start line
	}
	again, exactly, err := paste.Text(req.Bytes())
	if exact && (err != nil || !exactly || again != text) {
		t.Errorf("its text reads back, and is written otherwise then: %v\n%q\n%q", err, text, again)
	}
}

// answers has the message answered in every way.
func answers(t *testing.T, req *message.Request) {
	t.Helper()
	req.AppendTransaction(nil)
	for name, answer := range map[string][]byte{
		"its own": req.Answer(nil), "a status": req.Respond(message.Response{Type: 17, Reason: "Unauthorized"}),
	} {
		a := new(message.Answer)
		if err := a.Parse(answer); err != nil {
			if req.HasMessage() {
				t.Fatalf("%s: %v", name, err)
			}
			continue
		}
		if _, err := message.AnswerToJSON(answer); err != nil {
			t.Errorf("%s isn't written as JSON: %v", name, err)
		}
		a.AppendUnknown(nil)
		req.Amend(a)
		req.Replace(a)
	}
}

// records has the message recorded, listed, shown and saved.
func (s *side) records(t *testing.T, req *message.Request) {
	t.Helper()
	s.opts.Decisions.Add(&decision.Record{
		Request: req.Bytes(), CallID: req.CallID(), EdgePort: req.EdgePort(), Method: req.Method(),
		Code: 13, Error: "no luck",
	})
	list, err := s.opts.Decisions.List(decision.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "/test", "?form=sip"} {
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, request("GET", "/api/v1/decisions/"+list.Entries[0].ID+path, ""))
		if w.Code != 200 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
