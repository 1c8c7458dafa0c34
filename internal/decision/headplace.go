package decision

import "github.com/fonoster/routr-dispatcher/internal/message"

// headPlace is where a text of a head stands in its message, which a Mask may hide. The host follows its user.
type headPlace uint8

const (
	uriPlace headPlace = iota
	uriHostPlace
	fromPlace
	fromHostPlace
	toPlace
	toHostPlace
	senderPlace
	cseqPlace
	agentPlace
	branchPlace
	headPlaces
)

// paths are the places by the names that rules use; the last of a header is its name.
var paths = [headPlaces][]string{
	uriPlace: {"message", "requestUri", "user"}, uriHostPlace: {"message", "requestUri", "host"},
	fromPlace:     {"message", "from", "address", "uri", "user"},
	fromHostPlace: {"message", "from", "address", "uri", "host"},
	toPlace:       {"message", "to", "address", "uri", "user"},
	toHostPlace:   {"message", "to", "address", "uri", "host"},
	senderPlace:   {"sender", "host"}, cseqPlace: {"message", "extensions", "CSeq"},
	agentPlace:  {"message", "extensions", "User-Agent"},
	branchPlace: {"message", "via", "branch"},
}

// hiddenPlaces says which places are hidden.
func (c *cover) hiddenPlaces() (hidden [headPlaces]bool) {
	for place, path := range paths {
		hidden[place] = c.covers(path)
	}
	return hidden
}

func (c *cover) covers(path []string) bool {
	t := message.RequestSchema
	for _, name := range path {
		if t == extensionType {
			return c.hides() || c.hasKey([]byte(name))
		}
		f := t.Field(name)
		c, t = c.within(f), f.Type
	}
	return c.hides()
}
