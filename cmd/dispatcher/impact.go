package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/schollz/progressbar/v3"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/impact"
	"github.com/fonoster/routr-dispatcher/internal/routing"
)

type impactCmd struct {
	Config       string `short:"c" help:"The candidate: the configuration file (YAML or JSON) as it would be. Else CONFIG_PATH names it." placeholder:"FILE"`
	Against      string `aliases:"running" help:"What to compare with: the address (URL or host:port) of a running dispatcher, which replays the requests it recorded; or the configuration file as it is." placeholder:"URL|FILE"`
	Decisions    string `help:"The messages: JSON lines of recorded decisions, or of messages; - is the standard input. Without --against the candidate is compared with what became of them in traffic. Default with a FILE: the built-in samples." placeholder:"FILE"`
	Last         int    `help:"Compare only the last N messages. Default: 1000 of a running dispatcher, all of a file." placeholder:"N"`
	TokenFile    string `help:"A file with the running dispatcher's admin token. Else DISPATCHER_ADMIN_TOKEN holds it." placeholder:"FILE"`
	JSON         bool   `name:"json" help:"Print JSON, as the admin API's config/impact does."`
	FailOnChange bool   `help:"Exit with 1 where a message goes elsewhere, or a rule fails anew, and with 2 where there was none to compare."`
}

// Help says how it exits.
func (*impactCmd) Help() string {
	return `Exit codes: 0 compared; 1 something changes, and --fail-on-change is set, or it didn't work; 2 a wrong command line,
a file that can't be used, or no message to compare, and --fail-on-change is set; 130 interrupted.`
}

// Run compares, and prints what is known even where it is interrupted.
func (c *impactCmd) Run(s streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends what doesn't listen, such as reading from a terminal
	compare := c.files
	var found bool
	if c.Config, found = config.Find(c.Config, s.getenv); !found {
		return &usageError{errors.New("name the candidate: --config FILE")}
	}
	switch {
	case c.Last < 0:
		return &usageError{errors.New("--last must be a number of messages")}
	case c.remote() && c.Decisions != "":
		return &usageError{errors.New("a running dispatcher replays what it recorded: leave out --decisions, or " +
			"name a file in --against")}
	case c.remote():
		compare = c.ask
	case c.Against == "" && c.Decisions == "":
		return &usageError{errors.New("nothing to compare with: give --against or --decisions")}
	}
	report, err := compare(ctx, s)
	if report == nil {
		return interruption(err)
	}
	if printErr := c.print(s.out, report); printErr != nil {
		return printErr
	}
	switch {
	case err != nil:
		return interruption(err)
	case c.FailOnChange && report.Messages == 0:
		return &usageError{errors.New("no message was compared, and --fail-on-change is set")}
	case c.FailOnChange && report.Moved+len(report.NewErrors) > 0:
		return fmt.Errorf("%s of %d would go elsewhere, and --fail-on-change is set", count(report.Moved, "message"),
			report.Messages)
	}
	return nil
}

// remote reports whether to compare with a running dispatcher: a URL, or a host:port where there is no file of that
// name.
func (c *impactCmd) remote() bool {
	if strings.HasPrefix(c.Against, "http://") || strings.HasPrefix(c.Against, "https://") {
		return true
	}
	_, port, err := net.SplitHostPort(c.Against)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		return false
	}
	if _, err := os.Stat(c.Against); err == nil {
		return false
	}
	c.Against = "http://" + c.Against
	return true
}

func interruption(err error) error {
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	return err
}

// files compares in this process.
func (c *impactCmd) files(ctx context.Context, s streams) (*impact.Report, error) {
	candidate, err := table(c.Config, s)
	if err != nil {
		return nil, err
	}
	opts := impact.Options{After: impact.TableRoute(candidate), Rules: impact.TableRules(candidate)}
	if c.Against != "" {
		running, err := table(c.Against, s)
		if err != nil {
			return nil, err
		}
		opts.Before = impact.TableRoute(running)
	}
	source, err := openMessages(c.Decisions, c.Last, s)
	if err != nil {
		return nil, err
	}
	defer source.close()
	opts.Messages, opts.Total = source.each(), source.total
	finish := progress(&opts, s.err)
	report, err := impact.Compare(ctx, opts)
	finish()
	if source.without > 0 {
		// people read it, or don't
		fmt.Fprintf(s.err, "left out %s without a message: it wasn't kept, or they come from a list of GET "+
			"/api/v1/decisions, which has none\n", count(source.without, "decision"))
	}
	if source.broken > 0 && (err == nil || !errors.Is(err, source.first)) {
		fmt.Fprintf(s.err, "left out %s that can't be read; the first is %v\n", count(source.broken, "line"),
			source.first)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, err
	}
	return report, err
}

// table compiles the rules of a configuration file.
func table(path string, s streams) (*routing.Table, error) {
	cfg, _, err := load(path, s)
	if err != nil {
		return nil, err
	}
	p, err := offline(cfg)
	if err != nil {
		return nil, err
	}
	return p.Table, p.Close()
}

// progress shows how far the comparison is, to people only.
func progress(opts *impact.Options, w io.Writer) (finish func()) {
	if !terminal(w) || opts.Total == 0 {
		return func() {}
	}
	bar := progressbar.NewOptions(opts.Total, progressbar.OptionSetWriter(unwrap(w)),
		progressbar.OptionSetDescription("comparing"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	opts.Progress = func(done, _ int) { _ = bar.Set(done) } // a bar that can't be drawn harms nothing
	return func() { _ = bar.Clear() }
}

func (c *impactCmd) print(w io.Writer, r *impact.Report) error {
	if !c.JSON {
		_, err := io.WriteString(w, impactText(r))
		return err
	}
	return printJSON(w, r)
}

// maxToken bounds the file of a token, as serve does.
const maxToken = 4 << 10

// token returns the admin token, or "" where there is none.
func (c *impactCmd) token(s streams) (string, error) {
	if c.TokenFile == "" {
		return tokenIn(s.getenv)
	}
	name, text, err := s.read(c.TokenFile, "the token", maxToken)
	if err != nil {
		return "", err
	}
	token, err := app.Token(string(text))
	if err != nil {
		return "", &usageError{fmt.Errorf("read the token: %s holds %w", name, err)}
	}
	return token, nil
}
