package exact

import (
	"math"
	"slices"
)

const letters = "0123456789abcdefghijklmnopqrstuvwxyz"

// Radix returns the digits of a finite number in a base from 2 to 36, as V8 has them: DoubleToRadixCString of its
// src/numbers/conversions.cc. ECMA-262 leaves them open (section 6.1.6.1.20).
func Radix(v float64, base int) string {
	negative := v < 0
	v = math.Abs(v)
	whole := math.Floor(v)
	behind, carry := fraction(v, v-whole, base)
	out := integer(whole+carry, float64(base))
	if negative {
		out = append([]byte{'-'}, out...)
	}
	if len(behind) > 0 {
		out = append(append(out, '.'), behind...)
	}
	return string(out)
}

// fraction returns as many digits of the part behind the point as tell v from its neighbours, and what is carried over
// to the part in front of it.
func fraction(v, rest float64, base int) (out []byte, carry float64) {
	delta := max(math.SmallestNonzeroFloat64, 0.5*(math.Nextafter(v, math.Inf(1))-v))
	if rest < delta {
		return nil, 0
	}
	for {
		rest *= float64(base)
		delta *= float64(base)
		digit := int(rest)
		out = append(out, letters[digit])
		rest -= float64(digit)
		if (rest > 0.5 || rest == 0.5 && digit&1 == 1) && rest+delta > 1 {
			return roundUp(out, base)
		}
		if rest < delta {
			return out, 0
		}
	}
}

// roundUp adds one to the last digit.
func roundUp(out []byte, base int) ([]byte, float64) {
	for i := len(out) - 1; i >= 0; i-- {
		if digit := slices.Index([]byte(letters), out[i]); digit+1 < base {
			out[i] = letters[digit+1]
			return out[:i+1], 0
		}
	}
	return nil, 1
}

// integer returns the digits of a whole number; those that a double can't hold are zeros.
func integer(v, base float64) []byte {
	var out []byte
	for ; v/base >= 1<<53; v /= base {
		out = append(out, '0')
	}
	for {
		digit := math.Mod(v, base)
		out = append(out, letters[int(digit)])
		v = (v - digit) / base
		if v <= 0 {
			break
		}
	}
	slices.Reverse(out)
	return out
}
