package paste

import (
	"regexp"
	"strings"
)

// captured is one message of a capture.
type captured struct {
	text       string
	sourceHost string // where the capture's line says that it came from; empty where there is none
	sourcePort int32
	transport  string // as that line says; empty where it doesn't
	framed     bool   // such a line stood before it, or another message stands behind it
}

var (
	// startLine is the first line of a message. Before a request of a well-known method, and before an answer, there
	// may be what tcpdump -A shows of a packet's headers.
	startLine = regexp.MustCompile(`^(?:[A-Za-z0-9.!%*_+'~` + "`" +
		`-]+[ \t]+[^\s]+[^\r\n]*[ \t](?i:SIP)/\d[\d.]*|(?i:SIP)/\d[\d.]*[ \t]+\d+(?:[ \t].*)?)[ \t]*\.?\r?$`)
	midLine = regexp.MustCompile(`(?:(?:INVITE|ACK|BYE|CANCEL|REGISTER|OPTIONS|PRACK|SUBSCRIBE|` +
		`NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE)[ \t]+[a-zA-Z]+:[^\s]+[ \t]SIP/2\.0|SIP/2\.0 \d{3} .*)[ \t]*\.?\r?$`)
	// headerName begins a header.
	headerName = regexp.MustCompile(`^[A-Za-z-]+\s*:`)
	// lastLine is what the tools write when they end.
	lastLine = regexp.MustCompile(`^(?:\^C|(?:\^C)?\d+ packets? (?:captured|received|dropped)\b.*|(?:\^C|#+)?exit|\s*\d+ received, \d+ dropped)\r?$`)
	// margin is what stands before each line of a message that is shown indented, as by tcpdump -v.
	margin = regexp.MustCompile(`(?m)^([ \t]+)(?:[A-Z]+[ \t]+[a-zA-Z]+:\S+[ \t]+SIP/2\.0|SIP/2\.0 \d{3} .*)[ \t]*\r?$`)
)

// capture finds the messages in a text: each from its start line up to the next one, or to the next line of the
// capture's tool. Inside of a body a start line begins no message, if Content-Length says how long the body is. Where
// there is none, it looks for messages in columns of hexadecimal digits, and for indented ones.
func capture(text string) []captured {
	if all := collect(text); len(all) > 0 {
		return all
	}
	if all := hexdump(text); len(all) > 0 {
		return all
	}
	if m := margin.FindStringSubmatch(text); m != nil {
		return collect(strings.ReplaceAll("\n"+text, "\n"+m[1], "\n")[1:])
	}
	return nil
}

func collect(text string) []captured {
	var c collector
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line != "" {
			c.line(line)
		}
	}
	c.flush()
	return c.all
}

// collector puts messages together, line by line.
type collector struct {
	all     []captured
	packet  captured // what the last line of a capture's tool said
	current strings.Builder
	inside  bool // of a message
	head    bool // of its head
	left    int  // bytes of the body that are still to come, as far as Content-Length says it
	lost    int  // bytes that each line of the body lost: the carriage return, or none
}

func (c *collector) line(line string) {
	bare := strings.TrimRight(line, "\n")
	switch at := c.begins(bare); {
	case isPacketLine(bare):
		c.flush()
		c.packet, _ = packet(bare)
		if mid := middle(bare); mid != nil && !strings.Contains(bare[:mid[0]], "SIP:") {
			c.begin(line[mid[0]:])
		}
	case (c.head || c.left <= 0) && at >= 0:
		if c.inside {
			c.packet.framed = true
			c.flush()
		}
		c.begin(line[at:])
	case !c.inside, !c.head && c.left <= 0 && bare != "" &&
		(strings.Trim(bare, "#") == "" || lastLine.MatchString(bare)):
	default:
		c.current.WriteString(line)
		if c.head {
			c.endHead(bare)
		} else {
			c.left -= len(line) + c.lost
		}
	}
}

// begin begins a message with its start line.
func (c *collector) begin(line string) {
	c.inside, c.head, c.left = true, true, 0
	c.current.WriteString(line)
}

// endHead looks whether a line ends the head.
func (c *collector) endHead(line string) {
	if !blank(line) {
		return
	}
	c.head, c.lost = false, 0
	if strings.Trim(line, " \t") == "" {
		c.lost = 1
	}
	c.left, _ = contentLength(c.current.String())
}

// flush ends the message, if there is one.
func (c *collector) flush() {
	if c.inside {
		c.packet.text = undotted(c.current.String())
		c.all = append(c.all, c.packet)
	}
	c.packet, c.inside, c.head, c.left = captured{}, false, false, 0
	c.current.Reset()
}

// begins returns where in a line a message begins, -1 where none does. What tcpdump -A shows of a packet's headers
// would pass for a part of the method; so the well-known ones are looked for first, where such headers may stand.
func (c *collector) begins(line string) int {
	if at := middle(line); at != nil {
		before := line[:at[0]]
		if unprintable(before) ||
			c.packet.framed && !c.inside && strings.TrimSpace(before) != "" && !headerName.MatchString(line) {
			return at[0]
		}
	}
	if startLine.MatchString(strings.TrimPrefix(line, byteOrderMark)) {
		return len(line) - len(strings.TrimPrefix(line, byteOrderMark))
	}
	return -1
}

// middle finds midLine. Few lines have what it ends in, and looking for that costs a hundredth of what the expression
// does.
func middle(line string) []int {
	const version = "SIP/2.0"
	if !strings.Contains(line, version+" ") && !strings.HasSuffix(strings.TrimRight(line, " \t.\r"), version) {
		return nil
	}
	return midLine.FindStringIndex(line)
}

// unprintable reports whether a text may be a packet's headers as tcpdump -A shows them: dots for most bytes, and no
// name with a colon, as a header has.
func unprintable(s string) bool {
	return strings.Count(s, ".") >= 4 && !headerName.MatchString(s)
}

// blank reports whether a line ends a head. ngrep shows a carriage return as a dot.
func blank(line string) bool {
	s := strings.Trim(line, " \t\r")
	return s == "" || s == "."
}

// undotted gives lines their ends back where each of a head's ends in the dot that ngrep shows for a carriage return.
func undotted(text string) string {
	head, _, _ := strings.Cut(text, "\n.\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	for _, line := range lines {
		if !strings.HasSuffix(line, ".") {
			return text
		}
	}
	if len(lines) < 2 {
		return text
	}
	var out strings.Builder
	for line := range strings.SplitAfterSeq(text, "\n") {
		if bare, ended := strings.CutSuffix(line, ".\n"); ended {
			line = bare + "\n"
		}
		out.WriteString(line)
	}
	return out.String()
}
