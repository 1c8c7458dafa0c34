package native

import (
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// Read returns what a rule reads at a place of the request, such as message.via[0].host, as JSON or a word, cut at
// limit bytes; false where an element's index isn't known.
func Read(req *message.Request, path string, limit int) (shown string, ok bool) {
	f := newScratch()
	v := value{kind: record, typ: message.RequestSchema}
	for path != "" {
		part := path
		if i := strings.IndexAny(path[1:], ".["); i >= 0 {
			part = path[:i+1]
		}
		path = path[len(part):]
		if index, is := strings.CutPrefix(part, "["); is {
			n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err != nil {
				return "", false
			}
			v = at(req, f, &v, float64(n))
			continue
		}
		if v.kind <= null {
			return "undefined", true
		}
		v = get(req, f, &v, newKey(strings.TrimPrefix(part, ".")))
	}
	return v.show(req, limit), true
}
