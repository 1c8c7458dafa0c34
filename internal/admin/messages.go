package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// Limits on reading messages.
const (
	maxReadBody  = 2 << 20
	maxReadSpans = 50_000 // of all messages of a text
	maxReadNotes = 5_000  // so, too
)

// reading is a text to read, in exactly one form.
type reading struct {
	Text      string          `json:"text"` // of any form, as people paste it
	SIP       string          `json:"sip"`  // one message, byte for byte as it was sent
	JSON      json.RawMessage `json:"json"`
	Protobuf  []byte          `json:"protobuf"`
	Decision  string          `json:"decision"` // the id of one that is kept
	Transport string          `json:"transport"`
	Source    string          `json:"source"` // address and port
}

// readings are the messages of a text.
type readings struct {
	Messages []readMessage `json:"messages"`
}

// readMessage is one message, and what an EdgePort makes of it.
type readMessage struct {
	Form     string          `json:"form"`
	Outcome  siptext.Outcome `json:"outcome"`
	Reason   string          `json:"reason"` // empty where the outcome is converted
	Summary  string          `json:"summary"`
	JSON     json.RawMessage `json:"json"`     // as rules see it; null where the text is too little for a message
	Protobuf []byte          `json:"protobuf"` // null there, too
	SIP      string          `json:"sip"`
	Notes    []paste.Note    `json:"notes"`
	Spans    []readSpan      `json:"spans"`
}

// readSpan ties a part of the SIP text to what rules read of it.
type readSpan struct {
	Path string `json:"path"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

func (d *door) readMessages(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[reading](w, r, maxReadBody)
	if err != nil {
		return err
	}
	out, err := d.readings(r.Context(), body)
	if err != nil {
		return err
	}
	return reply(w, out)
}

// readings shows the messages that a body holds.
func (d *door) readings(ctx context.Context, body reading) (out readings, err error) {
	defer d.working(ctx)()
	all, err := d.read(body)
	if err != nil {
		return out, err
	}
	out = readings{Messages: make([]readMessage, len(all))}
	spans, notes := maxReadSpans, maxReadNotes
	for i, one := range all {
		if out.Messages[i], err = shownMessage(one, spans, notes); err != nil {
			return out, err
		}
		spans -= len(out.Messages[i].Spans)
		notes -= len(out.Messages[i].Notes)
	}
	return out, nil
}

// read reads what a body holds.
func (d *door) read(body reading) ([]paste.Read, error) {
	how := paste.How{Transport: body.Transport}
	if err := siptext.CheckTransport(body.Transport); err != nil {
		return nil, badMember("transport", err.Error())
	}
	if body.Source != "" {
		source, err := netip.ParseAddrPort(body.Source)
		if err != nil {
			return nil, badMember("source", "it is an address and a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060")
		}
		how.SourceHost, how.SourcePort = source.Addr().String(), int32(source.Port())
	}
	if err := body.single(); err != nil {
		return nil, err
	}
	switch {
	case body.Text != "":
		return paste.All([]byte(body.Text), how)
	case body.SIP != "":
		return paste.SIP(body.SIP, how)
	case body.Protobuf != nil:
		return one(paste.Protobuf(body.Protobuf))
	case body.Decision != "":
		entry, ok := d.opts.Decisions.Get(body.Decision)
		if !ok {
			return nil, noDecision(body.Decision, "decision")
		}
		text, err := json.Marshal(entry)
		if err != nil {
			return nil, err
		}
		return one(paste.Decision(text))
	}
	return one(paste.JSON(body.JSON))
}

func one(r paste.Read, err error) ([]paste.Read, error) { return []paste.Read{r}, err }

// single checks that a body has exactly one form.
func (body reading) single() error {
	forms := 0
	for _, there := range []bool{
		body.Text != "", body.SIP != "", body.JSON != nil, body.Protobuf != nil, body.Decision != "",
	} {
		if there {
			forms++
		}
	}
	if forms != 1 {
		return problem(http.StatusBadRequest, "request-invalid",
			`Give the message in exactly one form: "text", "sip", "json", "protobuf" or "decision".`)
	}
	return nil
}

func badMember(path, why string) *Problem {
	p := problem(http.StatusBadRequest, "request-invalid", "The member %.100q: %s.", path, why)
	p.Path = path
	return p
}

// shownMessage writes a message for a reply, with so many spans and notes at most.
func shownMessage(r paste.Read, spans, notes int) (readMessage, error) {
	m := readMessage{
		Form: r.Form, Outcome: r.Outcome, Reason: r.Reason, Summary: r.Summary(), Protobuf: r.Wire,
		SIP: siptext.Decode([]byte(r.SIP)), Notes: r.PlacedNotes(notes), Spans: []readSpan{},
	}
	if r.Wire != nil {
		req, err := message.Parse(r.Wire)
		if err != nil {
			return m, err
		}
		m.JSON = req.AppendJSON(nil)
	}
	at := r.Characters()
	for _, s := range r.Spans[:max(0, min(len(r.Spans), spans))] {
		m.Spans = append(m.Spans, readSpan{s.Path, at(s.From), at(s.To)})
	}
	return m, nil
}
