package matchfunc

import (
	"flag"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/test/rulegen"
)

var made = flag.Int("made", 300, "how many made-up rules the reads are tested on")

// changes are messages that differ from the first one at one place each.
func changes(t testing.TB) (first *message.Request, changed map[string]*message.Request) {
	t.Helper()
	parsed := func(change func(*routrpb.MessageRequest)) *message.Request {
		m := &routrpb.MessageRequest{}
		if err := proto.Unmarshal(invite(t).Bytes(), m); err != nil {
			t.Fatal(err)
		}
		m.Message.Authorization = &routrpb.Authorization{Username: "alice", Response: "0123456789abcdef"}
		change(m)
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		req, err := message.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		return req
	}
	changed = map[string]*message.Request{}
	type message = routrpb.MessageRequest
	for path, change := range map[string]func(*message){
		"":                               func(*message) {},
		"message.authorization.response": func(m *message) { m.Message.Authorization.Response = "" },
		"message.authorization.username": func(m *message) { m.Message.Authorization.Username = "bob" },
		"message.extensions[0].name":     func(m *message) { m.Message.Extensions[0].Name = "User-Agent" },
		"message.extensions[1].value":    func(m *message) { m.Message.Extensions[1].Value = "1" },
		"message.from.address.uri.host":  func(m *message) { m.Message.From.Address.Uri.Host = "sip.local" },
		"message.from.address.uri.user":  func(m *message) { m.Message.From.Address.Uri.User = "" },
		"message.via[0].port":            func(m *message) { m.Message.Via[0].Port = 0 },
		"message.body":                   func(m *message) { m.Message.Body = "alice" },
		"metadata.tenant":                func(m *message) { m.Metadata["tenant"] = "" },
		"ref":                            func(m *message) { m.Ref = "sip.local" },
		"method":                         func(m *message) { m.Method = routrpb.Method_BYE },
	} {
		changed[path] = parsed(change)
	}
	first = changed[""]
	delete(changed, "")
	return first, changed
}

var index = regexp.MustCompile(`\[\d+\]`)

// covers reports whether one of the places is, is around or is within the one at path.
func covers(reads []string, path string) bool {
	path = index.ReplaceAllString(path, "[]")
	for _, read := range reads {
		read = index.ReplaceAllString(read, "[]")
		if read == "" || within(read, path) || within(path, read) {
			return true
		}
	}
	return false
}

func within(place, outer string) bool {
	rest, inside := strings.CutPrefix(place, outer)
	return inside && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// chance is in rules that say otherwise each time.
var chance = regexp.MustCompile(`Date|random`)

// TestNothingDerivesFromWhatIsNotRead changes one place of a message at a time: a value that changes with it was
// derived from it, and so it must say.
func TestNothingDerivesFromWhatIsNotRead(t *testing.T) {
	first, changed := changes(t)
	var sources []string
	for _, r := range lines[rule](t, "script/testdata/rules.jsonl") {
		sources = append(sources, r.Source)
	}
	for g, n := rulegen.New(3), len(sources)+*made; len(sources) < n; {
		sources = append(sources, g.Rule(), g.Arrays())
	}
	compared := 0
	for _, text := range sources {
		fn, err := Compile(text, Options{Timeout: patience})
		if err != nil {
			continue
		}
		x := fn.Explainer()
		was, again := x.Explain(first), x.Explain(first)
		if explained(was) != explained(again) || chance.MatchString(text) {
			continue
		}
		for path, req := range changed {
			compared += differences(t, text, path, was, x.Explain(req))
		}
	}
	if t.Logf("%d values changed in %d rules", compared, len(sources)); compared < 100 {
		t.Error("too few values changed for this to say anything")
	}
}

// differences counts what is said otherwise of a message that differs at path, and checks that it was derived from
// there.
func differences(t *testing.T, text, path string, was, is Explanation) (n int) {
	t.Helper()
	if was.Matched != is.Matched || was.Value != is.Value || (was.Err == nil) != (is.Err == nil) ||
		was.Err != nil && was.Err.Message != is.Err.Message {
		n++
		if !covers(was.Reads, path) {
			t.Errorf("%s\nsays otherwise for another %s, and reads %q", text, path, was.Reads)
		}
	}
	if len(was.Operands) != len(is.Operands) {
		return n // one of them has none: it answered otherwise with notes
	}
	for i, o := range was.Operands {
		other := is.Operands[i]
		if o.Times != other.Times || o.Times == 0 || o.Threw || other.Threw || o.Value == other.Value {
			continue
		}
		n++
		if !covers(o.Reads, path) {
			t.Errorf("%s\n%s reads %q; it is %s, and %s for another %s",
				text, o.Text, o.Reads, o.Value, other.Value, path)
		}
	}
	return n
}
