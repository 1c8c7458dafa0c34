package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/given"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/routing"
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
	return `Exit codes: 0 a processor gets the message; 1 none does, a rule fails, or it is no message; 2 a wrong command line,
or a file that can't be used.`
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
	name, text, err := s.read(c.Message+c.File, "the message", given.MaxBytes)
	if err != nil {
		return err
	}
	messages, err := c.messages(name, text)
	if err != nil {
		return err
	}
	p, err := app.NewPipeline(cfg, backend.NewPool(), "routr-dispatcher/"+versionString())
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }() // never connected
	for i, m := range messages {
		if len(messages) > 1 && !c.JSON {
			fmt.Fprintf(s.out, "Message %d of %d: %s\n", i+1, len(messages), visible.Line(m.Summary())) // the last write says it
		}
		x, failed := p.Explain(context.Background(), m.Wire)
		if failed != nil {
			return fmt.Errorf("%s: it was read as %s: %w", name, forms[m.Form], failed)
		}
		if c.JSON {
			enc := json.NewEncoder(s.out)
			enc.SetIndent("", "  ")
			failed = enc.Encode(struct {
				*dispatch.Explanation
				EdgePort *given.Fate `json:"edgePort,omitempty"`
			}{x, m.Fate()})
		} else if failed = printExplanation(s.out, x); failed == nil {
			failed = printNotes(s.out, m)
		}
		if failed != nil {
			return failed
		}
		if err == nil {
			err = verdict(x)
		}
	}
	return err
}

// forms says in words how a message was written.
var forms = map[string]string{"sip": "SIP text", "json": "JSON", "decision": "a decision", "protobuf": "the bytes of a MessageRequest"}

// messages reads every message of a text, and fails where there is one that can't be tried.
func (c *explainCmd) messages(name string, text []byte) ([]given.Read, error) {
	host, port, err := source(c.Source)
	if err != nil {
		return nil, &usageError{err}
	}
	if err := siptext.CheckTransport(c.Transport); err != nil {
		return nil, &usageError{fmt.Errorf("--transport: %w", err)}
	}
	all, err := given.All(text, given.How{Transport: c.Transport, SourceHost: host, SourcePort: port})
	for i := 0; err == nil && i < len(all); i++ {
		err = all[i].Unusable()
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

// maxNotes is how many notes on a text are shown.
const maxNotes = 20

// printNotes says what an EdgePort does with the text of a message.
func printNotes(w io.Writer, m given.Read) (err error) {
	if len(m.Notes) > 0 {
		_, err = fmt.Fprintln(w, "What an EdgePort does with this text:")
	}
	for i, n := range m.Notes {
		if i == maxNotes {
			_, err = fmt.Fprintf(w, "  … and %d more\n", len(m.Notes)-i)
			break
		}
		line, _ := siptext.Place(m.SIP, n.From)
		_, err = fmt.Fprintf(w, "  line %d: %s\n", line, visible.Line(n.Message))
	}
	return err
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

// printExplanation writes for people.
func printExplanation(w io.Writer, x *dispatch.Explanation) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range x.Rules {
		note := ""
		switch {
		case r.Error != nil:
			note = r.Error.String()
		case !r.MethodAccepted:
			note = "its methods don't hold the message's"
		}
		if note != "" {
			note = "\t" + visible.Line(note)
		}
		fmt.Fprintf(tw, "  %s\t%s%s\n", visible.Line(r.Ref), r.Outcome, note) // Flush says it
	}
	if x.Selected == nil {
		fmt.Fprintf(w, "No processor: %s: %s\n", x.Code, visible.Line(x.Error)) // Flush says it
	} else {
		fmt.Fprintf(w, "Processor: %s\n", visible.Line(*x.Selected)) // Flush says it
	}
	fmt.Fprintln(w, "Rules, in order:") // Flush says it
	if err := tw.Flush(); err != nil {
		return err
	}
	var stops []string
	for _, stop := range x.Plan {
		stops = append(stops, fmt.Sprintf("%s %s (%s)", stop.Role, visible.Line(stop.Ref), visible.Line(stop.Addr)))
	}
	if len(stops) == 0 {
		stops = []string{"nobody"}
	}
	fmt.Fprintln(w, "Would call:", strings.Join(stops, ", then ")) // the last write says it
	return printOperands(w, x.Rules)
}

// maxOperandLines is how many operands of a rule are shown; --json shows all.
const maxOperandLines = 30

// printOperands says what each part of the rules that were tried gave, those within another one below it.
func printOperands(w io.Writer, rules []routing.RuleReport) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rules {
		if len(r.Operands) == 0 {
			continue
		}
		if o := r.Operands[0]; len(r.Operands) == 1 && o.Text == o.Value {
			fmt.Fprintf(tw, "Why %s said %s: its rule says %s to every message\n", visible.Line(r.Ref), r.Outcome, visible.Line(o.Text)) // Flush says it
			continue
		}
		fmt.Fprintf(tw, "Why %s said %s:\n", visible.Line(r.Ref), r.Outcome) // Flush says it
		for i, o := range r.Operands {
			if i == maxOperandLines {
				fmt.Fprintf(tw, "  … and %d more\t\n", len(r.Operands)-i) // Flush says it
				break
			}
			fmt.Fprintf(tw, "%s%s\t%s\n", strings.Repeat("  ", 1+depth(r.Operands[:i], o)), visible.Line(strings.Join(strings.Fields(o.Text), " ")), visible.Line(gave(o))) // Flush says it
		}
	}
	return tw.Flush()
}

// depth counts the operands that hold o.
func depth(before []matchfunc.Operand, o matchfunc.Operand) (n int) {
	for _, b := range before {
		if b.To.Line > o.To.Line || b.To.Line == o.To.Line && b.To.Column >= o.To.Column {
			n++
		}
	}
	return n
}

// gave says what came of an operand.
func gave(o matchfunc.Operand) string {
	switch {
	case !o.Evaluated:
		return "not evaluated"
	case o.Value == "":
		return "threw"
	case o.Times > 1:
		return fmt.Sprintf("%s (the last of %d)", o.Value, o.Times)
	}
	return o.Value
}
