package decision

import (
	"bytes"
	"regexp"
	"strconv"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// maxPlaces is how many places of a message are told of.
const maxPlaces = 1000

// Places returns where in a message something is hidden, by the names that rules use: message.authorization.response,
// message.extensions[2].value, metadata.token.
func (m *Mask) Places(wire []byte) ([]string, error) {
	masked, err := m.Wire(wire)
	if err != nil {
		return nil, err
	}
	was, is := texts(message.RequestSchema, wire), texts(message.RequestSchema, masked)
	var all []string
	for i := range min(len(was), len(is)) { // the same fields in the same order
		if len(all) < maxPlaces && !bytes.Equal(was[i].value, is[i].value) {
			all = append(all, was[i].place)
		}
	}
	return all, nil
}

// Starred returns where in a message, which must be one that message.Parse takes, something was hidden already.
func Starred(wire []byte) (all []string) {
	for _, t := range texts(message.RequestSchema, wire) {
		if len(all) < maxPlaces && bytes.Contains(t.value, []byte(stars)) {
			all = append(all, t.place)
		}
	}
	return all
}

// placed is a text in a message.
type placed struct {
	place string
	value []byte
}

// texts returns the texts in the checked message data of type t, in the order of the wire.
func texts(t *message.Type, data []byte) (all []placed) {
	elements := map[*message.Field]int{}
	for f, value := range t.Each(data) {
		place := f.Name
		if f.Repeated {
			place += "[" + strconv.Itoa(elements[f]) + "]"
			elements[f]++
		}
		switch {
		case f.Map:
			key, value := message.Entry(value)
			all = append(all, placed{place + entryPart(string(key)), value})
		case f.Kind == message.Message:
			for _, below := range texts(f.Type, value) {
				all = append(all, placed{place + "." + below.place, below.value})
			}
		case f.Kind == message.String:
			all = append(all, placed{place, value})
		}
	}
	return all
}

// plainKey are the names that a path holds as they are.
var plainKey = regexp.MustCompile(`^[\w$-]+$`)

func entryPart(key string) string {
	if plainKey.MatchString(key) {
		return "." + key
	}
	return "[" + strconv.Quote(key) + "]"
}
