package paste

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// fromSIP reads raw SIP text as an EdgePort does. A message that the EdgePort would lose, or keep to itself, is read
// all the same, so that it can be looked at; one that it refuses, or that lacks a header that every message has, isn't.
func fromSIP(text string) (Read, error) {
	one, err := readPasted(captured{text: text}, siptext.Options{})
	if err == nil {
		err = one.Unusable()
	}
	if err != nil {
		return Read{}, err
	}
	return one, nil
}

// readPasted reads a message that went through a capture, an editor or a clipboard. The error is an *Error.
func readPasted(c captured, opts siptext.Options) (Read, error) {
	sent, restored := pasted(c.text, c.framed)
	one, err := readSIP(sent, opts)
	if err != nil {
		return Read{}, &Error{"sip", err}
	}
	one.skipped = c.text[:len(c.text)-len(unframed(c.text))]
	if restored {
		one.Notes = append(one.Notes, siptext.Note{
			Kind:    siptext.Info,
			Message: "the lines end in LF alone: they are read as if they ended in CRLF, as a phone sends them",
		})
	}
	return one, nil
}

// unframed takes off what stands before a message: a mark of its encoding, and blank lines.
func unframed(text string) string {
	return strings.TrimLeft(strings.TrimPrefix(text, byteOrderMark), "\r\n")
}

// byteOrderMark is what some editors write before the first character.
const byteOrderMark = "\uFEFF"

// pasted gives a text back what pasting took from it, where it has no carriage return at all: these, and the empty line
// behind the head. Blank lines before it go, and those behind it where framed says that they are a capture's.
//
// Content-Length counts the bytes that were sent. So a body that is as long as it says stays as it is, also without
// carriage returns.
func pasted(text string, framed bool) (sent string, restored bool) {
	text = unframed(text)
	if strings.Contains(text, "\r") {
		if framed {
			text = cutExcess(text)
		}
		return text, false
	}
	head, body, ok := cutHead(text)
	crlf := strings.ReplaceAll(strings.TrimRight(head, "\n"), "\n", "\r\n") + "\r\n\r\n"
	if !ok {
		return crlf, true
	}
	length, known := contentLength(head)
	if !known || len(body) != length && (len(body) != length+1 || !strings.HasSuffix(body, "\n")) {
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	return cutExcess(crlf + body), true
}

// cutExcess takes line breaks off that stand behind a body as long as Content-Length says: an editor or a capture's
// tool added them.
func cutExcess(text string) string {
	head, body, ok := strings.Cut(text, "\r\n\r\n")
	length, known := contentLength(head)
	if ok && known && len(body) > length && strings.Trim(body[length:], "\r\n") == "" {
		return text[:len(text)-len(body)+length]
	}
	return text
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
	if _, one.here = message.Parse(wire); one.here != nil { // a message of very many parts
		refusal := "the dispatcher refuses this message: " + one.here.Error()
		one.Notes = append(one.Notes, siptext.Note{Kind: siptext.Failure, Message: refusal})
	} else {
		one.Wire, one.complete = wire, r.Complete()
	}
	return one, nil
}
