package telemetry

import (
	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Other is the value of a label for all that has no name of its own. A message may carry any number where an enum belongs,
// and a processor may answer with any code; each value of a label makes a series that stays.
const Other = "OTHER"

// known returns name where it is one of those that an enum has.
func known(names map[string]int32, name string) string {
	if _, ok := names[name]; ok {
		return name
	}
	return Other
}

// refLabel is the ref of a processor or middleware as a label has it. The text format of Prometheus writes control
// characters as they are, and people read /metrics in a terminal, too.
func refLabel(ref string) string { return visible.Line(ref) }

func methodLabel(name string) string { return known(routrpb.Method_value, name) }

func codeLabel(name string) string { return known(code.Code_value, name) }
