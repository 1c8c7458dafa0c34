package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type explainCmd struct {
	Config    string `short:"c" help:"The configuration file (YAML or JSON). Else CONFIG_PATH names it, else the demo's is used." placeholder:"FILE"`
	Message   string `short:"m" help:"The message: a file with its JSON (as rules see it, or protobuf's mapping), SIP text as it was sent or as ngrep, sngrep, sipgrep, tcpdump -A, -v and -X, and Homer show it, a line of the decision file, the bytes of a MessageRequest, or base64 of these; - is the standard input." placeholder:"FILE"`
	File      string `arg:"" optional:"" name:"message" help:"The message, as --message names it."`
	Transport string `help:"How the message came: UDP, TCP, TLS, SCTP, WS or WSS. Else its top Via says so." placeholder:"NAME"`
	Source    string `help:"The address and port that SIP text came from, which the EdgePort writes into the top Via." placeholder:"ADDR"`
	JSON      bool   `name:"json" help:"Print JSON, as the admin API's route/explain does."`
}

// Help says how it exits.
func (*explainCmd) Help() string {
	return `Exit codes: 0 a processor gets the message; 1 none does, a rule fails, an EdgePort loses it, or it is no message;
2 a wrong command line, or a file that can't be used.`
}

// Run routes the message without calling anybody.
func (c *explainCmd) Run(s streams) error {
	switch {
	case c.Message != "" && c.File != "":
		return &usageError{errors.New("the message is named twice")}
	case c.Message == "" && c.File == "":
		return &usageError{errors.New("name a message: a file, or - for the standard input")}
	}
	cfg, _, err := load(c.Config, s)
	if err != nil {
		return err
	}
	name, text, err := s.read(c.Message+c.File, "the message", paste.MaxBytes)
	if err != nil {
		return err
	}
	messages, err := c.messages(name, text)
	if err != nil {
		return err
	}
	p, err := offline(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }() // never connected
	for i, m := range messages {
		if len(messages) > 1 && !c.JSON {
			// the last write says it
			fmt.Fprintf(s.out, "Message %d of %d: %s\n", i+1, len(messages), visible.Line(m.Summary()))
		}
		judged, failed := c.one(s.out, p, m, name)
		if failed != nil {
			return failed
		}
		if err == nil {
			err = judged
		}
	}
	return err
}

// one explains one message. It returns what isn't well with it, and why nothing can be said of it.
func (c *explainCmd) one(w io.Writer, p *app.Pipeline, m paste.Read, name string) (judged, failed error) {
	if judged = m.Unusable(); judged != nil {
		return judged, c.printUnusable(w, m, judged)
	}
	x, err := p.Explain(context.Background(), m.Wire)
	if err != nil {
		return nil, fmt.Errorf("%s: it was read as %s: %w", name, forms[m.Form], err)
	}
	judged = verdict(x)
	if m.Outcome == siptext.Lost {
		judged = errors.New("an EdgePort loses the message: no processor gets it")
	}
	if c.JSON {
		return judged, printJSON(w, struct {
			*dispatch.Explanation
			EdgePort *paste.Fate `json:"edgePort,omitempty"`
		}{x, m.Fate()})
	}
	if m.Outcome != siptext.Converted {
		// the last write says it
		fmt.Fprintf(w, "No EdgePort sends this message: %s.\nIf it came:\n", visible.Line(m.Reason))
	}
	if err := printExplanation(w, x); err != nil {
		return judged, err
	}
	return judged, printNotes(w, m)
}

// forms says in words how a message was written.
var forms = map[string]string{"sip": "SIP text", "json": "JSON", "decision": "a decision",
	"protobuf": "the bytes of a MessageRequest"}

// messages reads every message of a text, and fails where it is a single one that can't be tried.
func (c *explainCmd) messages(name string, text []byte) ([]paste.Read, error) {
	host, port, err := source(c.Source)
	if err != nil {
		return nil, &usageError{err}
	}
	if err := siptext.CheckTransport(c.Transport); err != nil {
		return nil, &usageError{fmt.Errorf("--transport: %w", err)}
	}
	all, err := paste.All(text, paste.How{Transport: c.Transport, SourceHost: host, SourcePort: port})
	if err == nil && len(all) == 1 {
		err = all[0].Unusable()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// source divides an address; there may be none.
func source(addr string) (string, int32, error) {
	if addr == "" {
		return "", 0, nil
	}
	from, err := netip.ParseAddrPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("--source is an address and a port, such as 192.0.2.1:5060: %w", err)
	}
	return from.Addr().String(), int32(from.Port()), nil
}

// verdict is an error where not all is well with the message.
func verdict(x *dispatch.Explanation) error {
	if x.Selected == nil {
		return errors.New("no processor gets the message")
	}
	for _, r := range x.Rules {
		if r.Error != nil {
			return fmt.Errorf("the rule of processor %q fails", r.Ref)
		}
	}
	return nil
}
