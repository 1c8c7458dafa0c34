package matchfunc

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPlacesCountAsEditorsDoToo has a character of two UTF-16 code units in front of what it looks for.
func TestPlacesCountAsEditorsDoToo(t *testing.T) {
	fn, err := Compile("req =>\n  \"😀é\" !== req.metod", Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{{Place{2, 16, 23}, Place{2, 21, 28}, `req has no "metod": did you mean "method"?`}}
	if diff := cmp.Diff(want, fn.Warnings()); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	o := fn.Explain(invite(t)).Operands[1]
	if diff := cmp.Diff([]Place{{2, 12, 19}, {2, 21, 28}}, []Place{o.From, o.To}); diff != "" {
		t.Errorf("operand %q (-want +got):\n%s", o.Text, diff)
	}
}

func TestSourceErrorsPointAtWhatIsThere(t *testing.T) {
	for text, want := range map[string]SourceError{
		`req =>`:                   {Place: Place{1, 7, 6}, To: Place{1, 7, 6}, Message: "the rule ends too early"},
		"req => req.method ===\n ": {Place: Place{2, 2, 23}, To: Place{2, 2, 23}, Message: "the rule ends too early"},
		`req => req.ref ==== "x"`:  {Place: Place{1, 19, 18}, To: Place{1, 20, 19}, Message: "unexpected token ="},
		`req => true)`:             {Place: Place{1, 12, 11}, To: Place{1, 13, 12}, Message: "unexpected )"},
	} {
		_, err := Compile(text, Options{})
		var got *SourceError
		if !errors.As(err, &got) {
			t.Fatalf("%s: %v", text, err)
		}
		got.Snippet = ""
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestASourceThatDoesNotLoadIsLookedAtAllTheSame has something to say of the part that is in order.
func TestASourceThatDoesNotLoadIsLookedAtAllTheSame(t *testing.T) {
	for _, text := range []string{
		`req => req.method === "INVTE" && console`,              // refused
		`req => req.method === "INVTE" && (a => 1, eval)`,       // refused
		`req => { const a = 1; const a = 2; return req.metod }`, // only the engine's compiler finds that
	} {
		_, err := Compile(text, Options{})
		var got *SourceError
		if !errors.As(err, &got) || len(got.Warnings) != 1 ||
			!strings.Contains(got.Warnings[0].Message, "did you mean") {
			t.Errorf("%s: %#v", text, err)
		}
	}
}

// TestEveryFailureHasAPlace holds for limits too, in either engine.
func TestEveryFailureHasAPlace(t *testing.T) {
	req := invite(t)
	for text, place := range map[string][2]Place{
		`req => req.ref && req.message.contact.expires > 0`: {{1, 19, 18}, {1, 46, 45}},
		`req => req.ref && "a".repeat(3e7) > "x"`:           {},
		`req => { for (;;); }`:                              {},
		`req => { throw 42 }`:                               {},
	} {
		fn, err := Compile(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = fn.Match(req)
		x := fn.Explain(req)
		var e *EvalError
		if !errors.As(err, &e) || x.Err == nil {
			t.Fatalf("%s: %v, %v", text, err, x.Err)
		}
		for _, e := range []*EvalError{e, x.Err} {
			if e.Line < 1 || e.Column < 1 || e.To.Offset <= e.Offset {
				t.Errorf("%s: %+v", text, e)
			}
			if want := place; want != [2]Place{} && want != [2]Place{e.Place, e.To} {
				t.Errorf("%s: at %v to %v, want %v", text, e.Place, e.To, want)
			}
		}
		if !regexp.MustCompile("threw|stopped|missing").MatchString(x.Because) {
			t.Errorf("%s: because %q", text, x.Because)
		}
	}
}
