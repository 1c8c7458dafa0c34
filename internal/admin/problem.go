package admin

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/siptext"
)

// typePrefix stands before the name of a problem's type. The names are listed in docs/admin-api.md.
const typePrefix = "urn:routr-dispatcher:problem:"

// Problem is why a call has no answer, as RFC 9457 writes it.
type Problem struct {
	Type   string `json:"type"`   // stable: programs may rely on it
	Title  string `json:"title"`  // of the type
	Status int    `json:"status"` // of HTTP
	Detail string `json:"detail"` // what to do about it, for people

	// The place in the caller's text, where that is at fault; both count from 1, the column in characters.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Offset  *int   `json:"offset,omitempty"`  // of a rule: in UTF-16 code units, from 0
	Snippet string `json:"snippet,omitempty"` // the line with a caret under the place
	// To is the place behind what is at fault in a rule, and Warnings what there is to say of the rule besides.
	To       *matchfunc.Place `json:"to,omitempty"`
	Warnings []warning        `json:"warnings,omitempty"`

	Path     string           `json:"path,omitempty"`          // of the member or parameter at fault
	Problems []config.Problem `json:"problems,omitempty"`      // of a configuration: the first ones
	Found    int              `json:"problemsTotal,omitempty"` // how many there are
	Hash     string           `json:"hash,omitempty"`          // of what the file is now, where it was changed

	header http.Header
	cause  error // for the log only
}

func (p *Problem) Error() string { return p.Detail }

// titles are what a problem's types are called. A type that is missing here is a programmer's mistake.
var titles = map[string]string{
	"request-invalid":        "The request can't be read",
	"message-invalid":        "The message can't be read",
	"message-not-kept":       "The message wasn't kept",
	"rule-invalid":           "The rule doesn't load",
	"config-invalid":         "The configuration can't be used",
	"config-unreadable":      "The configuration file can't be read",
	"changed":                "The file was changed",
	"limit-exceeded":         "A limit was exceeded",
	"too-large":              "Too large",
	"not-found":              "Not found",
	"method-not-allowed":     "Method not allowed",
	"unsupported-media-type": "Unsupported media type",
	"forbidden":              "The admin API isn't open to this peer",
	"cross-origin":           "Cross-origin request",
	"unauthorized":           "The token is missing or wrong",
	"too-many-requests":      "Too many requests",
	"busy":                   "Busy",
	"stopping":               "Stopping",
	"watches-full":           "There are enough watches",
	"replica-silent":         "Another replica didn't answer",
	"internal":               "Internal error",
}

func problem(status int, kind, format string, args ...any) *Problem {
	return &Problem{Type: typePrefix + kind, Title: titles[kind], Status: status, Detail: fmt.Sprintf(format, args...)}
}

// problemOf translates an error into what the caller is told. It is the one place that picks a status for an error.
func problemOf(err error) *Problem {
	var (
		p       *Problem
		invalid *config.Error
		unread  *paste.Error
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &invalid):
		p = problem(http.StatusUnprocessableEntity, "config-invalid", "%s", summary(invalid.Problems))
		p.Problems, p.Found = few(invalid.Problems), len(invalid.Problems)
		return p
	case errors.As(err, &unread):
		return messageProblem(unread)
	case errors.As(err, &large):
		return problem(http.StatusRequestEntityTooLarge, "too-large", "The body may have %d bytes at most.",
			large.Limit)
	}
	if p := workerProblem(err); p != nil {
		return p
	}
	p = problem(http.StatusInternalServerError, "internal", "The dispatcher couldn't answer; its log says why.")
	p.cause = err
	return p
}

// messageProblem says what is wrong with a message, and where that is known.
func messageProblem(err *paste.Error) *Problem {
	p := problem(http.StatusBadRequest, "message-invalid", "%s", err.Error())
	var (
		sip   *siptext.Error
		field *message.Error
	)
	switch {
	case errors.As(err, &sip):
		text := "SIP text"
		if err.Form != "sip" { // JSON within a text
			text = "text"
		}
		p.Detail = fmt.Sprintf("line %d, column %d of the %s: %s", sip.Line, sip.Column, text, sip.Message)
		p.Line, p.Column, p.Snippet = sip.Line, sip.Column, sip.Snippet
	case errors.As(err, &field):
		p.Path = field.Field
	}
	return p
}

// summary is one sentence on a configuration's problems.
func summary(problems []config.Problem) string {
	first := problems[0]
	text := first.Message
	if first.Path != "" {
		text = first.Path + ": " + text
	}
	if first.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", first.Line, first.Column, text)
	}
	if more := len(problems) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return masked(text)
}

// mostProblems bounds those of an answer. Ten thousand rules may have as many warnings.
const mostProblems = 200

// few are the first problems, shown: errors before warnings where there are too many, in the order that they have.
func few(problems []config.Problem) []config.Problem {
	if len(problems) <= mostProblems {
		return shown(problems)
	}
	room := map[config.Severity]int{}
	for _, p := range problems {
		room[p.Severity]++
	}
	room[config.SeverityError] = min(room[config.SeverityError], mostProblems)
	room[config.SeverityWarning] = min(room[config.SeverityWarning], mostProblems-room[config.SeverityError])
	first := make([]config.Problem, 0, mostProblems)
	for _, p := range problems {
		if room[p.Severity] > 0 {
			room[p.Severity]--
			first = append(first, p)
		}
	}
	return shown(first)
}

// shown are problems as they may leave the process: never null, and without secrets. A secret is covered by as many
// stars as it has bytes, so that a caret below still points at its place.
func shown(problems []config.Problem) []config.Problem {
	all := make([]config.Problem, len(problems))
	for i, p := range problems {
		p.Message, p.Snippet = masked(p.Message), masked(p.Snippet)
		all[i] = p
	}
	return all
}

// masked covers the users and passwords of URLs.
func masked(text string) string { return config.Masked(text) }
