package admin

import (
	"encoding/json"
	"net/http"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/sample"
)

// sampleView is one of the built-in messages, in the three forms that a call takes a message in.
type sampleView struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	JSON        json.RawMessage `json:"json"` // as rules see it
	Protobuf    []byte          `json:"protobuf"`
	SIP         string          `json:"sip"`
}

func (d *door) samples(w http.ResponseWriter, _ *http.Request) error {
	keepable(w)
	all := sample.All()
	list := make([]sampleView, len(all))
	for i, s := range all {
		wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(s.Request)
		if err != nil {
			return err
		}
		req, err := message.Parse(wire)
		if err != nil {
			return err
		}
		list[i] = sampleView{s.Name, s.Description, req.AppendJSON(nil), wire, s.SIP}
	}
	return reply(w, struct {
		Samples []sampleView `json:"samples"`
	}{list})
}
