package script

import (
	"testing"
)

func TestLooseEqualityIsV8s(t *testing.T) {
	reqs, _ := requests(t)
	for text, want := range map[string]bool{
		`0 == "-0"`: true, `"-0" == 0`: true, `false == "-0"`: true, `"-0.0" == false`: true, `" -0 " == false`: true,
		`"-0" != 0`: false, `"-0" == "0"`: false, `true == "1.0"`: true, `"x" == 0`: false, `null == 0`: false,
		`undefined == null`: true, `NaN == "NaN"`: false, `"" == 0`: true, `[] == false`: true, `1n == true`: true,
		`({}) == "[object Object]"`: true, `Object("a") == "a"`: true, `Symbol.iterator == "x"`: false,
		`false == "\u00a0"`: true, `!"x" != "\ufeff"`: false, `"\u20035" == 5`: true, `"\u00e95" == 5`: false,
		`["\u00a05"] == 5`: true, `Object("\u00a0") == 0`: true,
		`isNaN("\u00a05")`: false, `isFinite("\ufeff5")`: true, `Math.max("\u00a05", 1) === 5`: true,
		`isNaN("é5")`:                          true,
		`"abcdef".slice("\u20032") === "cdef"`: true, `"abc".charAt("\u00a01") === "b"`: true,
		`(5.25).toFixed("\u00a01") === "5.3"`: true,
		`[1, 2].at("\u00a01") === 2`:          true, `"ab".repeat("\u00a02") === "abab"`: true,
	} {
		for _, rule := range []string{"req => (" + text + ")",
			"req => { const f = (a, b) => " + text + "; for (;;) return f() }"} {
			p, err := compileText(rule, corpusTimeout)
			if err != nil {
				continue // a BigInt beside text is refused
			}
			got, err := p.Eval(reqs[0], nil)
			if err != nil || got.Truthy != want {
				t.Errorf("%s: %t, error %v, V8 says %t", rule, got.Truthy, err, want)
			}
		}
	}
}
