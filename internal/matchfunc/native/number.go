package native

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/message"
)

// toNumber is ToNumber of a primitive (ECMA-262 section 7.1.4).
func (v *value) toNumber(f *frame) float64 {
	switch v.kind {
	case boolean, number:
		return v.num
	case null:
		return 0
	case text, wide:
		s, ok := v.plain(f)
		if !ok {
			return math.NaN()
		}
		return parseNumber(s)
	default:
		return math.NaN()
	}
}

// plain is a string without the white space around it, if the rest is ASCII.
func (v *value) plain(f *frame) (string, bool) {
	t := trim(f, *v, true, true)
	if !t.isASCII(f) {
		return "", false
	}
	f.spend(len(t.b))
	return string(t.b), true
}

// parseNumber is StringToNumber (ECMA-262 section 7.1.4.1.1) of ASCII without white space around it.
func parseNumber(s string) float64 {
	if s == "" {
		return 0
	}
	if len(s) > 2 && s[0] == '0' {
		switch s[1] | 0x20 {
		case 'x':
			return parseDigits(s[2:], 16)
		case 'o':
			return parseDigits(s[2:], 8)
		case 'b':
			return parseDigits(s[2:], 2)
		}
	}
	if n := decimalPrefix(s); n < len(s) || n == 0 {
		return math.NaN()
	}
	return parseDecimal(s)
}

// parseDecimal reads what decimalPrefix accepts.
func parseDecimal(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !strings.HasSuffix(err.Error(), "value out of range") {
		return math.NaN()
	}
	return v
}

// decimalPrefix is the length of the longest StrDecimalLiteral that s begins with; 0 if it begins with none.
func decimalPrefix(s string) int {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	if strings.HasPrefix(s[i:], "Infinity") {
		return i + len("Infinity")
	}
	whole := digits(s[i:])
	i += whole
	fraction := 0
	if i < len(s) && s[i] == '.' {
		fraction = digits(s[i+1:])
		if whole+fraction > 0 {
			i += 1 + fraction
		}
	}
	if whole+fraction == 0 {
		return 0
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if n := digits(s[j:]); n > 0 {
			i = j + n
		}
	}
	return i
}

func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// parseDigits reads digits of a radix, and nothing else, exactly rounded.
func parseDigits(s string, radix int) float64 {
	for i := range len(s) {
		if digit(s[i]) >= radix {
			return math.NaN()
		}
	}
	if s == "" {
		return math.NaN()
	}
	if v, err := strconv.ParseUint(s, radix, 53); err == nil {
		return float64(v)
	}
	if radix == 10 {
		return parseDecimal(s)
	}
	n, ok := new(big.Int).SetString(s, radix)
	if !ok {
		return math.NaN()
	}
	v, _ := new(big.Float).SetInt(n).Float64()
	return v
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 36
}

// parseInt is the function parseInt (ECMA-262 section 19.2.5) for radix 10 or 16, or 0 for none given.
func parseInt(f *frame, v value, radix int) float64 {
	t := trim(f, v, true, false)
	b := asciiPrefix(&t)
	f.spend(len(b))
	sign := 1.0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	if radix != 10 && len(b) >= 2 && b[0] == '0' && b[1]|0x20 == 'x' {
		b, radix = b[2:], 16
	}
	if radix == 0 {
		radix = 10
	}
	n := 0
	for n < len(b) && digit(b[n]) < radix {
		n++
	}
	return sign * parseDigits(b[:n], radix)
}

// parseFloat is the function parseFloat (ECMA-262 section 19.2.4).
func parseFloat(f *frame, v value) float64 {
	t := trim(f, v, true, false)
	b := asciiPrefix(&t)
	f.spend(len(b))
	n := decimalPrefix(b)
	if n == 0 {
		return math.NaN()
	}
	return parseDecimal(b[:n])
}

// asciiPrefix is the ASCII that a string begins with.
func asciiPrefix(v *value) string {
	if v.kind == wide {
		var out []byte
		for _, u := range v.cell.units {
			if u >= 0x80 {
				break
			}
			out = append(out, byte(u))
		}
		return string(out)
	}
	n := 0
	for n < len(v.b) && v.b[n] < 0x80 {
		n++
	}
	return string(v.b[:n])
}

// toInteger is ToIntegerOrInfinity (ECMA-262 section 7.1.5).
func toInteger(n float64) float64 {
	if n != n { // NaN
		return 0
	}
	return math.Trunc(n)
}

// toInt32 is ToInt32 (ECMA-262 section 7.1.6).
func toInt32(n float64) int32 { return int32(toUint32(n)) } // as specified

func toUint32(n float64) uint32 {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	m := math.Mod(math.Trunc(n), 1<<32)
	if m < 0 {
		m += 1 << 32
	}
	return uint32(m)
}

// toText is ToString of a primitive, of a message, or of an array of such (ECMA-262 section 7.1.17).
func (v *value) toText(f *frame) value {
	switch v.kind {
	case text, wide:
		return *v
	case undefined, skipped, completed:
		return asciiOf(undefinedText)
	case null:
		return asciiOf(nullText)
	case boolean:
		if v.num != 0 {
			return asciiOf(trueText)
		}
		return asciiOf(falseText)
	case number:
		b := f.newBytes(32)
		if b == nil {
			return value{}
		}
		return asciiOf(message.AppendNumber(b[:0], v.num))
	default:
		return asciiOf(objectText)
	}
}

var (
	undefinedText = []byte("undefined")
	nullText      = []byte("null")
	trueText      = []byte("true")
	falseText     = []byte("false")
	objectText    = []byte("[object Object]")
)
