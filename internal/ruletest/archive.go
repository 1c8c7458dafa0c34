package ruletest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

func isArchive(name string) bool { return filepath.Ext(name) == ".txtar" }

// parseArchive reads a txtar archive, which is one test: message.sip, message.json or message.b64, expect.yaml, and
// where it likes dispatcher.yaml. The first line of its comment is its name.
func parseArchive(name string, source []byte) (*Suite, error) {
	wrong := func(format string, args ...any) error {
		return &config.Error{Problems: []config.Problem{{File: name, Message: fmt.Sprintf(format, args...),
			Severity: config.SeverityError}}}
	}
	if len(source) > config.MaxBytes {
		return nil, wrong("the file is larger than %d MiB", config.MaxBytes>>20)
	}
	source = bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
	archive := txtar.Parse(source)
	s := &Suite{File: name, Name: name, source: source}
	test := Test{Name: title(archive.Comment), Line: 1}
	if test.Name == "" {
		test.Name = strings.TrimSuffix(filepath.Base(name), ".txtar")
	}
	var form string
	var expects bool
	for _, f := range archive.Files {
		file := name + ": " + f.Name
		var err error
		switch f.Name {
		case "message.sip", "message.json", "message.b64":
			if form != "" {
				return nil, wrong("%s and %s are both there, and a test has one message", form, f.Name)
			}
			form = f.Name
			test.Wire, err = archived(file, f)
		case "expect.yaml":
			expects = true
			err = s.expectation(file, f, &test)
		case "dispatcher.yaml":
			s.Config = f.Data
		default:
			return nil, wrong("%s is none of message.sip, message.json, message.b64, expect.yaml and dispatcher.yaml",
				f.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	switch {
	case form == "":
		return nil, wrong("no message: message.sip, message.json or message.b64 is missing")
	case !expects:
		return nil, wrong("expect.yaml is missing")
	}
	s.Tests = []Test{test}
	return s, nil
}

// title is the first line of a comment.
func title(comment []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(comment)), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "#"))
}

// archived reads a message. It is put into a document, whose places are the archive's file's.
func archived(name string, f txtar.File) ([]byte, error) {
	text := string(f.Data)
	var g writtenGiven
	path := strings.TrimPrefix(filepath.Ext(f.Name), ".")
	switch path {
	case "sip":
		g.SIP = text
	case "json":
		g.JSON = f.Data
	default:
		g.Protobuf = strings.Join(strings.Fields(text), "")
	}
	doc := config.Text(name, f.Data)
	wire, problems := g.read(doc, "")
	return wire, config.NewError(problems)
}

func (s *Suite) expectation(name string, f txtar.File, test *Test) error {
	doc, err := config.Decode(name, f.Data, &test.Expect)
	if err != nil {
		return err
	}
	const marker = "\n-- expect.yaml --\n"
	// A marker that is written otherwise, or twice, leaves the place unknown.
	start := bytes.LastIndex(append([]byte("\n"), s.source...), []byte(marker))
	if start >= 0 {
		start += len(marker) - 1
	}
	s.parts = []part{{document: doc, start: start, size: len(f.Data)}}
	return config.NewError(test.Expect.check(doc, ""))
}
