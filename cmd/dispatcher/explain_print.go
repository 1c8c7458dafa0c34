package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

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
		printNearest(w, x.Rules)
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

// printNearest names the rule that is the fewest conditions away from a match, the first of them in order.
func printNearest(w io.Writer, rules []routing.RuleReport) {
	var nearest *routing.RuleReport
	for i := range rules {
		if r := &rules[i]; r.Flips > 0 && (nearest == nil || r.Flips < nearest.Flips) {
			nearest = r
		}
	}
	if nearest == nil {
		return
	}
	away := "one condition"
	if nearest.Flips > 1 {
		away = fmt.Sprintf("%d conditions", nearest.Flips)
	}
	// the next write says it
	fmt.Fprintf(w, "Nearest: %s, %s away: %s\n", visible.Line(nearest.Ref), away, visible.Line(nearest.Because))
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
			// Flush says it
			fmt.Fprintf(tw, "Why %s said %s: its rule says %s to every message\n", visible.Line(r.Ref), r.Outcome,
				visible.Line(o.Text))
			continue
		}
		// Flush says it
		fmt.Fprintf(tw, "Why %s said %s: %s\n", visible.Line(r.Ref), r.Outcome, visible.Line(r.Because))
		for i, o := range r.Operands {
			if i == maxOperandLines {
				fmt.Fprintf(tw, "  … and %d more\t\n", len(r.Operands)-i) // Flush says it
				break
			}
			// Flush says it
			fmt.Fprintf(tw, "%s%s\t%s\n", strings.Repeat("  ", 1+depth(r.Operands[:i], o)),
				visible.Line(strings.Join(strings.Fields(o.Text), " ")), visible.Line(gave(o)))
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

// maxNotes is how many notes on a text are shown.
const maxNotes = 20

// printNotes says what an EdgePort does with the text of a message, where it is SIP text.
func printNotes(w io.Writer, m paste.Read) (err error) {
	if m.Form != "sip" {
		return nil
	}
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

// printUnusable says why nothing can be tried on one of several messages.
func (c *explainCmd) printUnusable(w io.Writer, m paste.Read, why error) error {
	if c.JSON {
		return printJSON(w, struct {
			EdgePort *paste.Fate `json:"edgePort,omitempty"`
		}{m.Fate()})
	}
	_, err := fmt.Fprintln(w, visible.Text(why.Error()))
	return err
}

// printJSON writes for programs, and for people who look: rules are full of >.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
