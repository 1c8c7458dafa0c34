package native

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// Each limit is met from both sides: what just fits has V8's value, and one more is stopped.
func TestWhatJustFitsHasV8sValue(t *testing.T) {
	sameAsV8(t, []answered{
		{rule: `req => req.ref.padEnd(1048576).length`, want: "1048576"},
		{rule: `req => { const d = s => s + s; return d(d(d(req.ref.padEnd(1048576)))).length }`, want: "8388608"},
		{rule: `req => req.ref.repeat(1000).length`, want: "6000"},
		{rule: `req => "a".repeat(0)`, want: `""`},
		// what asks for one occurrence after the other pays for the string once
		{rule: `req => req.ref.padEnd(10000, "é\n").replaceAll("\n", "").length`, want: "5003"},
		{rule: `req => req.ref.padEnd(8000, "ab").replaceAll("", "-").length`, want: "16001"},
		{rule: `req => req.ref.padEnd(10000, "\ud800,").split(",").length`, want: "4998"},
		{rule: `req => "a".padEnd(1000).split("").map(a => a + a).join("").length`, want: "2000"},
		{rule: `req => /(a|a)*b/.test("a".repeat(12))`, want: "false"},
	})
	r := constructMessages(t)[""]
	for rule, want := range map[string]*Exceeded{
		`req => req.ref.padEnd(1048577).length`:                                                   errMemory,
		`req => { const d = s => s + s; return d(d(d(d(req.ref.padEnd(1048576))))).length }`:      errMemory,
		`req => req.ref.padEnd(1048576).split("").length`:                                         errMemory,
		`req => req.ref.padEnd(1048576).replaceAll("", req.ref.padEnd(99)).length`:                errSteps,
		"req => req.ref.padEnd(1048576, \"ab\").replaceAll(\"a\", \"$`\").length":                 errSteps,
		`req => req.ref.padEnd(1000).split("").map(a => req.ref.padEnd(90000)).join().length`:     errMemory,
		`req => req.ref.padEnd(99999).split("").every(a => !req.ref.padEnd(9999).includes("xy"))`: errMemory,
		`req => /(a|a)*b/.test("a".repeat(40))`:                                                   errSteps,
		`req => { try { return /(a|a)*b/.test("a".repeat(40)) } catch { return true } }`:          errSteps,
	} {
		if matched, err := mustCompile(t, rule).Match(r, nil); matched || !errors.Is(err, want) {
			t.Errorf("%s: %t, %v; want %v", rule, matched, err, want)
		}
	}
}

func TestNamesInExceptionsAreCut(t *testing.T) {
	r := constructMessages(t)[""]
	for _, rule := range []string{
		`req => req.ref.padEnd(99999) in req.nosuch`,
		`req => (req.ref + "\ud800").padEnd(99999) in req.nosuch`,
	} {
		_, err := mustCompile(t, rule).Match(r, nil)
		if err == nil || !strings.Contains(err.Error(), "search for 'Call-1") || len(err.Error()) > 500 {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// What this package refuses, and why; the JavaScript engine answers it as V8 does.
func TestWhatIsRefusedIsTheScriptEngines(t *testing.T) {
	messages := constructMessages(t)
	for _, tt := range []struct {
		answered
		column int
		reason string
	}{
		{answered{rule: `req => new Date(0).getUTCFullYear()`, want: "1970"}, 12, "the name Date"},
		{answered{rule: `req => Date.UTC(2024, 1, 29)`, want: "1709164800000"}, 23, "so many arguments"},
		{answered{rule: `req => new Date(Date.UTC(2024, 1, 30)).toISOString()`, want: `"2024-03-01T00:00:00.000Z"`}, 12,
			"the name Date"},
		{answered{rule: `req => Date.parse("2024-02-29")`, want: "1709164800000"}, 8, "Date.parse"},
		{answered{rule: `req => JSON.stringify({ a: [req.ref] })`, want: `"{\"a\":[\"Call-1\"]}"`}, 8,
			"JSON.stringify"},
		{answered{rule: `req => JSON.parse("[1,{\"a\":null}]")[1].a`, want: "null"}, 8, "JSON.parse"},
		{answered{rule: `req => { let n = 0; n += 2; return n }`, want: "2"}, 21, "assignments"},
		{answered{rule: `req => { let n = 0; for (const p of req.listeningPoints) n++; return n }`, want: "3"}, 21,
			"this statement"},
		{answered{rule: `req => +[req.sender.port]`, want: "36214"}, 9, "turning an object into a number"},
		{answered{rule: `req => [1] == 1`, want: "true"}, 8, "comparing an object with a string or a number by =="},
		{answered{rule: `req => [1, 2] + ""`, want: `"1,2"`}, 8, "adding objects"},
		{answered{rule: `req => ({}) === ({})`, want: "false"}, 9,
			"comparing objects or functions that the rule makes"},
		{answered{rule: `req => req.message.expires >= 0`, want: "true"}, 8, "comparing objects by <, >, <= or >="},
		{answered{rule: `req => [...req.message.via].sort((a, b) => b.port - a.port)[0].host`, want: `"v2"`}, 8,
			"the method sort of this value"},
		{answered{rule: `req => [1, 2, 3].reduce((a, b) => a + b)`, want: "6"}, 8, "reduce without a start value"},
		{answered{rule: `req => [10, 9].map(parseInt)`, want: "[10,null]"}, 20, "the name parseInt"},
		{answered{rule: `({ ref, ...rest }) => rest.sender.port`, want: "36214"}, 2, "rest in a pattern"},
		{answered{rule: `req => ((...all) => all.length)(1, 2)`, want: "2"}, 9, "rest parameters"},
		{answered{rule: `req => { try { return 1 } finally { return 2 } }`, want: "2"}, 10, "this form of try"},
		{answered{rule: `req => 3n > 2`, want: "true"}, 8, "BigInt"},
		{answered{rule: `req => 3 ** 2`, want: "9"}, 8, "a power but of 2"},
		{answered{rule: `req => parseInt("z", 36)`, want: "35"}, 8, "parseInt with a radix other than 10 and 16"},
		{answered{rule: `req => typeof (x => x)`, want: `"function"`}, 8, "typeof a function"},
		{answered{rule: `req => req.ref.replace(/l/g, l => l.toUpperCase())`, want: `"CaLL-1"`}, 8,
			"replace with a regular expression and these arguments"},
		{answered{rule: `req => req.ref.replace(/(l+)-(\d)/, "$2-$1")`, want: `"Ca1-ll"`}, 8,
			"replace with a regular expression and these arguments"},
		{answered{rule: `req => /(?<n>\d)/.exec(req.ref).groups.n`, want: `"1"`}, 8,
			"reading groups, which objects or strings inherit"},
		{answered{rule: `req => { const f = n => n < 1 ? 0 : 1 + f(n - 1); return f(3) }`, want: "3"}, 41,
			"recursion"},
		{answered{rule: `req => [, 1].length`, want: "2"}, 8, "an array with holes"},
		{answered{rule: `req => "a".at(0, 1) + "a".repeat(req.sender.port - 36212)`, want: `"aaa"`}, 8,
			"at with that many arguments"},
		{answered{rule: `req => "é".repeat(NaN)`, want: `""`}, 8, "repeat but for a constant from 0 to 1000"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			src, err := source.Parse(tt.rule)
			if err != nil {
				t.Fatal(err)
			}
			_, got := Compile(src)
			if diff := cmp.Diff(&Outside{1, tt.column, tt.reason}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			scripted(t, src, messages[""], tt.answered)
		})
	}
}
