package source

import (
	"fmt"
	"strings"
	"testing"
)

// TestARuleThatReadsVeryMuchReadsEverything bounds what is kept of each value: a rule of the largest size is looked
// through in no time.
func TestARuleThatReadsVeryMuchReadsEverything(t *testing.T) {
	var b strings.Builder
	b.WriteString("req => [")
	for i := range 1100 {
		fmt.Fprintf(&b, "req.a%d.b && (req.b%d || 1), ", i, i)
	}
	b.WriteString(`].includes("x")`)
	src, err := Parse(b.String())
	if err != nil {
		t.Fatal(err)
	}
	operands := src.Operands()
	if got := src.Origins(operands).Reads; len(got) != 1 || got[0] != "" {
		t.Errorf("it reads %d places", len(got))
	}
	if last := operands[len(operands)-1]; len(last.Reads) > maxReads {
		t.Errorf("a value has %d places", len(last.Reads))
	}
}
