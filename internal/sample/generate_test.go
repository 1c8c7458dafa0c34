package sample_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

var update = flag.Bool("update", false, "rewrite messages.json from sip/ and testdata/catalog.json")

// listing is what catalog.json says of one message: its place in the story, what it is, and, for a
// response, where it came from.
type listing struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	SourceHost  string `json:"sourceHost"`
	SourcePort  int32  `json:"sourcePort"`
}

// edgePort is the EdgePort that the samples went through.
func edgePort(l listing) siptext.Options {
	return siptext.Options{
		EdgePortRef: "edgeport-01",
		ListeningPoints: []*routrpb.NetInterface{
			{Host: "0.0.0.0", Port: 5060, Transport: routrpb.Transport_UDP},
			{Host: "0.0.0.0", Port: 5060, Transport: routrpb.Transport_TCP},
			{Host: "0.0.0.0", Port: 5061, Transport: routrpb.Transport_TLS},
			{Host: "0.0.0.0", Port: 5062, Transport: routrpb.Transport_WS},
			{Host: "0.0.0.0", Port: 5063, Transport: routrpb.Transport_WSS},
		},
		ExternalAddrs: []string{"203.0.113.10"},
		Localnets:     []string{"127.0.0.0/8", "10.0.0.0/8"},
		SourceHost:    l.SourceHost,
		SourcePort:    l.SourcePort,
	}
}

func TestMessagesAreWhatTheirTextSays(t *testing.T) {
	got := generate(t)
	if *update {
		if err := os.WriteFile("messages.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("messages.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("messages.json isn't what go generate writes (-file +generated):\n%s", diff)
	}
}

func TestEveryTextIsInTheCatalog(t *testing.T) {
	files, err := filepath.Glob("sip/*.sip")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, l := range catalog(t) {
		if listed[l.Name] {
			t.Errorf("%s is listed twice", l.Name)
		}
		listed[l.Name] = true
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".sip"); !listed[name] {
			t.Errorf("%s isn't listed in testdata/catalog.json", name)
		}
	}
}

func catalog(t *testing.T) []listing {
	t.Helper()
	data, err := os.ReadFile("testdata/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []listing
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// generate returns the contents of messages.json.
func generate(t *testing.T) []byte {
	t.Helper()
	type message struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Request     json.RawMessage `json:"request"`
	}
	var list []message
	for _, l := range catalog(t) {
		text, err := os.ReadFile("sip/" + l.Name + ".sip")
		if err != nil {
			t.Fatal(err)
		}
		r, err := siptext.Read(strings.ReplaceAll(string(text), "\n", "\r\n"), edgePort(l))
		if err != nil || r.Outcome != siptext.Converted {
			t.Fatalf("sip/%s.sip: %v, %s: %s", l.Name, err, r.Outcome, r.Reason)
		}
		data, err := protojson.Marshal(r.Request)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, message{l.Name, l.Description, data})
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ") // also undoes protojson's own white space, which differs from run to run
	if err := enc.Encode(list); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
