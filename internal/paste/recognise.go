package paste

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// MaxMessages is how many messages of a text are read.
const MaxMessages = 1000

// How is what isn't in a text: how its messages came. What is empty is taken from the text.
type How struct {
	Transport  string
	SourceHost string
	SourcePort int32
}

// All reads every message of a text, in whichever form: SIP text with or without the lines of a capture's tool, JSON as
// rules see it or in protobuf's mapping, decisions as they are written to a file, one a line, a MessageRequest's bytes,
// and base64 of any of these. The error is an *Error that says which forms were tried and why the text is none of them.
func All(text []byte, how How) ([]Read, error) {
	if len(text) > MaxBytes {
		return nil, fits("text", len(text))
	}
	unmarked := bytes.TrimPrefix(text, []byte(byteOrderMark))
	trimmed := bytes.TrimSpace(unmarked)
	if len(trimmed) == 0 {
		return nil, &Error{Err: errors.New("the text is blank")}
	}
	if trimmed[0] == '{' {
		return allJSON(unmarked)
	}
	if all := capture(string(text)); len(all) > 0 {
		return allSIP(all, how)
	}
	if line, _, _ := bytes.Cut(trimmed[:min(len(trimmed), 1<<10)], []byte("\n")); bytes.Contains(line, []byte("SIP/")) {
		return allSIP([]captured{{text: string(text)}}, how) // to say what is wrong with it
	}
	decoded, isBase64 := fromBase64(trimmed)
	if isBase64 {
		if all := capture(string(decoded)); len(all) > 0 {
			return exactly(string(decoded), how)
		}
		if one, err := fromWire(decoded); err == nil {
			return []Read{one}, nil
		}
	}
	one, err := fromWire(text)
	if err != nil {
		return nil, &Error{Err: unrecognised(string(text), isBase64, err)}
	}
	return []Read{one}, nil
}

// SIP reads one message of SIP text, byte for byte as it was sent.
func SIP(text string, how How) ([]Read, error) { return exactly(text, how) }

func exactly(text string, how How) ([]Read, error) {
	one, err := readSIP(text, how.options())
	if err != nil {
		return nil, &Error{"sip", err}
	}
	return []Read{one}, nil
}

func (how How) options() siptext.Options {
	return siptext.Options{Transport: how.Transport, SourceHost: how.SourceHost, SourcePort: how.SourcePort}
}

// allSIP reads the messages of a capture.
func allSIP(all []captured, how How) ([]Read, error) {
	if len(all) > MaxMessages {
		return nil, &Error{"sip", fmt.Errorf("%d messages, and at most %d are read at once", len(all), MaxMessages)}
	}
	var out []Read
	for _, c := range all {
		of := how
		if of.SourceHost == "" {
			of.SourceHost, of.SourcePort = c.sourceHost, c.sourcePort
		}
		if of.Transport == "" {
			of.Transport = c.transport
		}
		one, err := readPasted(c, of.options())
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// fromBase64 decodes base64 of any alphabet, with or without padding and line breaks.
func fromBase64(text []byte) ([]byte, bool) {
	s := strings.NewReplacer("\n", "", "\r", "", " ", "", "\t", "", "-", "+", "_", "/").Replace(string(text))
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return decoded, err == nil && len(decoded) > 0
}

// unrecognised says which forms were tried, and why a text is none of them.
func unrecognised(text string, isBase64 bool, wire error) error {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	if len(line) > 60 {
		line = line[:60] + "…"
	}
	why := fmt.Sprintf("this is no message; it begins with %q. It isn't SIP text: no line is a method, a URI and "+
		"SIP/2.0, "+
		"or SIP/2.0 and a status code. It isn't JSON, which begins with {.", siptext.Decode([]byte(line)))
	if isBase64 {
		why += " It may be base64, but of neither SIP text nor a MessageRequest."
	} else {
		why += " It isn't base64."
	}
	return fmt.Errorf("%s And it isn't the bytes of a MessageRequest: %w", why, wire)
}
