package message

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// field encodes a length-delimited field.
func field(number protowire.Number, pieces ...[]byte) []byte {
	var val []byte
	for _, p := range pieces {
		val = append(val, p...)
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), val)
}

func varintField(number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), v)
}

func TestMalformedBytesAreRefusedWithTheirField(t *testing.T) {
	for name, c := range map[string]struct {
		data []byte
		want Error
	}{
		"text": {[]byte("INVITE sip:bob"),
			Error{"", "malformed protobuf: its length runs past the end"}},
		"a tag that is cut off": {[]byte{0x80}, Error{"", "malformed protobuf: a field's tag isn't valid"}},
		"field number 0":        {[]byte{0x00, 0x00}, Error{"", "malformed protobuf: a field's tag isn't valid"}},
		"a length past the end": {[]byte{1<<3 | 2, 5, 'x'},
			Error{"ref", "malformed protobuf: its length runs past the end"}},
		"a huge length": {[]byte{1<<3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
			Error{"ref", "malformed protobuf: its length runs past the end"}},
		"an endless varint": {append([]byte{3 << 3}, strings.Repeat("\xff", 11)...),
			Error{"method", "malformed protobuf: a varint is cut off or longer than ten bytes"}},
		"deep inside": {field(8, field(3, field(1, field(1, []byte{1<<3 | 2, 9})))),
			Error{"message.from.address.uri.user", "malformed protobuf: its length runs past the end"}},
		"inside a list's entry": {field(8, field(13, []byte{2 << 3})),
			Error{"message.via.port", "malformed protobuf: a varint is cut off or longer than ten bytes"}},
		"inside a map's entry": {field(9, []byte{1<<3 | 2, 9}),
			Error{"metadata", "malformed protobuf: its length runs past the end"}},
		"a fixed32 that is cut": {field(8, field(5, []byte{3<<3 | 5, 0, 0})),
			Error{"message.contact.q_value", "malformed protobuf: a fixed-size value is cut off"}},
		"an unknown fixed64": {[]byte{11<<3 | 1, 0},
			Error{"", "malformed protobuf: a fixed-size value is cut off"}},
		"an end without a start": {[]byte{11<<3 | 4, 1},
			Error{"", "malformed protobuf: a field has no valid wire type"}},
		"a group that never ends": {[]byte{11<<3 | 3, 8, 1}, Error{"", "malformed protobuf: a group is cut off"}},
		"a group ended by another": {[]byte{11<<3 | 3, 12<<3 | 4},
			Error{"", "malformed protobuf: a group ends with another group's tag"}},
		"groups nested too deep": {[]byte(strings.Repeat("\x5b", 60) + strings.Repeat("\x5c", 60)),
			Error{"", "malformed protobuf: groups are nested too deep"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.data)
			var got *Error
			if !errors.As(err, &got) || *got != c.want {
				t.Errorf("got %v, want %v", err, &c.want)
			}
		})
	}
}

func TestWhatIsOddButWellFormedIsRead(t *testing.T) {
	uri := func(user string) []byte { return field(2, field(1, []byte(user))) }
	status := varintField(1, 7)
	for name, c := range map[string]struct {
		data []byte
		want string // somewhere in the view
	}{
		"the last of two scalars counts": {append(field(1, []byte("a")), field(1, []byte("b"))...), `"ref":"b"`},
		"two messages merge": {append(field(8, field(3, field(2, []byte("tag")))),
			field(8, field(17, []byte("body")))...), `"tag":"tag"`},
		"messages merge deep inside": {field(8, field(3, field(1, field(2, []byte("Al")))),
			field(3, field(1, field(1, field(1, []byte("alice")))))), `"user":"alice"`},
		"an entry's messages merge": {field(8,
			field(14, field(1, field(2, []byte("n"))), field(1, field(1, field(3, []byte("h")))))), `"host":"h"`},
		"the oneof's last member counts": {field(8, uri("bob"), status),
			`"responseType":"OK","messageType":"responseType"`},
		"also the other way round": {field(8, status, uri("bob")), `"messageType":"requestUri"`},
		"a oneof's member forgets what it was": {field(8, uri("old"), status, field(2, field(3, []byte("h")))),
			`"requestUri":{"user":"","userPassword":"","host":"h"`},
		"a varint of 64 bits is cut to 32": {field(4, varintField(2, 1<<40|5060)), `"port":5060`},
		"a negative number":                {field(4, varintField(2, 1<<64-1)), `"port":-1`},
		"a wrong wire type is unknown": {append(varintField(1, 5), field(3, []byte("x"))...),
			`"ref":"","edgePortRef":"","method":"UNKNOWN"`},
		"an unknown group is skipped": {append([]byte{11<<3 | 3, 8, 1, 11<<3 | 4}, field(1, []byte("r"))...),
			`"ref":"r"`},
		"an unknown enum number stays":  {varintField(3, 99), `"method":99`},
		"a map's missing key and value": {field(9), `"metadata":{"":""}`},
		"numeric keys of a map go first": {append(append(field(9, field(1, []byte("b"))),
			field(9, field(1, []byte("10")))...), field(9, field(1, []byte("9")))...),
			`"metadata":{"9":"","10":"","b":""}`},
		"__proto__ harms nothing": {append(field(9, field(1, []byte("__proto__")), field(2, []byte("x"))),
			field(9, field(1, []byte("a")))...), `"metadata":{"a":""}`},
		"an empty message is not null": {field(8), `"message":{"extensions":[]`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Parse(c.data)
			if err != nil {
				t.Fatal(err)
			}
			if view := string(r.AppendJSON(nil)); !strings.Contains(view, c.want) {
				t.Errorf("%s is not in %s", c.want, view)
			}
			if string(r.Bytes()) != string(c.data) {
				t.Error("its bytes aren't what came")
			}
		})
	}
}

func TestIsErrorIsEveryResponseButOKAndRinging(t *testing.T) {
	for number, name := range routrpb.ResponseType_name {
		r, err := Parse(field(8, varintField(1, uint64(number))))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := r.IsError(), name != "OK" && name != "RINGING"; got != want {
			t.Errorf("IsError of %s is %t", name, got)
		}
	}
	r, err := Parse(field(8, field(2)))
	if err != nil || r.IsError() || r.Form() != SIPRequest {
		t.Errorf("a SIP request: error %v, IsError %t, form %d", err, r.IsError(), r.Form())
	}
}

func TestFieldsThatAreSkimmedAreCheckedAsOthersAre(t *testing.T) {
	slow := schema(&routrpb.MessageRequest{})
	closer(slow)
	compare := func(data []byte) {
		repeats, err := walk(RequestSchema, data)
		wantRepeats, want := walk(slow, data)
		if fmt.Sprint(err) != fmt.Sprint(want) || err == nil && repeats != wantRepeats {
			t.Fatalf("%x: %t, %v; looked at closer: %t, %v", data, repeats, err, wantRepeats, want)
		}
	}
	for _, m := range corpus(t)[:8] {
		for end := range m.wire {
			compare(m.wire[:end])
		}
		for at, was := range m.wire {
			for _, is := range []byte{0, 1, 2, 3, 4, 5, 0x0a, 0x42, 0x7f, 0x80, 0xff, was + 1, was - 1} {
				m.wire[at] = is
				compare(m.wire)
			}
			m.wire[at] = was
		}
	}
}

// closer has a type and those below look at every field.
func closer(t *Type) {
	t.plain = [256]uint8{}
	for _, f := range t.Fields {
		if f.Type != nil {
			closer(f.Type)
		}
	}
}

// FuzzParse holds our reading of the wire against protobuf-go's.
func FuzzParse(f *testing.F) {
	for _, m := range corpus(f) {
		f.Add(m.wire)
	}
	f.Add(append(field(8, field(2)), field(8, varintField(1, 7))...))
	f.Add([]byte{11<<3 | 3, 8, 1, 11<<3 | 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(data)
		var typed routrpb.MessageRequest
		theirs := proto.Unmarshal(data, &typed)
		if err != nil {
			if theirs == nil && !strings.HasSuffix(err.Error(), "groups are nested too deep") {
				t.Fatalf("protobuf-go takes what we refuse: %v", err)
			}
			return
		}
		view := r.AppendJSON(nil)
		if a := new(Answer); a.Parse(r.Answer(nil)) == nil {
			again := r.Amend(a)
			if string(again.AppendJSON(nil)) != string(view) {
				t.Errorf("its own answer changed it:\n%s\n%s", view, again.AppendJSON(nil))
			}
		}
		if theirs != nil {
			return // text that isn't UTF-8, or a varint of more than 64 bits
		}
		whole, err := proto.Marshal(&typed)
		if err != nil {
			t.Fatal(err)
		}
		normal, err := Parse(whole)
		if err != nil {
			t.Fatalf("we refuse what protobuf-go writes: %v", err)
		}
		if got := string(normal.AppendJSON(nil)); got != string(view) && !severalEntries(&typed) {
			t.Errorf("protobuf-go reads\n%s\nand we read\n%s", got, view)
		}
	})
}

// severalEntries reports whether maps, whose order protobuf-go doesn't keep, stand in the way of a comparison.
func severalEntries(m *routrpb.MessageRequest) bool {
	sip := m.GetMessage()
	several := len(m.GetMetadata()) > 1 || len(sip.GetFrom().GetParameters()) > 1 ||
		len(sip.GetTo().GetParameters()) > 1
	for _, r := range sip.GetRoute() {
		several = several || len(r.GetParameters()) > 1
	}
	for _, r := range sip.GetRecordRoute() {
		several = several || len(r.GetParameters()) > 1
	}
	return several
}

func BenchmarkParse(b *testing.B) {
	data := corpus(b)[4].wire
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMethod(b *testing.B) {
	data := corpus(b)[4].wire
	var r Request
	b.ReportAllocs()
	for b.Loop() {
		r.Reset(data)
		if r.Method() != 2 {
			b.Fatal("not an INVITE")
		}
	}
}

func BenchmarkProtobufGoUnmarshal(b *testing.B) {
	data := corpus(b)[4].wire
	b.ReportAllocs()
	for b.Loop() {
		var m routrpb.MessageRequest
		if err := proto.Unmarshal(data, &m); err != nil {
			b.Fatal(err)
		}
	}
}
