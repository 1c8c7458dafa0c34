package ruletest

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
	total    time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the results, those of a file together, in JUnit's XML as Jenkins and GitLab read it.
func WriteJUnit(w io.Writer, results []Result) error {
	var all junitSuites
	var total time.Duration
	for _, r := range results {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != visible.Line(r.File) {
			all.Suites = append(all.Suites, junitSuite{Name: visible.Line(r.File)})
		}
		s := &all.Suites[len(all.Suites)-1]
		c := junitCase{Name: visible.Line(r.Name), Class: visible.Line(r.Suite), File: visible.Line(r.File),
			Line: r.Line, Time: seconds(r.Duration)}
		s.Tests++
		all.Tests++
		if !r.Passed {
			s.Failures++
			all.Failures++
			c.Failure = &junitFailure{Message: firstLines(r.Diff), Type: "mismatch", Text: r.Diff}
		}
		s.total += r.Duration
		total += r.Duration
		s.Time = seconds(s.total)
		s.Cases = append(s.Cases, c)
	}
	all.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }

// firstLines is what was wanted and what was got, on one line.
func firstLines(diff string) string {
	lines := strings.SplitN(diff, "\n", 4)
	return oneLine(strings.Join(lines[:min(len(lines), 3)], " "))
}
