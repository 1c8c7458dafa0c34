package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type checkCmd struct {
	Files   []string `arg:"" optional:"" name:"file" help:"The configuration files (YAML or JSON); - is the standard input. Without one, what serve would read."`
	Config  string   `short:"c" help:"The configuration file, as the argument names it." placeholder:"FILE"`
	Strict  bool     `help:"Exit with 1 where there are warnings."`
	NoFiles bool     `name:"no-files" help:"Don't open the files that it names, such as certificates: for a configuration that is served elsewhere."`
	JSON    bool     `name:"json" help:"Print JSON, as the admin API's config/check does."`
}

// Help says how it exits.
func (*checkCmd) Help() string {
	return `Exit codes: 0 every file can be used; 1 one has warnings, and --strict is set; 2 one can't be used.`
}

// Run reads the files as serve would, and says what is unlikely to be meant although it is valid.
func (c *checkCmd) Run(s streams) error {
	if c.Config != "" {
		c.Files = append([]string{c.Config}, c.Files...)
	}
	if len(c.Files) == 0 {
		path, found := config.Find("", s.getenv)
		if !found {
			return &usageError{errors.New("name a configuration file: CONFIG_PATH names none, and none is at " +
				"/etc/routr/dispatcher.yaml")}
		}
		c.Files = []string{path}
	}
	var problems, warnings []config.Problem
	for _, path := range c.Files {
		name, text, err := s.configText(path)
		if err != nil { // the others are told of all the same
			problems = append(problems, unread(path, err))
			continue
		}
		review, err := app.CheckText(name, text)
		if !c.NoFiles {
			err = withFiles(name, text, err)
		}
		var invalid *config.Error
		switch {
		case errors.As(err, &invalid):
			problems = append(problems, invalid.Problems...)
			continue
		case err != nil:
			return &usageError{err}
		}
		warnings = append(warnings, review.Warnings...)
		if !c.JSON {
			if err := printReview(s.out, name, review); err != nil {
				return err
			}
		}
	}
	return c.conclude(s.out, problems, warnings)
}

// withFiles adds what is wrong with the files that the configuration names, where it can be told.
func withFiles(name string, text []byte, err error) error {
	cfg, _ := config.Parse(name, text) // what is wrong with it is in err
	if cfg == nil {
		return err
	}
	return app.Merged(err, app.CheckFiles(cfg))
}

// conclude prints what isn't printed yet, and says how it went.
func (c *checkCmd) conclude(w io.Writer, problems, warnings []config.Problem) error {
	if c.JSON {
		if err := printProblems(w, append(slices.Clone(problems), warnings...), len(problems) == 0); err != nil {
			return err
		}
	}
	names, wrong := strings.Join(c.Files, ", "), 0
	for _, p := range problems {
		if p.Severity == config.SeverityError {
			wrong++
		}
	}
	switch {
	case len(problems) > 0 && c.JSON:
		return &usageError{fmt.Errorf("%s: %s", names, count(wrong, "problem"))}
	case len(problems) > 0:
		return &config.Error{Problems: problems}
	case c.Strict && len(warnings) > 0:
		return fmt.Errorf("%s: %s, and --strict is set", names, count(len(warnings), "warning"))
	}
	return nil
}

// printProblems prints what the admin API answers.
func printProblems(w io.Writer, problems []config.Problem, valid bool) error {
	return printJSON(w, struct {
		Valid    bool             `json:"valid"`
		Problems []config.Problem `json:"problems"`
	}{valid, append([]config.Problem{}, problems...)})
}

func printReview(w io.Writer, name string, r *app.Review) error {
	if _, err := fmt.Fprintf(w, "%s: valid\n", visible.Line(name)); err != nil {
		return err
	}
	for _, list := range [][]config.Problem{r.Warnings, r.InEngine, r.LocalTime} {
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
	return fmt.Sprintf("%s (%s native, %d in the JavaScript engine), %s, %s",
		count(rules, "processor"), count(rules-engine, "rule"), engine,
		count(len(spec.Middlewares), "middleware"), count(len(r.Warnings), "warning"))
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
