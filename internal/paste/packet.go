package paste

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

var (
	// packetFrom begins a line that a tool writes before a packet: a transport, a date or a time, an interface; or the
	// spaces of tcpdump -v, which has written the time on a line before.
	packetFrom = regexp.MustCompile(`^(?: {4}[0-9a-fA-F]|\s*(?:#|[UTI]P?\b|\[?\d{4}[-/]\d\d[-/]\d\d|\d\d:\d\d:\d\d|IP6?\b|proto:|(?:UDP|TCP|TLS|WS|WSS)\b))`)
	// tcpdumpLine is that line of tcpdump -v, or one with names for addresses.
	tcpdumpLine = regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d+ .*\bIP6? (?:\(|\S+ > )`)
)

// isPacketLine reports whether a line is one that a capture's tool wrote.
func isPacketLine(line string) bool {
	if !packetFrom.MatchString(line) || strings.Contains(line, "Via:") {
		return false
	}
	_, ok := packet(line)
	return ok || tcpdumpLine.MatchString(line)
}

// packet reads the source and the transport of a capture's line: two addresses with an arrow between, as ngrep, sngrep,
// sipgrep, tcpdump and Homer write them. It reports whether they are there.
func packet(line string) (c captured, ok bool) {
	c.framed = true
	before, after, _ := strings.Cut(line, ">")
	before = strings.TrimRight(strings.TrimRight(before, "-="), " \t")
	host, port := address(before[strings.LastIndexAny(before, " \t")+1:])
	to, _, _ := strings.Cut(strings.TrimLeft(after, " \t"), " ")
	if _, toPort := address(strings.TrimRight(to, ":,\r")); port < 0 || toPort < 0 {
		return c, false
	}
	if _, err := netip.ParseAddr(host); err == nil {
		c.sourceHost, c.sourcePort = host, port
	}
	switch trimmed := strings.TrimSpace(line); {
	case strings.HasPrefix(trimmed, "T ") || strings.Contains(trimmed, "Flags ["):
		c.transport = "TCP"
	case strings.HasPrefix(trimmed, "U "):
		c.transport = "UDP"
	}
	return c, true
}

// address divides an address and a port, between which is a colon or, as tcpdump writes it, a dot. The port is -1 where
// the text isn't both.
func address(s string) (host string, port int32) {
	at := strings.LastIndexAny(s, ":.")
	if at < 1 || strings.ContainsAny(s, `<@";/`) {
		return "", -1
	}
	n, err := strconv.ParseUint(s[at+1:], 10, 16)
	if err != nil {
		return "", -1
	}
	return strings.Trim(s[:at], "[]"), int32(n)
}
