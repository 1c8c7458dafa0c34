//go:build jainsip

package jainsip

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

var (
	seed        = flag.Uint64("seed", 1, "what the texts are generated from")
	showInexact = flag.Bool("show", false, "print the texts whose messages can't be written again")
	texts       = flag.Int("texts", 8000, "how many texts go through the stack")
)

// maxShown is how many differences are printed.
const maxShown = 10

// TestTextsAreReadAsTheStackReadsThem generates texts, most of them with something odd in them, and reads them here and
// in the stack: the outcome and every field have to be the same.
func TestTextsAreReadAsTheStackReadsThem(t *testing.T) {
	d := startDriver(t)
	g := generator{rand.New(rand.NewPCG(*seed, 0))}
	outcomes, shown, inexact := map[siptext.Outcome]int{}, 0, 0
	for range *texts {
		transport := g.pick("udp", "udp", "udp", "tcp")
		text := g.text(transport)
		got, err := siptext.Read(text, siptext.Options{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(got.Reason, "never comes to an end") {
			continue // nor would the driver
		}
		outcomes[got.Outcome]++
		if got.Outcome == siptext.Converted {
			if written, exact := siptext.Write(got.Request); !exact {
				inexact++
				if *showInexact {
					t.Logf("doesn't read back:\n%s\nof:\n%s", written, text)
				}
			}
		}
		if difference := different(d.read(t, transport, text), flat(got)); difference != "" {
			t.Errorf("%s\nof, over %s:\n%q", difference, transport, text)
			if shown++; shown == maxShown {
				t.Fatal("and maybe more")
			}
		}
	}
	t.Logf("%v, %d don't read back", outcomes, inexact)
	if inexact > outcomes[siptext.Converted]*3/100 { // the stack's own writing of them doesn't read back
		t.Errorf("%d of %d messages can't be written so that they read back", inexact, outcomes[siptext.Converted])
	}
	for _, o := range []siptext.Outcome{siptext.Converted, siptext.Lost, siptext.Refused, siptext.Dropped} {
		if outcomes[o] == 0 {
			t.Errorf("no text is %s", o)
		}
	}
}

// different compares what the stack gave with what is read here.
func different(want, got []string) string {
	var out strings.Builder
	for _, s := range want {
		if !slices.Contains(got, s) && s != "body=" {
			out.WriteString("  stack: " + s + "\n")
		}
	}
	for _, s := range got {
		if !slices.Contains(want, s) {
			out.WriteString("  here:  " + s + "\n")
		}
	}
	return out.String()
}
