package telemetry

import (
	"sync"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Other is the value of a label for all that has no name of its own. A message may carry any number where an enum
// belongs, and a processor may answer with any code; each value of a label makes a series that stays.
const Other = "OTHER"

// refLabel is the ref of a processor or middleware as a label has it. The text format of Prometheus writes control
// characters as they are, and people read /metrics in a terminal, too.
func refLabel(ref string) string { return visible.Line(ref) }

// names are the refs that have a label's value of their own: the first ones, as many as most says then. The others are
// Rest.
type names struct {
	most func() int

	mu  sync.Mutex
	all map[string]bool
}

// label returns the label's value of a ref.
func (n *names) label(ref string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.all[ref] {
		if len(n.all) >= n.most() {
			return Rest
		}
		if n.all == nil {
			n.all = map[string]bool{}
		}
		n.all[ref] = true
	}
	return refLabel(ref)
}

func methodLabel(name string) string {
	if _, known := routrpb.Method_value[name]; known {
		return name
	}
	return Other
}

func codeLabel(name string) string {
	if c, ok := status.ParseCode(name); ok && c < status.Named {
		return c.String()
	}
	return Other
}
