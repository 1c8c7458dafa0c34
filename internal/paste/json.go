package paste

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// allJSON reads JSON values one behind the other.
func allJSON(text []byte) (all []Read, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	for decoder.More() {
		if len(all) == MaxMessages {
			return nil, &Error{"json", fmt.Errorf("more than %d messages, which is how many are read at once",
				MaxMessages)}
		}
		var value json.RawMessage
		begins := int(decoder.InputOffset())
		if err := decoder.Decode(&value); err != nil {
			return nil, &Error{"json", notJSON(string(text), begins)}
		}
		one, err := Decision(value)
		if errors.Is(err, errNoDecision) {
			if one, err = JSON(value); err != nil {
				err = &Error{"json", placed(string(text), begins, err)}
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// notJSON says where a value that begins as JSON does isn't any. A Decoder doesn't count the blanks that it skips, so
// that the value is read again by itself.
func notJSON(text string, begins int) error {
	err, at := json.NewDecoder(strings.NewReader(text[begins:])).Decode(new(json.RawMessage)), len(text)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		at = begins + int(syntax.Offset) - 1
	case errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("it ends too early")
	}
	return siptext.At(text, at, fmt.Sprintf("the text begins with {, but isn't JSON: %v", err))
}

// inJSON is how protojson names a place: a line and a column of characters, from 1. The blank may be any.
var inJSON = regexp.MustCompile(`proto:.\(line ([0-9]+):([0-9]+)\): `)

// placed shows the place that an error about a JSON value names. The value begins at a byte of the text. One with a
// messageType was read without it, so that its places are those of another text.
func placed(text string, begins int, err error) error {
	m := inJSON.FindStringSubmatchIndex(err.Error())
	if m == nil || strings.Contains(text[begins:], `"`+message.MessageTypeKey+`"`) {
		return err
	}
	number := func(i int) int {
		n, _ := strconv.Atoi(err.Error()[m[i]:m[i+1]]) // it is digits, and a place in at most 64 MiB
		return n
	}
	at := begins
	for range number(2) - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	for range number(4) - 1 {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return siptext.At(text, at, err.Error()[:m[0]]+err.Error()[m[1]:])
}

// errNoDecision says that JSON isn't a decision.
var errNoDecision = errors.New("it isn't a decision")

// Decision reads the message of a decision, as the API and the decision file write one.
func Decision(text []byte) (Read, error) {
	var d struct {
		ID      *string         `json:"id"`
		Time    *string         `json:"time"`
		Message json.RawMessage `json:"message"`
	}
	if err := json.Unmarshal(text, &d); err != nil || d.ID == nil || d.Time == nil {
		return Read{}, errNoDecision
	}
	if d.Message == nil {
		return Read{}, &Error{"decision",
			fmt.Errorf("decision %.100q has no message: it wasn't kept, or this is of the list of GET "+
				"/api/v1/decisions; GET /api/v1/decisions/{id} has it", *d.ID)}
	}
	one, err := fromWireOf(FromJSON(d.Message))
	one.Form = "decision"
	return one, err
}
