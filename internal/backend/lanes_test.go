package backend

import (
	"os"
	"os/exec"
	"testing"
)

// TestAllOfThisHoldsOnLanes runs this package's tests once more with their calls on lanes, so that what is promised of
// a Backend is promised whichever way a call takes.
func TestAllOfThisHoldsOnLanes(t *testing.T) {
	if *byLane {
		return // it does
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), self, "-lanes").CombinedOutput()
	if err != nil {
		t.Errorf("on lanes: %v\n%s", err, out)
	}
}
