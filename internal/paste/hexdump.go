package paste

import (
	"encoding/hex"
	"regexp"
	"strings"
)

// hexRow is a row of tcpdump -X: its offset, and up to 16 bytes.
var hexRow = regexp.MustCompile(`^\s*0x([0-9a-fA-F]{4,}):\s+([0-9a-fA-F]{2,4}(?: [0-9a-fA-F]{2,4})*)`)

// hexdump finds the messages in what tcpdump -X shows: each packet's bytes as they were sent.
func hexdump(text string) (all []captured) {
	var packetBytes []byte
	var of captured
	flush := func() {
		if of.text = payload(string(packetBytes)); of.text != "" {
			all = append(all, of)
		}
		packetBytes = packetBytes[:0]
	}
	for line := range strings.Lines(text) {
		m := hexRow.FindStringSubmatch(line)
		if m == nil || strings.Trim(m[1], "0") == "" {
			flush()
		}
		if m == nil {
			if isPacketLine(line) {
				of, _ = packet(line)
			}
			continue
		}
		row, err := hex.DecodeString(strings.ReplaceAll(m[2], " ", ""))
		if err != nil {
			continue // an odd number of digits is no row
		}
		packetBytes = append(packetBytes, row...)
	}
	flush()
	return all
}

// payload returns the message in a packet, behind the packet's headers.
func payload(packet string) string {
	from := 0
	for line := range strings.Lines(packet) {
		if at := middle(strings.TrimSuffix(line, "\n")); at != nil {
			return packet[from+at[0]:]
		}
		from += len(line)
	}
	return ""
}
