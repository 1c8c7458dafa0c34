package siptext

import (
	"strings"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// splitHead divides a text behind the header fields' empty line. A line of nothing but white space
// counts as empty, since pasting leaves such; blank lines before the message belong to the head.
func splitHead(text string) (head, rest string) {
	begun := false
	for off := 0; off < len(text); {
		end := off + strings.IndexByte(text[off:], '\n') + 1
		if end == off {
			break
		}
		blank := strings.Trim(text[off:end], " \t\r\n") == ""
		if blank && begun {
			return text[:end], text[end:]
		}
		begun = begun || !blank
		off = end
	}
	return text, ""
}

// bodyText returns the body as it was on the wire, as far as the text still tells.
//
// Content-Length counts the bytes that were sent, and a text whose lines lost their carriage
// returns (lost) is shorter than that. So:
//   - a rest that is as long as Content-Length says is the body, as it stands;
//   - else, where carriage returns were lost, the rest gets them back first;
//   - what is beyond Content-Length isn't the body's (RFC 3261, section 18.3): the line break an
//     editor adds, or the next message of a capture;
//   - a rest that is shorter than Content-Length, as edited ones are, is the body. An EdgePort would
//     never see such a message; whoever pastes one wants to try the rule on it.
//
// Without Content-Length all of the rest is the body.
func bodyText(rest string, length *routrpb.ContentLength, lost bool) string {
	want := int(length.GetContentLength())
	exact := length != nil && (len(rest) == want || len(rest) == want+1 && strings.HasSuffix(rest, "\n"))
	if lost && !exact {
		rest = strings.ReplaceAll(strings.ReplaceAll(rest, "\r\n", "\n"), "\n", "\r\n")
	}
	if length != nil && len(rest) > want {
		rest = rest[:want]
	}
	return validUTF8(rest)
}
