// Package ruletest runs rule tests that are written down in files: messages, and where the rules are to send them. It
// also says which rules, and which parts of them, no test has tried, and puts expectations right.
//
// The command runs tests; the admin API saves a decision as one. A Suite belongs to one goroutine.
package ruletest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// Suite is a file of tests.
type Suite struct {
	File   string
	Name   string // the file's own, else its path
	Config []byte // the configuration that it brings along; nil for none
	Tests  []Test

	source []byte
	parts  []part // where each test's expectation is written
}

// Test is one message, and what is to become of it.
type Test struct {
	Name   string
	Line   int // in the file
	Wire   []byte
	Expect Expect
}

// Expect is what a test expects; what is empty may be anything.
type Expect struct {
	Processor string            `config:"processor" doc:"Ref of the processor that gets the message."`
	Code      string            `config:"code" enum:"NOT_FOUND|INTERNAL|INVALID_ARGUMENT" doc:"The code where no processor gets it."`
	Error     string            `config:"error" doc:"A part of the error's text."`
	Plan      []string          `config:"plan" doc:"Refs of the middlewares and the processor that are called, in order."`
	Rules     map[string]string `config:"rules" doc:"What came of rules, by ref: match, no-match, error or not-tried."`
}

// written is a file of tests as its text has it.
type written struct {
	Name  string        `config:"name" doc:"What the tests are about."`
	Tests []writtenTest `config:"tests,required" nonempty:"true" doc:"The tests."`
}

type writtenTest struct {
	Name    string       `config:"name,required" doc:"What the test promises."`
	Message writtenGiven `config:"message,required" doc:"The message, in exactly one form."`
	Expect  Expect       `config:"expect,required" doc:"What is to become of it."`
}

type writtenGiven struct {
	SIP      string          `config:"sip" doc:"Raw SIP text."`
	JSON     json.RawMessage `config:"json" doc:"The message as rules see it, or in protobuf's JSON mapping."`
	Protobuf string          `config:"protobuf" doc:"A MessageRequest in base64."`
}

// part is a document of a file, and where a test's expectation is in it.
type part struct {
	document *config.Document
	path     string // of the expectation; empty for the whole document
	start    int    // byte at which the document begins in the file; -1 where that isn't known
	size     int    // of the document, in bytes; 0 where it is the file
}

// maxTests bounds a file.
const maxTests = 10_000

// Parse reads a file of tests: a txtar archive where its name says so, else YAML or JSON. The error is a *config.Error
// that holds every problem.
func Parse(name string, source []byte) (*Suite, error) {
	if isArchive(name) {
		return parseArchive(name, source)
	}
	var w written
	doc, err := config.Decode(name, source, &w)
	problems, err := problemsOf(err)
	if doc == nil {
		return nil, err
	}
	if len(w.Tests) > maxTests {
		return nil, config.NewError([]config.Problem{doc.Problem("tests",
			fmt.Sprintf("must have at most %d entries", maxTests))})
	}
	s := &Suite{File: name, Name: w.Name, source: source}
	if s.Name == "" {
		s.Name = name
	}
	names := map[string]bool{}
	for i, t := range w.Tests {
		path := fmt.Sprintf("tests[%d]", i)
		if names[t.Name] && t.Name != "" {
			problems = append(problems, doc.Problem(path+".name", "another test of this file has this name"))
		}
		names[t.Name] = true
		wire, wrong := t.Message.read(doc, path+".message")
		if len(wrong) == 0 {
			wrong = t.Expect.check(doc, path+".expect")
		}
		problems = append(problems, unsaid(wrong, problems, doc, path)...)
		line, _ := doc.Place(path)
		s.Tests = append(s.Tests, Test{Name: t.Name, Line: line, Wire: wire, Expect: t.Expect})
		s.parts = append(s.parts, part{document: doc, path: path + ".expect"})
	}
	if err := config.NewError(problems); err != nil {
		return nil, err
	}
	return s, nil
}

// unsaid is what is wrong with a test, without what only follows from what the decoder said: of the same place, or of a
// misspelt key, whose value then isn't there.
func unsaid(wrong, said []config.Problem, doc *config.Document, path string) []config.Problem {
	line, column := doc.Place(path)
	return slices.DeleteFunc(wrong, func(p config.Problem) bool {
		absent := p.Line == line && p.Column == column
		return slices.ContainsFunc(said, func(s config.Problem) bool {
			return s.Path == p.Path || absent &&
				s.Path == path
		})
	})
}

// problemsOf returns what is wrong, for adding to it, and an error that isn't about the text as it is.
func problemsOf(err error) ([]config.Problem, error) {
	var e *config.Error
	if errors.As(err, &e) {
		return slices.Clone(e.Problems), err
	}
	return nil, err
}

// read returns the message in its wire form, or what is wrong with it, at its place.
func (g writtenGiven) read(doc *config.Document, path string) ([]byte, []config.Problem) {
	m := paste.Message{JSON: g.JSON, SIP: g.SIP}
	if g.Protobuf != "" {
		data, err := base64.StdEncoding.DecodeString(g.Protobuf)
		if err != nil {
			return nil, []config.Problem{doc.Problem(path+".protobuf", "must be base64: "+err.Error())}
		}
		m.Protobuf = data
	}
	wire, err := m.Wire()
	if err == nil {
		return wire, nil
	}
	var e *paste.Error
	if errors.As(err, &e) && e.Form != "" {
		path += "." + e.Form
	}
	var place *siptext.Error
	if errors.As(err, &place) {
		return nil, []config.Problem{doc.Inside(path, place.Line, place.Column, place.Message)}
	}
	return nil, []config.Problem{doc.Problem(path, err.Error())}
}

// check says what is wrong with an expectation that is well written.
func (e Expect) check(doc *config.Document, path string) []config.Problem {
	var problems []config.Problem
	switch {
	case e.Processor == "" && e.Code == "" && e.Plan == nil && e.Rules == nil:
		problems = append(problems, doc.Problem(path, "expects nothing: give a processor or a code"))
	case e.Processor != "" && e.Code != "":
		problems = append(problems, doc.Problem(path+".code",
			"a processor is expected already: a message comes to one of both"))
	case e.Error != "" && e.Code == "":
		problems = append(problems, doc.Problem(path+".error", "needs a code beside it, such as INTERNAL"))
	}
	outcomes := []routing.Outcome{routing.Matched, routing.NoMatch, routing.Failed, routing.NotTried}
	for ref, outcome := range e.Rules {
		if !slices.Contains(outcomes, routing.Outcome(outcome)) {
			problems = append(problems, doc.Problem(path+".rules."+ref,
				fmt.Sprintf("must be one of match, no-match, error, not-tried, not %q", outcome)))
		}
	}
	return problems
}
