package message

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// many returns a request with so many elements: request_uri, the message, and the rest extensions that say nothing.
func many(elements int) []byte {
	sip := field(2, nil)
	sip = append(sip, bytes.Repeat(field(12, nil), elements-2)...)
	return field(8, sip)
}

// groupOf puts fields into a group that no schema knows.
func groupOf(fields []byte) []byte {
	const number = 14
	return append(append([]byte{number<<3 | 3}, fields...), number<<3|4)
}

func TestAMessageOfTooManyElementsIsRefusedBeforeAnythingIsMadeOfIt(t *testing.T) {
	if _, err := Parse(many(MaxElements)); err != nil {
		t.Errorf("as many as are allowed: %v", err)
	}
	pairs := bytes.Repeat(field(9, append(field(1, []byte("k")), field(2, nil)...)), MaxElements/3+1)
	for name, data := range map[string][]byte{
		"one more in a message":        many(MaxElements + 1),
		"unknown fields":               bytes.Repeat([]byte{15 << 3, 0}, MaxElements+1),
		"a map's entries":              pairs,
		"an unknown group":             groupOf(bytes.Repeat([]byte{15 << 3, 0}, MaxElements+1)),
		"groups within groups":         bytes.Repeat(groupOf(groupOf([]byte{15 << 3, 0})), MaxElements/3+1),
		"a group's four million bytes": groupOf(bytes.Repeat([]byte{15 << 3, 0}, 2_000_000)),
		"four million bytes":           many(2_000_000),
	} {
		var limit *LimitError
		if _, err := Parse(data); !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
		// The runtime's own allocations are counted too: a few, where what is refused would take many thousands.
		if allocs := testing.AllocsPerRun(1, func() { _, _ = Parse(data) }); allocs > 100 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
	a := new(Answer)
	if err := a.Parse(field(2, bytes.Repeat(field(12, nil), MaxElements))); !errors.As(err, new(*LimitError)) {
		t.Errorf("an answer: %v", err)
	}
}

func TestPiecesOfTwoMessagesMayHaveMoreElementsThanOne(t *testing.T) {
	r, err := Parse(append(many(MaxElements-10), field(9, nil)...))
	if err != nil {
		t.Fatal(err)
	}
	a := new(Answer)
	if err := a.Parse(append(field(2, field(2, nil)), bytes.Repeat(field(3, nil), MaxElements-10)...)); err != nil {
		t.Fatal(err)
	}
	if got := r.Amend(a); !got.HasMessage() {
		t.Error("no message is left")
	}
}

func TestJSONOfTooManyValuesIsRefusedBeforeAnythingIsMadeOfIt(t *testing.T) {
	text := func(n int) []byte {
		return []byte(`{"message":{"requestUri":{},"extensions":[` + strings.TrimSuffix(strings.Repeat("{},", n), ",") +
			`]}}`)
	}
	data, err := RequestFromJSON(text(4000)) // an object and its place in the list: two
	var m routrpb.MessageRequest
	if err != nil || proto.Unmarshal(data, &m) != nil || len(m.GetMessage().GetExtensions()) != 4000 {
		t.Fatalf("%d extensions, error %v", len(m.GetMessage().GetExtensions()), err)
	}
	for name, text := range map[string][]byte{
		"extensions":     text(1_400_000),
		"numbers":        []byte(`{"localnets":[` + strings.Repeat("1,", MaxElements) + `1]}`),
		"deep":           []byte(strings.Repeat("[", 33)),
		"never closed":   []byte(`{"a":"` + strings.Repeat(`\"`, 100) + `","b":` + strings.Repeat("[", 33)),
		"deep by object": []byte(strings.Repeat(`{"a":`, 1_000_000)),
	} {
		if _, err := RequestFromJSON(text); !errors.As(err, new(*LimitError)) {
			t.Errorf("%s: %v", name, err)
		}
		if allocs := testing.AllocsPerRun(1, func() { _, _ = RequestFromJSON(text) }); allocs > 100 {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
	for text, want := range map[string]int{
		`{"a":",{[","b":"\\","c":[1,2]}`: 5, `"\",{`: 0, `{"a`: 1, `{"a\`: 1, "": 0,
	} {
		if n, err := JSONElements([]byte(text)); n != want || err != nil {
			t.Errorf("%s: %d, error %v, and want %d", text, n, err, want)
		}
	}
}

func BenchmarkElementsOfALargeMessage(b *testing.B) {
	for name, data := range map[string][]byte{"refused": many(2_000_000), "taken": many(MaxElements)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = fits(RequestSchema, data)
			}
		})
	}
}
