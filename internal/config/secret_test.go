package config

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// around is a configuration with a line of decisions in it.
func around(decisions string) string {
	return "kind: MessageDispatcher\napiVersion: v2beta1\nref: x\nspec:\n  processors:\n" +
		"    - {ref: a, addr: \"h:1\", methods: [INVITE], matchFunc: \"req => req.ref !== '://' + '@'\"}\n" + decisions
}

// TestSecretsAreCoveredInPlaceAndPutBack has a URL's user and password written in every way that there is.
func TestSecretsAreCoveredInPlaceAndPutBack(t *testing.T) {
	for name, source := range map[string]string{
		"plain":               around("  decisions: {nats: {url: nats://us3r:s3cret@h:4222}}\n"),
		"in double quotes":    around("  decisions:\n    nats:\n      url: \"nats://us3r:s3cret@h:4222\" # here\n"),
		"in single quotes":    around("  decisions: {nats: {url: 'nats://us3r:s3cret''s3cret@h:4222'}}\n"),
		"with odd characters": around("  decisions: {nats: {url: \"nats://us3r:s3cret,s3cret@s3cret@h\"}}\n"),
		"wide characters":     around("  decisions: {nats: {url: \"nats://us3r:s3cretäöü😀@h:4222\"}}\n"),
		"escaped":             around("  decisions: {nats: {url: \"nats:\\/\\/us3r:s3cret\\x40s3cret@h:4222\"}}\n"),
		"folded in quotes": around("  decisions:\n    nats:\n      url: \"nats://us3r:\\\n        " +
			"s3cret@h:4222\"\n      subject: s\n"),
		"a literal block": around("  decisions:\n    nats:\n      url: |-\n        nats://us3r:s3cret@h:4222\n"),
		"tagged":          around("  decisions:\n    nats:\n      url: !!str \"nats://us3r:s3cret@h:4222\"\n"),
		"two servers": around(
			"  decisions: {nats: {url: \"nats://us3r:s3cret@h, nats://us3r:s3cret2@i\"}}\n",
		),
		"two servers, no space": around("  decisions: {nats: {url: \"nats://us3r:s3cret@h,nats://us3r:s3cret2@i\"}}\n"),
		"in a comment":          around("# was nats://us3r:s3cret@h:4222\n"),
		"in a comment, quoted":  around("# was \"nats://us3r:s3cret,s3cret@h:4222\"\n"),
		"through an alias": around("  decisions:\n    nats:\n      url: &u \"nats://us3r:\\x733cret@h\"\n      " +
			"subject: *u\n"),
		"in a rule": strings.Replace(around(""), "req.ref !== '://' + '@'",
			"req.ref === 'https://us3r:s3cret@h'", 1),
		"with CRLF": strings.ReplaceAll(around("  decisions: {nats: {url: nats://us3r:s3cret@h:4222}}\n"),
			"\n", "\r\n"),
		"behind a mark of UTF-8": "\ufeff" + around("  decisions: {nats: {url: nats://us3r:s3cret@h:4222}}\n"),
		"JSON": `{"kind":"MessageDispatcher","apiVersion":"v2beta1","ref":"x",
			"spec":{"processors":[{"ref":"a","addr":"h:1","methods":["INVITE"],"matchFunc":"req=>true"}],
			"decisions":{"nats":{"url":"nats:\/\/us3r:s3cr` + "\\u0065" + `t@h:4222"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse("dispatcher.yaml", []byte(source))
			if err != nil {
				t.Fatal(err)
			}
			secrets := c.Secrets()
			covered := Covered(c.Source, secrets)
			for _, part := range []string{"us3r", "s3cret", "s3cr"} {
				if bytes.Contains(covered, []byte(part)) {
					t.Errorf("%s is still there:\n%s", part, covered)
				}
			}
			was, is := strings.Split(source, "\n"), strings.Split(string(covered), "\n")
			if len(was) != len(is) {
				t.Fatalf("%d lines of %d:\n%s", len(is), len(was), covered)
			}
			for i := range was {
				if utf8.RuneCountInString(was[i]) != utf8.RuneCountInString(is[i]) {
					t.Errorf("line %d has another width: %q", i+1, is[i])
				}
			}
			if _, err := Parse("dispatcher.yaml", covered); err != nil {
				t.Errorf("it can't be read any more: %v", err)
			}
			if back := Uncovered(covered, c.Source, secrets); !bytes.Equal(back, c.Source) {
				t.Errorf("it came back as\n%s", back)
			}
			edited := bytes.Replace(covered, []byte("ref: x"), []byte("ref: other"), 1)
			want := bytes.Replace(c.Source, []byte("ref: x"), []byte("ref: other"), 1)
			if back := Uncovered(edited, c.Source, secrets); !bytes.Equal(back, want) {
				t.Errorf("edited elsewhere, it came back as\n%s", back)
			}
		})
	}
}

func TestWhatHoldsNoSecretIsShownAsItIs(t *testing.T) {
	for _, source := range []string{
		around("  decisions: {nats: {url: nats://h:4222, subject: a@b}}\n"),
		strings.Replace(around(""), "req.ref !== '://' + '@'", "req.ref.split('://')[1]!=='a@b'&&2*3<7", 1),
		around("# mail ann@example.com, see https://example.com/@ann\n"),
	} {
		c, err := Parse("dispatcher.yaml", []byte(source))
		if err != nil {
			t.Fatal(err)
		}
		if secrets := c.Secrets(); len(secrets) > 0 {
			t.Errorf("covered:\n%s", Covered(c.Source, secrets))
		}
	}
}

func TestStarsThatStandForNothingStayStars(t *testing.T) {
	c, err := Parse("dispatcher.yaml", []byte(around("  decisions: {nats: {url: nats://us3r:s3cret@h:4222}}\n")))
	if err != nil {
		t.Fatal(err)
	}
	secrets := c.Secrets()
	for _, text := range []string{"", "***", "a * b", "nats://***********@elsewhere:4222", "nats://h:4222"} {
		if got := Uncovered([]byte(text), c.Source, secrets); string(got) != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"nats://***@h:4222}}", "nats://*@h:4222}}", "nats://***********@h:4222}}"} {
		if got := Uncovered([]byte(text), c.Source, secrets); string(got) != "nats://us3r:s3cret@h:4222}}" {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := Uncovered([]byte("***"), c.Source, nil); string(got) != "***" {
		t.Errorf("without secrets: %q", got)
	}
}

func TestRangesThatTouchAreOne(t *testing.T) {
	got := joined([]Range{{7, 9}, {0, 3}, {2, 5}, {5, 6}, {8, 8}, {7, 8}})
	if want := []Range{{0, 6}, {7, 9}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
