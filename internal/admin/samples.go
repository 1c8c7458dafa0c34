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

// sampleList is one page of samples.
type sampleList struct {
	Total   int          `json:"total"` // of those that were asked for, on all pages
	Samples []sampleView `json:"samples"`
}

func (d *door) samples(w http.ResponseWriter, r *http.Request) error {
	p, err := pageOf(r.URL.Query(), maxPage)
	if err != nil {
		return err
	}
	var found []sample.Message
	for _, s := range sample.All() {
		if p.has(s.Name, s.Description, s.SIP) {
			found = append(found, s)
		}
	}
	list := sampleList{len(found), []sampleView{}}
	for _, s := range cut(p, found) {
		view, err := viewOfSample(s)
		if err != nil {
			return err
		}
		list.Samples = append(list.Samples, view)
	}
	keepable(w)
	return reply(w, list)
}

func viewOfSample(s sample.Message) (sampleView, error) {
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(s.Request)
	if err != nil {
		return sampleView{}, err
	}
	req, err := message.Parse(wire)
	if err != nil {
		return sampleView{}, err
	}
	return sampleView{s.Name, s.Description, req.AppendJSON(nil), wire, s.SIP}, nil
}
