package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type testCmd struct {
	Files     []string `arg:"" help:"Files of rule tests, and folders of them (*.yaml, *.yml, *.txtar); - is the standard input." name:"file"`
	Config    string   `short:"c" help:"The configuration that is tested. Else CONFIG_PATH names it, else the demo's is used." placeholder:"FILE"`
	Coverage  bool     `help:"Show which rules, and which parts of them, the tests have seen to say yes and no."`
	FailUnder float64  `help:"Exit with 1 where the coverage is less." placeholder:"PERCENT"`
	Update    bool     `help:"Write what came out into the expectations that failed."`
	JUnit     string   `name:"junit" help:"Write the results as JUnit XML, too." placeholder:"FILE"`
	JSON      bool     `name:"json" help:"Print JSON."`
	Filter    string   `name:"run" help:"Run only the tests whose \"file's name/test's name\" the expression finds." placeholder:"REGEXP"`
}

// Help says how it exits.
func (*testCmd) Help() string {
	return `Exit codes: 0 every test passed; 1 one failed, or the coverage is too low; 2 a wrong command line, a file that can't
be used, or no test was run.`
}

// Run runs the tests. Files that can't be used are all reported before any test runs.
func (c *testCmd) Run(s streams) error {
	opts := ruletest.Options{Load: targetOf}
	var err error
	if c.Update && slices.Contains(c.Files, "-") {
		return &usageError{errors.New("--update: the standard input can't be written to")}
	}
	if opts.Run, err = regexp.Compile(c.Filter); err != nil {
		return &usageError{fmt.Errorf("--run: %w", err)}
	}
	cfg, _, err := load(c.Config, s)
	if err != nil {
		return err
	}
	if opts.Target, err = newTarget(cfg); err != nil {
		return err
	}
	opts.Coverage = ruletest.NewCoverage(opts.Target)
	suites, err := c.suites(s)
	if err != nil {
		return err
	}
	var results []ruletest.Result
	for _, suite := range suites {
		some, err := suite.Run(opts)
		if err != nil {
			return err
		}
		if c.Update {
			if some, err = update(suite, some, opts); err != nil {
				return err
			}
		}
		results = append(results, some...)
	}
	return c.report(s.out, results, opts.Coverage)
}

// targetOf makes a target of a configuration's text.
func targetOf(name string, text []byte) (*ruletest.Target, error) {
	cfg, err := config.Parse(name, text)
	if err != nil {
		return nil, err
	}
	return newTarget(cfg)
}

func newTarget(cfg *config.Config) (*ruletest.Target, error) {
	p, err := offline(cfg)
	if err != nil {
		return nil, err
	}
	explain := func(wire []byte) (*dispatch.Explanation, error) { return p.Explain(context.Background(), wire) }
	return &ruletest.Target{Config: cfg, Rules: p.Table.Rules(), Explain: explain}, p.Close() // nobody is called
}

// suites reads every file, and returns what is wrong with any of them.
func (c *testCmd) suites(s streams) ([]*ruletest.Suite, error) {
	var suites []*ruletest.Suite
	var problems []config.Problem
	for _, named := range c.Files {
		files, err := testFiles(named)
		if err != nil {
			problems = append(problems, unread(named, fmt.Errorf("find tests: %w", err)))
		}
		for _, file := range files {
			name, text, err := s.read(file, "tests", config.MaxBytes)
			if err != nil {
				problems = append(problems, unread(file, err))
				continue
			}
			suite, err := ruletest.Parse(name, text)
			var invalid *config.Error
			if errors.As(err, &invalid) {
				problems = append(problems, invalid.Problems...)
				continue
			}
			if err != nil {
				return nil, err
			}
			suites = append(suites, suite)
		}
	}
	if len(problems) > 0 {
		return nil, &config.Error{Problems: problems}
	}
	return suites, nil
}

// testFiles returns a file, or the tests in a folder and below.
func testFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		ours := slices.Contains([]string{".yaml", ".yml", ".txtar"}, filepath.Ext(file))
		if err == nil && d.Type().IsRegular() && ours {
			files = append(files, file)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no *.yaml, *.yml or *.txtar is in %s", path)
	}
	return files, err
}

// update writes the file with its expectations put right, and runs it again.
func update(suite *ruletest.Suite, results []ruletest.Result, opts ruletest.Options) ([]ruletest.Result, error) {
	if !slices.ContainsFunc(results, func(r ruletest.Result) bool { return !r.Passed }) {
		return results, nil
	}
	text, err := suite.Update(results)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(suite.File, text, 0o666); err != nil { // as its owner's umask has it
		return nil, fmt.Errorf("update the tests: %w", err)
	}
	again, err := ruletest.Parse(suite.File, text)
	if err != nil {
		return nil, err
	}
	opts.Coverage = nil // they are counted already
	return again.Run(opts)
}

// report prints the results and says how it went.
func (c *testCmd) report(w io.Writer, results []ruletest.Result, coverage *ruletest.Coverage) error {
	if c.JUnit != "" {
		if err := writeJUnit(c.JUnit, results); err != nil {
			return err
		}
	}
	failed := 0
	for _, r := range results {
		if !r.Passed {
			failed++
		}
	}
	if err := c.print(w, results, coverage); err != nil {
		return err
	}
	switch percent := coverage.Percent(); {
	case len(results) == 0:
		return &usageError{errors.New("no test was run")}
	case failed > 0:
		return fmt.Errorf("%s, %d failed", count(len(results), "test"), failed)
	case percent < c.FailUnder:
		return fmt.Errorf("the coverage is %.1f%%, and --fail-under is %g", percent, c.FailUnder)
	}
	return nil
}

func (c *testCmd) print(w io.Writer, results []ruletest.Result, coverage *ruletest.Coverage) error {
	if !c.Coverage {
		coverage = nil
	}
	if c.JSON {
		return printJSON(w, struct {
			Tests    []ruletest.Result  `json:"tests"`
			Coverage *ruletest.Coverage `json:"coverage,omitempty"`
		}{append([]ruletest.Result{}, results...), coverage})
	}
	var b strings.Builder
	for _, r := range results {
		if !r.Passed {
			fmt.Fprintf(&b, "FAIL %s:%d: %s\n  %s\n\n", visible.Line(r.File), r.Line, visible.Line(r.Name),
				strings.ReplaceAll(strings.TrimSpace(r.Diff), "\n", "\n  "))
		}
	}
	passed := 0
	for _, r := range results {
		if r.Passed {
			passed++
		}
	}
	fmt.Fprintf(&b, "%d of %s passed\n", passed, count(len(results), "test"))
	if coverage != nil {
		b.WriteString(coverage.String())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeJUnit(path string, results []ruletest.Result) error {
	file, err := os.Create(path)
	if err != nil {
		return &usageError{fmt.Errorf("write JUnit XML: %w", err)}
	}
	if err := errors.Join(ruletest.WriteJUnit(file, results), file.Close()); err != nil {
		return fmt.Errorf("write JUnit XML: %w", err)
	}
	return nil
}
