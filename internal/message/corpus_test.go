package message

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			if diff := cmp.Diff(m.View, string(r.AppendJSON(nil))); diff != "" {
				t.Errorf("view (-node +ours):\n%s", diff)
			}
		})
	}
}
