package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// impactText writes for people.
func impactText(r *impact.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d go where they went, %d would go elsewhere.\n", count(r.Messages, "message"), r.Unchanged,
		r.Moved)
	if len(r.Moves) > 0 {
		tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(tw, "\n  COUNT\tFROM\tTO\tFOR EXAMPLE") // Flush can't fail on a Builder
		for _, m := range r.Moves {
			to := m.To
			if m.Rule != "" && m.Rule != m.To {
				to += " (rule " + m.Rule + ")"
			}
			fmt.Fprintf(tw, "  %d\t%s\t%s\t%s\n", m.Count, visible.Line(m.From), visible.Line(to),
				examplesText(m.Examples))
		}
		_ = tw.Flush()
	}
	failuresText(&b, "Errors that are new", r.NewErrors)
	failuresText(&b, "Errors that are gone", r.FixedErrors)
	if r.Messages == 0 { // what no message got to says nothing then
		return b.String()
	}
	if len(r.NeverMatched) > 0 {
		fmt.Fprintf(&b, "\nRules that took none of the messages: %s\n",
			visible.Line(strings.Join(r.NeverMatched, ", ")))
	}
	for i, u := range r.Unreachable {
		if i == 0 {
			b.WriteString("\nRules that no message got to:\n")
		}
		fmt.Fprintf(&b, "  %s: %s\n", visible.Line(u.Ref), visible.Line(u.Reason))
	}
	if r.LeftOut > 0 {
		fmt.Fprintf(&b, "\n%d changes of further kinds aren't shown\n", r.LeftOut)
	}
	return b.String()
}

func failuresText(b *strings.Builder, title string, list []impact.Failure) {
	for i, f := range list {
		if i == 0 {
			fmt.Fprintf(b, "\n%s:\n", title)
		}
		fmt.Fprintf(b, "  %d × %s, for example %s\n", f.Count, visible.Line(f.Error), examplesText(f.Examples))
	}
}

// examplesText names the first few.
func examplesText(list []impact.Example) string {
	const most = 3
	var names []string
	for _, x := range list[:min(len(list), most)] {
		name := x.CallID
		if x.ID != "" {
			name = x.ID + " " + name
		}
		names = append(names, fmt.Sprintf("%s %s", x.Method, name))
	}
	return visible.Line(strings.Join(names, ", "))
}
