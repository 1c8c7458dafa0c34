package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
)

type checkCmd struct {
	File   string `arg:"" help:"The configuration file (YAML or JSON)."`
	Strict bool   `help:"Exit with 1 where there are warnings."`
	JSON   bool   `name:"json" help:"Print JSON, as the admin API's config/check does."`
}

// Run reads the file as serve would, and says what is unlikely to be meant although it is valid.
func (c *checkCmd) Run(s streams) error {
	review, err := app.Check(c.File)
	var invalid *config.Error
	if err != nil && !errors.As(err, &invalid) {
		return &usageError{err}
	}
	switch {
	case c.JSON && invalid != nil:
		if err := printProblems(s.out, invalid.Problems, false); err != nil {
			return err
		}
		return &usageError{fmt.Errorf("%s: %s", c.File, count(len(invalid.Problems), "problem"))}
	case invalid != nil:
		return invalid
	case c.JSON:
		err = printProblems(s.out, review.Warnings, true)
	default:
		err = c.print(s.out, review)
	}
	if err == nil && c.Strict && len(review.Warnings) > 0 {
		return fmt.Errorf("%s: %s, and --strict is set", c.File, count(len(review.Warnings), "warning"))
	}
	return err
}

// printProblems prints what the admin API answers.
func printProblems(w io.Writer, problems []config.Problem, valid bool) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Valid    bool             `json:"valid"`
		Problems []config.Problem `json:"problems"`
	}{valid, append([]config.Problem{}, problems...)})
}

func (c *checkCmd) print(w io.Writer, r *app.Review) error {
	if _, err := fmt.Fprintf(w, "%s: valid\n", c.File); err != nil {
		return err
	}
	for _, list := range [][]config.Problem{r.Warnings, r.InEngine} {
		for _, p := range list {
			if _, err := fmt.Fprintln(w, p.String()); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintln(w, summary(r))
	return err
}

// summary counts what a configuration has.
func summary(r *app.Review) string {
	spec := r.Config.Spec
	rules, engine := len(spec.Processors), len(r.InEngine)
	return fmt.Sprintf("%s (%s native, %d in the JavaScript engine), %s, %s", count(rules, "processor"), count(rules-engine, "rule"),
		engine, count(len(spec.Middlewares), "middleware"), count(len(r.Warnings), "warning"))
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
