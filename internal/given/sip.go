package given

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// FromSIP reads raw SIP text as an EdgePort does. A message that the EdgePort would lose, or keep to itself, is read all
// the same, so that it can be looked at; one that it refuses, or that lacks a header that every message has, isn't.
func FromSIP(text string) ([]byte, error) {
	one, err := readSIP(pasted(text), siptext.Options{})
	if err != nil {
		return nil, &Error{"sip", err}
	}
	if one.Outcome == siptext.Refused || one.Wire == nil || !one.complete {
		skipped := len(text) - len(unframed(text))
		return nil, &Error{"sip", siptext.At(text[:skipped]+one.SIP, skipped+one.at, one.Reason)}
	}
	return one.Wire, nil
}

// unframed takes off what stands before a message: a mark of its encoding, and blank lines.
func unframed(text string) string {
	return strings.TrimLeft(strings.TrimPrefix(text, byteOrderMark), "\r\n")
}

// byteOrderMark is what some editors write before the first character.
const byteOrderMark = "\uFEFF"

// pasted gives a text back what pasting took from it: the carriage returns, where there is none at all, and the empty
// line behind the head. Blank lines before it go.
//
// Content-Length counts the bytes that were sent. So a body that is as long as it says stays as it is, also without
// carriage returns.
func pasted(text string) string {
	text = unframed(text)
	if strings.Contains(text, "\r") {
		if !strings.Contains(text, "\r\n\r\n") && !strings.Contains(text, "\n\n") {
			text = strings.TrimRight(text, "\r\n") + "\r\n\r\n"
		}
		return text
	}
	head, body, ok := cutHead(text)
	crlf := strings.ReplaceAll(strings.TrimRight(head, "\n"), "\n", "\r\n") + "\r\n\r\n"
	if !ok {
		return crlf
	}
	length, known := contentLength(head)
	switch {
	case known && (len(body) == length || len(body) == length+1 && strings.HasSuffix(body, "\n")):
	default:
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	if known && len(body) > length && strings.TrimRight(body[length:], "\r\n") == "" {
		body = body[:length] // the line break that an editor adds
	}
	return crlf + body
}

// cutHead divides a text without carriage returns behind its first blank line.
func cutHead(text string) (head, body string, ok bool) {
	for off := 0; off < len(text); {
		end := strings.IndexByte(text[off:], '\n')
		if end < 0 {
			break
		}
		if strings.Trim(text[off:off+end], " \t") == "" {
			return text[:off], text[off+end+1:], true
		}
		off += end + 1
	}
	return text, "", false
}

// contentLength returns the length that a head gives.
func contentLength(head string) (length int, ok bool) {
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		if name = strings.TrimSpace(name); strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			n := 0
			for _, c := range strings.TrimSpace(value) {
				if c < '0' || c > '9' || n > MaxBytes {
					return 0, false
				}
				n = n*10 + int(c-'0')
			}
			length, ok = n, true
		}
	}
	return length, ok
}

// readSIP reads one message of SIP text.
func readSIP(text string, opts siptext.Options) (Read, error) {
	r, err := siptext.Read(text, opts)
	if err != nil {
		return Read{}, err
	}
	one := Read{Form: "sip", Outcome: r.Outcome, Reason: r.Reason, SIP: r.Text, Notes: r.Notes, Spans: r.Spans}
	if place := r.Err(); place != nil {
		for _, n := range r.Notes {
			if n.Message == r.Reason {
				one.at = n.From
				break
			}
		}
	}
	if r.Request == nil {
		return one, nil
	}
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(r.Request)
	if err != nil {
		return Read{}, err
	}
	if _, err := message.Parse(wire); err != nil {
		return Read{}, err
	}
	one.Wire, one.complete = wire, r.Complete()
	return one, nil
}
