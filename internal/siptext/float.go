package siptext

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// formatFloat writes a float as Float.toString did before Java 19, which is what an EdgePort runs on: not always with
// the fewest digits.
func formatFloat(f float32) string {
	sign := ""
	if math.Signbit(float64(f)) {
		sign, f = "-", -f
	}
	switch {
	case f != f:
		return "NaN"
	case math.IsInf(float64(f), 0):
		return sign + "Infinity"
	case f == 0:
		return sign + "0.0"
	}
	digits, exponent := floatDigits(f)
	switch {
	case exponent > 0 && exponent < 8:
		whole := digits + strings.Repeat("0", max(0, exponent-len(digits)))
		return sign + whole[:exponent] + "." + orZero(whole[exponent:])
	case exponent <= 0 && exponent > -3:
		return sign + "0." + strings.Repeat("0", -exponent) + digits
	}
	return sign + digits[:1] + "." + orZero(digits[1:]) + "E" + strconv.Itoa(exponent-1)
}

func orZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}

// floatBits are the bits of a float's fraction with the one before it.
const floatBits = 24

// floatDigits returns a positive float's decimal digits and where the point is in them.
func floatDigits(f float32) (digits string, exponent int) {
	fraction, exp := math.Frexp(float64(f))
	mantissa := uint64(fraction * (1 << 53)) // 53 bits, the first of them set
	exp--                                    // the value is 1.… × 2^exp
	significant := floatBits
	if exp < -126 {
		significant -= -126 - exp
	}
	tail := bits.TrailingZeros64(mantissa)
	used := 53 - tail
	tiny := max(0, used-exp-1)
	if tiny == 0 && exp <= 62 && exp >= -21 {
		return integerDigits(shifted(mantissa, exp-52), exp-significant-1)
	}
	return hardDigits(mantissa, exp, significant, used, tiny)
}

func shifted(n uint64, by int) uint64 {
	if by >= 0 {
		return n << by
	}
	return n >> -by
}

// integerDigits writes a whole number, of which the bits below the insignificant one don't count.
func integerDigits(n uint64, insignificant int) (string, int) {
	dropped := 0
	if insignificant > 1 {
		dropped = int(float64(insignificant) * math.Log10(2))
		pow := uint64(math.Pow10(dropped))
		rest := n % pow
		n /= pow
		if rest >= pow/2 && dropped > 0 {
			n++
		}
	}
	digits := strconv.FormatUint(n, 10)
	return strings.TrimRight(digits, "0"), len(digits) + dropped
}

// hardDigits develops digits one by one until the rest is less than half of the last bit.
func hardDigits(mantissa uint64, exp, significant, used, tiny int) (string, int) {
	near := math.Float64frombits(0x3FF<<52 | mantissa&(1<<52-1))
	point := int(math.Floor((near-1.5)*0.289529654 + 0.176091259 + float64(exp)*0.301029995663981))
	b5, s5 := max(0, -point), max(0, point)
	b2, s2 := b5+tiny+exp, s5+tiny
	m2 := b2 - significant
	b2 -= used - 1
	common := min(b2, s2)
	b2, s2, m2 = b2-common, s2-common, m2-common
	if used == 1 {
		m2-- // the next smaller number is half as far away
	}
	if m2 < 0 {
		b2, s2, m2 = b2-m2, s2-m2, 0
	}
	b := scaled(mantissa>>(53-used), b5, b2)
	s, m := scaled(1, s5, s2), scaled(1, b5, m2)
	tens := new(big.Int).Mul(s, big.NewInt(10))
	var digits []byte
	low, high := false, false
	for first := true; first || !low && !high; first = false {
		q, rest := new(big.Int).QuoRem(b, s, new(big.Int))
		b.Mul(rest, big.NewInt(10))
		m.Mul(m, big.NewInt(10))
		low = b.Cmp(m) < 0
		high = new(big.Int).Add(b, m).Cmp(tens) > 0
		if first && q.Sign() == 0 && !high {
			point--
		} else {
			digits = append(digits, q.String()...)
		}
		if first && (point < -3 || point >= 8) {
			low, high = false, false // there is always a digit behind the point
		}
	}
	half := b.Lsh(b, 1).Cmp(tens)
	if high && (!low || half > 0 || half == 0 && digits[len(digits)-1]&1 != 0) {
		rounded, point := roundUp(string(digits), point)
		return rounded, point + 1
	}
	return string(digits), point + 1
}

// scaled returns n × 5^five × 2^two.
func scaled(n uint64, five, two int) *big.Int {
	x := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil)
	x.Mul(x, new(big.Int).SetUint64(n))
	return x.Lsh(x, uint(two))
}

// roundUp adds one to the last digit. Nines become zeros, which stay.
func roundUp(digits string, point int) (string, int) {
	kept := strings.TrimRight(digits, "9")
	zeros := strings.Repeat("0", len(digits)-len(kept))
	if kept == "" {
		return "1" + zeros[1:], point + 1
	}
	return kept[:len(kept)-1] + string(kept[len(kept)-1]+1) + zeros, point
}
