package exact

import (
	"math"
	"testing"
)

func TestPowersOfTwoAreExact(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		base, exponent, want float64
		ok                   bool
	}{
		{2, 8, 256, true}, {2, -1074, 5e-324, true}, {2, -1075, 0, true}, {2, 1024, inf, true}, {4, 0.5, 0, false},
		{1, 0.5, 1, true},
		{1024, -3, 1. / (1 << 30), true}, {2, nan, nan, true}, {1, inf, nan, true}, {2, -inf, 0, true},
		{2, inf, inf, true}, {2, 1e300, inf, true},
		{3, 2, 0, false}, {0.5, 2, 0, false}, {-2, 2, 0, false}, {0, 2, 0, false},
	} {
		got, ok := Power(c.base, c.exponent)
		if ok != c.ok || got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("%v ** %v = %v, %t, want %v, %t", c.base, c.exponent, got, ok, c.want, c.ok)
		}
	}
}

// TestDigitsAreV8s holds a few of V8's answers; package script holds some hundreds.
func TestDigitsAreV8s(t *testing.T) {
	for _, c := range []struct {
		v    float64
		base int
		want string
	}{
		{0.5, 2, "0.1"}, {-0.5, 16, "-0.8"}, {255, 16, "ff"}, {0, 2, "0"}, {1e21, 36, "5v1j4f4ds7c000"},
	} {
		if got := Radix(c.v, c.base); got != c.want {
			t.Errorf("%v in base %d: %s, want %s", c.v, c.base, got, c.want)
		}
	}
}
