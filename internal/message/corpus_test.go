package message

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// corpusMessage is a message as the Node dispatcher got it, and the view that it gave to rules.
type corpusMessage struct {
	ID, Description, Protobuf, View string
	wire                            []byte
}

// corpus reads testdata/messages.jsonl, recorded from the Node dispatcher's own libraries on V8.
func corpus(t testing.TB) []corpusMessage {
	t.Helper()
	file, err := os.Open("testdata/messages.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []corpusMessage
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m corpusMessage
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		if m.wire, err = base64.StdEncoding.DecodeString(m.Protobuf); err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("read %d messages: %v", len(all), err)
	}
	return all
}

func TestViewIsWhatRulesSawOnNode(t *testing.T) {
	for _, m := range corpus(t) {
		t.Run(m.ID+" "+m.Description, func(t *testing.T) {
			r, err := Parse(m.wire)
			if err != nil {
				t.Fatal(err)
			}
			want := m.View
			if m.ID == "m083" {
				// The Node dispatcher lets the last of two senders win; the protobuf specification merges them.
				want = strings.Replace(want, `{"host":"","port":5066,"transport":"UDP"}`,
					`{"host":"first","port":5066,"transport":"TLS"}`, 1)
			}
			if diff := cmp.Diff(want, string(r.AppendJSON(nil))); diff != "" {
				t.Errorf("view (-node +ours):\n%s", diff)
			}
		})
	}
}

func TestJSONInEitherDialectGivesTheSameMessage(t *testing.T) {
	for _, m := range corpus(t) {
		if strings.Contains(m.Description, "Infinity") || strings.Contains(m.Description, "NaN") {
			continue // the view has no word for them
		}
		t.Run(m.ID+" "+m.Description, func(t *testing.T) {
			r, err := Parse(m.wire)
			if err != nil {
				t.Fatal(err)
			}
			view := r.AppendJSON(nil)
			var typed routrpb.MessageRequest
			if err := proto.Unmarshal(m.wire, &typed); err != nil {
				t.Fatal(err)
			}
			if severalEntries(&typed) {
				return // protobuf-go doesn't keep the order of a map
			}
			mapping, err := protojson.Marshal(&typed)
			if err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string][]byte{"view": view, "protojson": mapping} {
				data, err := RequestFromJSON(text)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				again, err := Parse(data)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if diff := cmp.Diff(string(view), string(again.AppendJSON(nil))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestAnswersWithOddNumbersAreWrittenAsJSON(t *testing.T) {
	odd := []byte("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f") // port 2: more bits than 64
	answer := field(2, varintField(1, 7), field(13, odd))
	text, err := AnswerToJSON(answer)
	if err != nil || !strings.Contains(strings.ReplaceAll(string(text), " ", ""), `"port":-1`) {
		t.Errorf("%s, %v", text, err)
	}
}
