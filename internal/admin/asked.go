package admin

import (
	"context"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// handedIn is a message in a body, in exactly one form.
type handedIn struct {
	paste.Message
	Decision string `json:"decision"` // the id of one whose message is kept
}

// asked is a message that something is asked about.
type asked struct {
	paste.Read
	entry  *decision.Entry // whose message it is; nil for one that was handed in
	shown  []byte          // what rules that aren't ours may see of it
	masked []string        // places of which that differs, or that were masked when it was handed in
}

// asked reads a message, which has this path in the body.
func (d *door) asked(ctx context.Context, m handedIn, path string) (*asked, error) {
	if m.Decision == "" {
		if !m.Given() {
			return nil, oneForm(path, "none")
		}
		read, err := m.Read()
		if err != nil {
			p := problemOf(err)
			p.Path = joined(path, p.Path)
			return nil, p
		}
		return &asked{Read: read, shown: read.Wire, masked: decision.Starred(read.Wire)}, nil
	}
	if m.Given() {
		return nil, oneForm(path, "more than one")
	}
	entry, ok := d.opts.Decisions.Get(m.Decision)
	if !ok {
		return d.askedElsewhere(ctx, m.Decision, joined(path, "decision"))
	}
	wire, kept := d.opts.Decisions.Request(m.Decision)
	if !kept {
		return nil, messageNotKept()
	}
	mask := d.opts.Decisions.Mask()
	shown, err := mask.StandIn(wire)
	if err != nil {
		return nil, problem(http.StatusNotFound, "message-not-kept", "What came in isn't a message: %s.", err.Error())
	}
	places, err := mask.Places(wire)
	return &asked{Read: paste.Read{Form: "decision", Wire: wire}, entry: &entry, shown: shown, masked: places}, err
}

// oneForm says how many forms a message has that must have one.
func oneForm(path, many string) *Problem {
	p := problem(http.StatusBadRequest, "message-invalid",
		`A message is one of "json", "protobuf", "sip" and "decision", and here is %s of them.`, many)
	p.Path = path
	return p
}

// askedElsewhere is the message of another replica's decision, as that shows it: masked, like one that was handed in.
func (d *door) askedElsewhere(ctx context.Context, id, path string) (*asked, error) {
	e, ok, err := d.elsewhereDecision(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, noDecision(id, path)
	case e.Message == nil:
		return nil, messageNotKept()
	}
	wire, err := paste.FromJSON(e.Message)
	if err != nil {
		return nil, err
	}
	return &asked{Read: paste.Read{Form: "decision", Wire: wire}, shown: wire, masked: decision.Starred(wire)}, nil
}

func noDecision(id, path string) *Problem {
	p := problem(http.StatusNotFound, "not-found", "There is no decision %.100q, or not any more.", id)
	p.Path = path
	return p
}

// hider hides what is said of a message where it derives from a secret of it.
type hider struct {
	mask   *decision.Mask
	secret []string // places
	about  []byte   // the message
}

// hider returns what hides the message's secrets, where it has some that those who are told of it may not see.
func (d *door) hider(m *asked) hider {
	h := hider{mask: d.opts.Decisions.Mask(), about: m.Wire}
	if m.entry != nil {
		h.secret = m.masked
	}
	return h
}

// hidden is what people see of what derives from a secret.
const hidden = "***"

// rules hides what rules say.
func (h hider) rules(all []routing.RuleReport) {
	for i := range all {
		r := &all[i]
		r.Masked = h.derived(r.Reads)
		decisive := h.operands(r.Operands)
		if e := r.Error; e != nil {
			e.Message = h.text(e.Message)
		}
		value, because := h.said(string(r.Value), r.Because, r.Masked, decisive)
		r.Value, r.Because = routing.Value(value), because
	}
}

// result is rules for one rule in a worker.
func (h hider) result(r *worker.Result) (masked bool) {
	masked = h.derived(r.Reads)
	decisive := h.operands(r.Operands)
	if r.Err != nil {
		r.Err.Message = h.text(r.Err.Message)
	}
	r.Value, r.Because = h.said(r.Value, r.Because, masked, decisive)
	return masked
}

// said hides what a rule returned, and why.
func (h hider) said(value, because string, masked, decisive bool) (string, string) {
	switch {
	case !masked:
		return value, because
	case decisive && because != "":
		because = "It depends on what is masked."
	default:
		because = h.text(because)
	}
	if value != "" {
		value = hidden
	}
	return value, because
}

// operands hides what operands gave. It reports whether one of those that made the outcome is hidden.
func (h hider) operands(all []matchfunc.Operand) (decisive bool) {
	for i := range all {
		o := &all[i]
		if !h.derived(o.Reads) {
			continue
		}
		o.Masked = true
		if o.Value != "" {
			o.Value = hidden
		}
		decisive = decisive || o.Decisive
	}
	return decisive
}

func (h hider) derived(reads []string) bool { return len(matchfunc.Derived(reads, h.secret)) > 0 }

func (h hider) text(text string) string {
	if len(h.secret) == 0 {
		return text
	}
	return h.mask.Text(text, h.about)
}
