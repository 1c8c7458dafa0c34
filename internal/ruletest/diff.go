package ruletest

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// maxRules bounds how many rules a diff lists; those that have no say are left out anyway.
const maxRules = 50

// diff says what isn't as expected, and why: each rule's outcome, and which parts of it said no. What is foreign in it
// is made visible, a line of its own staying one.
func diff(wrong []mismatch, t Test, x *dispatch.Explanation, target *Target) string {
	var b strings.Builder
	for _, m := range wrong {
		fmt.Fprintf(&b, "%s:\n  want %s\n  got  %s\n", visible.Line(m.what), visible.Line(m.want), visible.Line(m.got))
	}
	if x.Error != "" {
		fmt.Fprintf(&b, "error: %s\n", visible.Line(x.Error))
	}
	fmt.Fprintf(&b, "message: %s\n", visible.Line(shortly(t.Wire)))
	shown := 0
	for i, r := range x.Rules {
		if !r.MethodAccepted && r.Ref != t.Expect.Processor {
			continue
		}
		if shown++; shown > maxRules {
			fmt.Fprintf(&b, "and further rules\n")
			break
		}
		ruleText(&b, r, i, target.Config)
	}
	return b.String()
}

// ruleText says what a rule said, and where it failed or said no.
func ruleText(b *strings.Builder, r routing.RuleReport, i int, cfg *config.Config) {
	fmt.Fprintf(b, "rule %s: %s", visible.Line(r.Ref), r.Outcome)
	switch {
	case r.Error != nil:
		fmt.Fprintf(b, ": %s", visible.Line(r.Error.String()))
	case !r.MethodAccepted:
		b.WriteString(": its methods don't hold the message's")
	}
	b.WriteByte('\n')
	if r.Outcome == routing.Matched {
		return
	}
	tw := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, o := range r.Operands {
		if o.Evaluated && !o.Truthy {
			// Flush can't fail on a Builder
			fmt.Fprintf(tw, "  %s\t%s\tgave %s\n", visible.Line(place(cfg, i, o.From)), visible.Line(oneLine(o.Text)),
				visible.Line(gave(o)))
		}
	}
	_ = tw.Flush()
}

func gave(o matchfunc.Operand) string {
	if o.Value == "" {
		return "nothing: it threw"
	}
	return o.Value
}

// place is where a part of a rule is in the configuration.
func place(cfg *config.Config, rule int, at matchfunc.Place) string {
	p := cfg.MatchFuncProblem(rule, at.Line, at.Column, "")
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// shortly names a message for people.
func shortly(wire []byte) string {
	req, err := message.Parse(wire)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("%s with ref %q", req.Method(), req.Ref())
	if req.Form() == message.SIPResponse {
		return text + ", response " + req.ResponseType().String()
	}
	sip, _ := message.Root.Child("message")
	if uri, ok := sip.Child("requestUri"); ok && req.Present(uri) {
		user, host := uri.Type().Field("user"), uri.Type().Field("host")
		text += fmt.Sprintf(" to %s@%s", req.Str(uri, user), req.Str(uri, host))
	}
	return text
}
