// Command dispatcher is the Routr Message Dispatcher: it takes SIP messages from EdgePorts over gRPC, leads them
// through middlewares and forwards each to the first processor whose rule accepts it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Exit codes of the command.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2 // a wrong command line, and a configuration that can't be used

	exitInterrupted = 130 // as shells say it of SIGINT
)

type cli struct {
	Serve       serveCmd       `cmd:"" default:"withargs" help:"Route messages (the default command)."`
	Check       checkCmd       `cmd:"" help:"Check a configuration file and its rules, and show every problem."`
	Explain     explainCmd     `cmd:"" help:"Show where a message would go, and why. Nothing is called."`
	Impact      impactCmd      `cmd:"" help:"Show what a change of the configuration would do to messages."`
	Test        testCmd        `cmd:"" help:"Run rule tests that are written in files."`
	Schema      schemaCmd      `cmd:"" help:"Print the JSON Schema of the configuration file, for editors."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Healthcheck healthcheckCmd `cmd:"" help:"Exit with 0 if a dispatcher on this machine is ready: for a container's HEALTHCHECK."`
	RuleWorker  ruleWorkerCmd  `cmd:"" hidden:"" help:"Evaluate rules for a dispatcher; it starts this by itself."`
}

const description = `The Routr Message Dispatcher takes SIP messages from EdgePorts over gRPC, leads each through
the middlewares, and forwards it to the first processor whose methods and matchFunc accept it.

Without a command it serves the configuration that --config or CONFIG_PATH names, else
/etc/routr/dispatcher.yaml; where there is none, a built-in demo on 127.0.0.1:51901.`

// streams are where a command reads and writes. What comes from outside reaches no terminal as it is: run makes out and
// err show it.
type streams struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

// bytes is the standard output for what isn't text.
func (s streams) bytes() io.Writer { return unwrap(s.out) }

// unwrap returns the file, or whatever it is, below a stream.
func unwrap(w io.Writer) io.Writer {
	if v, ok := w.(*visible.Writer); ok {
		return v.Unwrap()
	}
	return w
}

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

// run executes a command line and returns the exit code. Everything that it prints goes through here.
func run(args []string, s streams) int {
	out, errs := visible.NewWriter(s.out), visible.NewWriter(s.err)
	s.out, s.err = out, errs
	code := execute(args, s)
	for _, w := range []*visible.Writer{out, errs} {
		if err := w.Flush(); err != nil && code == exitOK {
			code = exitFailure
		}
	}
	return code
}

func execute(args []string, s streams) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("dispatcher"), kong.Description(description), kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }), kong.Bind(s),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		panic(err)
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintf(s.err, "dispatcher: %s\nTry: dispatcher --help\n", visible.Line(err.Error()))
		return exitUsage
	}
	return report(ctx.Run(s), s.err)
}

// report prints what a command returned and picks the exit code.
func report(err error, w io.Writer) int {
	var invalid *config.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &invalid):
		fmt.Fprintln(w, strings.TrimSpace(invalid.Error()))
		return exitUsage
	}
	// An error's further lines are set in, so that none of them passes for another message.
	fmt.Fprintf(w, "dispatcher: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n  "))
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailure
}

// errInterrupted is a command that a signal stopped.
var errInterrupted = errors.New("interrupted")

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
