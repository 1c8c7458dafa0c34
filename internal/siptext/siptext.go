// Package siptext turns the raw text of a SIP message, as pasted from a capture, into the
// MessageRequest that an EdgePort makes of that message, so that a rule tried in the console sees
// what it will see in traffic. The admin API, the command line and the generator of the sample
// messages call it.
//
// It reads what RFC 3261 allows and people paste: LF or CRLF, blank lines before the message,
// compact and any-case header names, folded lines, several values in one line. What it can't
// convert it refuses, with every problem's line and column.
//
// URIs are taken apart by github.com/emiago/sipgo. Start line, header fields, addresses, parameters
// and Via are read here, because that parser keeps no positions, wants CRLF, and gives up on
// quoted parameters, white space in Via and multiple values where RFC 3261 allows them.
//
// As an EdgePort does, it writes -1 for a port, ttl, rport, expires, q or nonce count that isn't
// there, leaves strings escaped as they came, and has no place for maddr and unknown parameters of a
// URI.
//
// Everything here is free of state and safe for concurrent use.
package siptext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// MaxSize is the longest text that Parse reads, in bytes: the largest message that every SIP
// element has to handle (RFC 3261, section 18.1.1, the maximum size of a UDP datagram).
const MaxSize = 65535

// byteOrderMark is what some editors write before the first character.
const byteOrderMark = "\uFEFF"

// Parse converts the text of one SIP request or response. The error of a text that isn't one, or
// that an EdgePort would refuse, joins the problems found, each an *Error (errors.As finds the
// first); only that of a text beyond MaxSize is another.
//
// Strings of the result are valid UTF-8; other bytes read U+FFFD. Header fields other than those
// that SIPMessage has a field for become extensions, in message order: a name that SIP defines in
// its usual form (User-Agent for user-agent, Content-Type for c), any other as written, and the
// value as written, unfolded. Of several Contact, Authorization and WWW-Authenticate values the first
// one counts.
func Parse(text string, opts Options) (*routrpb.MessageRequest, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("read SIP message: %d bytes, and at most %d are allowed", len(text), MaxSize)
	}
	head, rest := splitHead(strings.TrimPrefix(text, byteOrderMark))
	src := &source{validUTF8(head)}
	c := conversion{msg: &routrpb.SIPMessage{}, seen: map[string]bool{}}
	c.head(src)
	sender := c.sender(opts)
	if len(c.problems) > 0 {
		return nil, errors.Join(c.problems...)
	}
	c.msg.Body = bodyText(rest, c.msg.GetContentLength(), !src.hasCRLF())
	return opts.request(&c, sender), nil
}

// head reads start line and header fields, up to the problem that is one too many.
func (c *conversion) head(src *source) {
	start, off := src.nextLine(0)
	if start.empty() {
		c.note(src.errorAt(0, "no SIP message: the text is blank"))
		return
	}
	c.startLine(start)
	for !c.full() {
		var line span
		if line, off = src.nextLine(off); line.empty() {
			c.check(start)
			return
		}
		f, err := line.field()
		if err != nil {
			c.note(err)
			continue
		}
		c.header(f)
	}
}
