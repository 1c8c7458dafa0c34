package source

import (
	"os"
	"strings"
	"testing"
)

// TestReadsAreWhatAValueWasDerivedFrom reads rules from testdata/origins.txt, each with what is known of the operand
// that it returns, or of the last one of a callback.
func TestReadsAreWhatAValueWasDerivedFrom(t *testing.T) {
	data, err := os.ReadFile("testdata/origins.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(data)), "\n")
	for i := 0; i+1 < len(all); i += 2 {
		text, want := all[i], strings.TrimSpace(all[i+1])
		src, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		operands := src.Operands()
		src.Origins(operands)
		var o Operand
		for _, one := range operands {
			if one.Own && one.Role == Returned || !one.Own && strings.Contains(text, "extensions") {
				o = one
			}
		}
		reads := strings.Join(o.Reads, " ")
		if len(o.Reads) == 1 && reads == "" {
			reads = "everything"
		}
		if got := strings.TrimSpace(o.Op + " " + o.Path + ": " + reads); got != want {
			t.Errorf("%s\n%q, want\n%q", text, got, want)
		}
	}
}
