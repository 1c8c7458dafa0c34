package ruletest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// FromMessage writes a YAML file with one test, which expects of a message what came of it: that the processor
// selected gets it, or code where that is empty. wire must be a message that message.Parse takes; where it isn't, the
// file says why.
func FromMessage(name string, wire []byte, selected, code string) []byte {
	req, err := message.Parse(wire)
	if err != nil {
		return fmt.Appendf(nil, "# No test of %s: %v\n", oneLine(name), err)
	}
	var view bytes.Buffer
	if err := json.Indent(&view, escaped(req.AppendJSON(nil)), "        ", "  "); err != nil {
		return fmt.Appendf(nil, "# No test of %s: %v\n", oneLine(name), err)
	}
	expect := Expect{Processor: selected}
	if selected == "" {
		expect.Code = code
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "tests:\n  - name: %s\n    message:\n      # The message as rules see it.\n      json: |\n"+
		"        %s\n    expect:\n", scalar(name), view.String())
	for _, e := range expect.entries() {
		fmt.Fprintf(&b, "      %s: %s\n", e.key, e.value)
	}
	return b.Bytes()
}

// escaped writes the characters that YAML doesn't count as printable so that JSON reads them all the same.
func escaped(view []byte) []byte {
	var b strings.Builder
	for _, r := range string(view) {
		if r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return []byte(b.String())
}
