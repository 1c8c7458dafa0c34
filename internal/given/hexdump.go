package given

import (
	"encoding/hex"
	"regexp"
	"strings"
)

var (
	// hexRow is a row of tcpdump -X: its offset, and up to 16 bytes.
	hexRow = regexp.MustCompile(`^\s*0x([0-9a-fA-F]{4,}):\s+([0-9a-fA-F]{2,4}(?: [0-9a-fA-F]{2,4})*)`)
	// payload begins a message behind a packet's headers.
	payload = regexp.MustCompile(`(?:INVITE|ACK|BYE|CANCEL|REGISTER|OPTIONS|PRACK|SUBSCRIBE|NOTIFY|PUBLISH|INFO|REFER|MESSAGE|UPDATE) [^\s]+ SIP/2\.0\r?\n|SIP/2\.0 \d{3} `)
)

// hexdump finds the messages in what tcpdump -X shows: each packet's bytes as they were sent.
func hexdump(text string) (all []captured) {
	var packetBytes []byte
	var of captured
	flush := func() {
		if at := payload.FindIndex(packetBytes); at != nil {
			of.text = string(packetBytes[at[0]:])
			all = append(all, of)
		}
		packetBytes = nil
	}
	for line := range strings.Lines(text) {
		m := hexRow.FindStringSubmatch(line)
		if m == nil || strings.Trim(m[1], "0") == "" {
			flush()
		}
		if m == nil {
			if isPacketLine(line) {
				of = packet(line)
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
