package source

import "testing"

func TestPlainSourcesHaveNothingThatOnlyACompilerFinds(t *testing.T) {
	for text, want := range map[string]bool{
		`req => req.message.from.address.uri.host === "a" && !(req.sender.port > 10) || typeof req.ref === "x"`: true,
		`req => req.message.extensions?.some(e => [e.name][0] === (req.ref ? null : true))`:                     true,
		`req => { return true }`:                false,
		`(a, b) => true`:                        false,
		`({ ref }) => ref`:                      false,
		`(req, ...rest) => true`:                false,
		`req => /(?<a>x)(?<a>y)/.test(req.ref)`: false,
		`req => delete req.ref`:                 false,
		`req => req.ref = 1`:                    false,
		`req => new Set([1]).size`:              false,
		`req => ({ __proto__: null })`:          false,
		`req => 0x10`:                           false,
		`(req = 1) => true`:                     false,
		`req => ((target) => true)(1)`:          false,
		`function (req) { return 1 }`:           false,
	} {
		src, err := Parse(text)
		if err != nil {
			continue // it is refused before
		}
		if src.Plain() != want {
			t.Errorf("%s: %t", text, src.Plain())
		}
	}
}
