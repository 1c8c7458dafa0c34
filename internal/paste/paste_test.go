package paste

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/sample"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// samples returns each sample in its three forms.
func samples(t *testing.T) map[string]Message {
	t.Helper()
	all := map[string]Message{}
	for _, m := range sample.All() {
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.Request)
		if err != nil {
			t.Fatal(err)
		}
		req, err := message.Parse(wire)
		if err != nil {
			t.Fatal(err)
		}
		all[m.Name] = Message{JSON: req.AppendJSON(nil), Protobuf: wire, SIP: m.SIP}
	}
	return all
}

func TestEveryFormGivesTheSameMessage(t *testing.T) {
	for name, m := range samples(t) {
		want := sipMessage(t, m.Protobuf)
		for form, one := range map[string]Message{"json": {JSON: m.JSON}, "protobuf": {Protobuf: m.Protobuf},
			"sip": {SIP: m.SIP}} {
			wire, err := one.Wire()
			if err != nil {
				t.Errorf("%s as %s: %v", name, form, err)
				continue
			}
			if diff := cmp.Diff(want, sipMessage(t, wire)); diff != "" {
				t.Errorf("%s as %s (-want +got):\n%s", name, form, diff)
			}
		}
		for form, text := range map[string]string{"json": " \n" + string(m.JSON), "protobuf": string(m.Protobuf),
			"sip": "\n" + m.SIP} {
			one, err := single(text)
			wire := one.Wire
			if err != nil {
				t.Errorf("%s, sniffed %s: %v", name, form, err)
				continue
			}
			if diff := cmp.Diff(want, sipMessage(t, wire)); diff != "" {
				t.Errorf("%s, sniffed %s (-want +got):\n%s", name, form, diff)
			}
		}
	}
}

// single reads a text that holds one message that can be used.
func single(text string) (Read, error) {
	all, err := All([]byte(text), How{})
	if err == nil && len(all) > 1 {
		err = fmt.Errorf("%d messages", len(all))
	}
	if err == nil {
		err = all[0].Unusable()
	}
	if err != nil {
		return Read{}, err
	}
	return all[0], nil
}

// sipMessage is what a rule sees of the SIP message; around it a sample has its own EdgePort's facts.
func sipMessage(t *testing.T, wire []byte) string {
	t.Helper()
	req, err := message.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	var view struct{ Message json.RawMessage }
	if err := json.Unmarshal(req.AppendJSON(nil), &view); err != nil {
		t.Fatal(err)
	}
	return string(view.Message)
}

func TestWhatIsNoMessageIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		m    Message
		want string
	}{
		"no form":         {Message{}, `a message is one of "json", "protobuf" and "sip", and here is none of them`},
		"two forms":       {Message{JSON: []byte("{}"), SIP: "x"}, "and here are json and sip"},
		"JSON":            {Message{JSON: []byte(`{"metod": 1}`)}, "read a MessageRequest from JSON"},
		"protobuf":        {Message{Protobuf: []byte("INVITE")}, "metadata: malformed protobuf"},
		"SIP":             {Message{SIP: "INVITE SIP/2.0"}, "line 1, column 1"},
		"a huge protobuf": {Message{Protobuf: make([]byte, MaxBytes+1)}, "at most 67108864 are allowed"},
	} {
		_, err := c.m.Wire()
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := fromSIP("INVITE SIP/2.0")
	var place *siptext.Error
	if !errors.As(err, &place) || place.Line != 1 {
		t.Errorf("the place is lost: %v", err)
	}
}

// FuzzAll holds that what is read can be routed, or is refused, and that notes and spans are within the text.
func FuzzAll(f *testing.F) {
	for _, text := range []string{
		"{}", `{"ref":"a"}`, "INVITE sip:a@b SIP/2.0\r\n\r\n", "\n\x01a", "",
		"U 10.0.0.1:5060 -> 10.0.0.2:5060\nBYE sip:a SIP/2.0.\n.\n",
		"SU5WSVRFIHNpcDphQGIgU0lQLzIuMA0KDQo=", `{"id":"1","time":"x","message":{}}` + "\n" + `{"id":"2","time":"x"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := All(text, How{})
		if err != nil {
			return
		}
		for _, one := range all {
			if one.Wire != nil {
				if _, err := message.Parse(one.Wire); err != nil {
					t.Errorf("it isn't a message: %v", err)
				}
			}
			for _, n := range one.Notes {
				if n.From < 0 || n.From > n.To || n.To > len(one.SIP) {
					t.Errorf("note %+v of %d bytes", n, len(one.SIP))
				}
			}
		}
	})
}
