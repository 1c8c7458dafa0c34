package admin

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// warnsOften is a configuration of so many rules, each with a warning, and then of some that don't load.
func warnsOften(rules, wrong int) string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: many\nspec:\n  processors:\n")
	for i := range rules + wrong {
		rule := fmt.Sprintf(`req => req.message.nowhere === "%d"`, i)
		if i >= rules {
			rule = "req =>"
		}
		fmt.Fprintf(&b, "  - ref: r%d\n    addr: h:1\n    methods: [INVITE]\n    matchFunc: '%s'\n", i, rule)
	}
	return b.String()
}

func TestAReloadHasTheFirstWarnings(t *testing.T) {
	s := newSide(t, func(o *Options) {
		snapshot := o.Snapshot()
		for i := range 300 {
			snapshot.Warnings = append(snapshot.Warnings, config.Problem{Line: i, Severity: config.SeverityWarning})
		}
		o.Snapshot = func() Snapshot { return snapshot }
	})
	var got struct {
		Warnings      []config.Problem
		WarningsTotal int
	}
	s.get(request("POST", "/api/v1/reload", ""), &got)
	if len(got.Warnings) != mostProblems || got.WarningsTotal != 300 {
		t.Errorf("%d warnings of %d", len(got.Warnings), got.WarningsTotal)
	}
}

// TestWhereverProblemsAreToldTheirNumberIs asks for them where a configuration is refused, and where a reload failed.
func TestWhereverProblemsAreToldTheirNumberIs(t *testing.T) {
	problems := make([]config.Problem, 300)
	for i := range problems {
		problems[i] = config.Problem{Line: i + 1, Message: "wrong", Severity: config.SeverityError}
	}
	failed := config.NewError(problems)
	s := newSide(t, func(o *Options) {
		snapshot := o.Snapshot()
		snapshot.Failed = &FailedReload{Error: failed}
		for i := range 250 {
			path := fmt.Sprintf("spec.processors[%d]", i)
			snapshot.Warnings = append(snapshot.Warnings, config.Problem{Path: path, Severity: config.SeverityWarning})
		}
		o.Snapshot = func() Snapshot { return snapshot }
	})
	if p := problemOf(failed); len(p.Problems) != mostProblems || p.Found != 300 {
		t.Errorf("a refusal has %d problems of %d", len(p.Problems), p.Found)
	}
	var got struct {
		Config        map[string]any
		Warnings      []config.Problem
		WarningsTotal int
		FailedReload  struct {
			Problems      []config.Problem
			ProblemsTotal int
		}
	}
	s.get(request("GET", "/api/v1/config?fields=summary", ""), &got)
	if len(got.Config) > 0 || len(got.Warnings) != mostProblems || got.WarningsTotal != 250 {
		t.Errorf("%d warnings of %d, and %v", len(got.Warnings), got.WarningsTotal, got.Config)
	}
	if f := got.FailedReload; len(f.Problems) != mostProblems || f.ProblemsTotal != 300 {
		t.Errorf("the reload that failed has %d problems of %d", len(f.Problems), f.ProblemsTotal)
	}
	s.refused(request("GET", "/api/v1/config?fields=few", ""), http.StatusBadRequest, "request-invalid")
	body := encode(t, map[string]string{"config": warnsOften(0, 900)})
	call := request("POST", "/api/v1/config/impact", body)
	impossible := s.refused(call, http.StatusUnprocessableEntity, "config-invalid")
	if len(impossible.Problems) != mostProblems || impossible.Found < 900 {
		t.Errorf("a candidate is refused for %d problems of %d", len(impossible.Problems), impossible.Found)
	}
}

func TestAnAnswerHasTheFirstProblemsAndSaysHowManyThereAre(t *testing.T) {
	s := newSide(t)
	for name, c := range map[string]struct{ rules, wrong, errors int }{
		"warnings":           {500, 0, 0},
		"errors are shown":   {500, 3, 3},
		"errors come before": {500, 250, 200},
	} {
		t.Run(name, func(t *testing.T) {
			var got checked
			s.get(request("POST", "/api/v1/config/check", warnsOften(c.rules, c.wrong),
				header("Content-Type", "application/yaml")), &got)
			errs, last := 0, 0
			for _, p := range got.Problems {
				if p.Severity == config.SeverityError {
					errs++
				}
				if p.Line < last {
					t.Errorf("line %d comes after %d", p.Line, last)
				}
				last = p.Line
			}
			if len(got.Problems) != mostProblems || errs != c.errors || got.Found < c.rules+c.wrong ||
				got.Valid != (c.wrong == 0) {
				t.Errorf("%d problems with %d errors of %d, valid %t", len(got.Problems), errs, got.Found, got.Valid)
			}
		})
	}
}
