// Command dispatcher is the Routr Message Dispatcher: it takes SIP messages from EdgePorts over gRPC, leads them
// through middlewares and forwards each to the first processor whose rule accepts it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/visible"
	"github.com/fonoster/routr-dispatcher/internal/zone"
)

// Exit codes of the command.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2 // a wrong command line, and a configuration that can't be used

	exitInterrupted = 130 // as shells say it of SIGINT
)

type cli struct {
	ShowVersion kong.VersionFlag `name:"version" short:"v" help:"Print the version."`

	Serve       serveCmd       `cmd:"" default:"withargs" help:"Route messages (the default command)."`
	Check       checkCmd       `cmd:"" help:"Check a configuration file and its rules, and show every problem."`
	Explain     explainCmd     `cmd:"" help:"Show where a message would go, and why. Nothing is called."`
	Impact      impactCmd      `cmd:"" help:"Show what a change of the configuration would do to messages."`
	Test        testCmd        `cmd:"" help:"Run rule tests that are written in files."`
	Schema      schemaCmd      `cmd:"" help:"Print the JSON Schema of the configuration file, for editors."`
	Healthcheck healthcheckCmd `cmd:"" help:"Exit with 0 if a dispatcher on this machine is ready: for a container's HEALTHCHECK."`
	Completion  completionCmd  `cmd:"" help:"Print a script that completes commands and flags in bash, zsh or fish."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Help        helpCmd        `cmd:"" help:"Show what a command does."`
	RuleWorker  ruleWorkerCmd  `cmd:"" hidden:"" help:"Evaluate rules for a dispatcher; it starts this by itself."`
}

const description = `The Routr Message Dispatcher takes SIP messages from EdgePorts over gRPC, leads each through
the middlewares, and forwards it to the first processor whose methods and matchFunc accept it.

Without a command it serves the configuration that --config or CONFIG_PATH names, else
/etc/routr/dispatcher.yaml; where there is none, a built-in demo on 127.0.0.1:51901.
Where a command takes a file, - is the standard input.

Exit codes: 0 done; 1 the answer is no, or it didn't work; 2 a wrong command line, or a file
that can't be used; 130 interrupted. "dispatcher COMMAND --help" has those of each command.`

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
	for {
		outer, ok := w.(interface{ Unwrap() io.Writer })
		if !ok {
			return w
		}
		w = outer.Unwrap()
	}
}

func main() {
	os.Exit(run(os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

// run executes a command line and returns the exit code. Everything that it prints goes through here.
func run(args []string, s streams) int {
	out, errs := visible.NewWriter(s.out), visible.NewWriter(s.err)
	s.in, s.out, s.err = &stdin{Reader: s.in}, out, errs
	code := execute(args, s)
	for _, w := range []*visible.Writer{out, errs} {
		if err := w.Flush(); err != nil && code == exitOK {
			code = exitFailure
		}
	}
	return code
}

func execute(args []string, s streams) int {
	exit := -1
	parser, err := kong.New(&cli{},
		kong.Name("dispatcher"), kong.Description(description), kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }), kong.Bind(s),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"version": "routr-dispatcher " + versionString()},
	)
	if err != nil {
		panic(err)
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 { // --help, --version
		return exit
	}
	if err == nil {
		err = emptyFlag(ctx)
	}
	if err != nil {
		fmt.Fprintln(s.err, wrongLine(parser.Model, args, err))
		return exitUsage
	}
	if err := zone.Check(os.Getenv("TZ")); err != nil { // rules would read another time than their author meant
		return report(&usageError{err}, s.err)
	}
	return report(ctx.Run(s), s.err)
}

// emptyFlag refuses a flag that names nothing, as where a script's variable isn't set: --config="$FILE" must not serve
// another configuration than was meant.
func emptyFlag(ctx *kong.Context) error {
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Target.Kind() == reflect.String && p.Flag.Target.String() == "" {
			return fmt.Errorf("--%s: it names nothing", p.Flag.Name)
		}
	}
	return nil
}

// wrongLine says what is wrong with a command line, and where help is.
func wrongLine(model *kong.Application, args []string, err error) string {
	text, help := visible.Line(err.Error()), "dispatcher --help"
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return "dispatcher: " + text + "\nTry: " + help
	}
	if names := commands(model); slices.Contains(names, args[0]) {
		help = "dispatcher " + args[0] + " --help"
	} else {
		text = fmt.Sprintf("unknown command %q", args[0]) + config.DidYouMean(args[0], names)
	}
	return "dispatcher: " + text + "\nTry: " + help
}

// commands are the names of those that are for people.
func commands(model *kong.Application) (names []string) {
	for _, node := range model.Children {
		if !node.Hidden {
			names = append(names, node.Name)
		}
	}
	return names
}

// report prints what a command returned and picks the exit code.
func report(err error, w io.Writer) int {
	var (
		invalid *config.Error
		done    exited
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &done):
		return int(done)
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

// exited is the exit code of a command that has said all there is to say.
type exited int

func (e exited) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
