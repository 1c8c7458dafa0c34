package lint

import "testing"

func TestRulesThatTakeEverythingAreTold(t *testing.T) {
	for rule, want := range map[string]bool{
		`req => true`:                       true,
		`(req, res) => 1`:                   true,
		`() => !0`:                          true,
		`req => true || req.nope.x`:         true,
		`req => 1 && "x"`:                   true,
		`req => false || []`:                true,
		`req => ({})`:                       true,
		`req => () => false`:                true,
		`req => /x/`:                        true,
		`function (req) { return !null; }`:  true,
		`req => { "use strict"; return 1 }`: true,

		`req => false`:                        false,
		`req => 0`:                            false,
		`req => 1n`:                           false, // true, but nobody writes it
		`req => ""`:                           false,
		`req => undefined`:                    false,
		`req => true && req.ref`:              false,
		`req => req.ref || true`:              false, // true, but reading could fail
		`req => 0 || req.ref`:                 false,
		`req => -1`:                           false,
		`req => true == 1`:                    false,
		`req => [req.a.b]`:                    false,
		`req => ({ a: req.a.b })`:             false,
		`req => { return }`:                   false,
		`req => { true }`:                     false,
		`req => { isNaN(); return true }`:     false,
		`req => { if (req.ref) return true }`: false,
		`({ sender: { host } }) => true`:      false, // the pattern may fail
		`(req, x = req.a.b) => true`:          false,
		`(...[a]) => true`:                    false,
		`function* (req) { return true }`:     false,
		`(() => req => true)()`:               false,
	} {
		t.Run(rule, func(t *testing.T) {
			if got := Always(parse(t, rule)); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
