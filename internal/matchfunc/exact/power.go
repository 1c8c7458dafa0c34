// Package exact does the arithmetic of ECMAScript's Numbers that engines agree on to the last digit, for both of the
// engines that rules run in.
package exact

import "math"

// PowerOfTwo returns k where v is 2 to the power of k, a whole number not below 0.
func PowerOfTwo(v float64) (k int, ok bool) {
	fraction, exponent := math.Frexp(v)
	return exponent - 1, fraction == 0.5 && exponent >= 1
}

// Power is Number::exponentiate of ECMA-262 section 6.1.6.1.3 for a base that PowerOfTwo takes. It reports false where
// engines may differ in the last digit: for another base, and for an exponent that isn't whole.
func Power(base, exponent float64) (result float64, ok bool) {
	k, ok := PowerOfTwo(base)
	switch {
	case !ok:
		return 0, false
	case math.IsNaN(exponent), math.IsInf(exponent, 0) && k == 0:
		return math.NaN(), true
	case k == 0:
		return 1, true
	case math.IsInf(exponent, 0):
		return math.Pow(2, exponent), true
	case exponent != math.Trunc(exponent):
		return 0, false
	}
	const beyond = 5000 // all doubles
	return math.Ldexp(1, int(max(-beyond, min(beyond, exponent*float64(k))))), true
}
