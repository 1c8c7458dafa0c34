package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/app"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/panics"
	"github.com/fonoster/routr-dispatcher/internal/telemetry"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

type serveCmd struct {
	Config        string        `short:"c" help:"The configuration file (YAML or JSON). Else CONFIG_PATH names it." placeholder:"FILE"`
	Demo          string        `help:"Serve the built-in demo on this address, whatever configuration there is." placeholder:"HOST:PORT"`
	RequireConfig bool          `help:"Exit with 2 where there is no configuration, rather than serve the demo. DISPATCHER_REQUIRE_CONFIG=true does the same; the image sets it."`
	LameDuck      time.Duration `help:"How long messages are still taken after SIGTERM or SIGINT, while /readyz says not ready, so that whoever spreads load goes elsewhere first." default:"0s"`
	DrainTimeout  time.Duration `help:"How long messages in flight may take after SIGTERM or SIGINT. A second signal exits at once." default:"20s"`
}

// Help says how it exits.
func (*serveCmd) Help() string {
	return `SIGHUP, or a change of the file, reads the configuration again. SIGTERM and SIGINT stop it.

Exit codes: 0 stopped, and every message was answered; 1 it couldn't listen, or messages in flight were given up;
2 a wrong command line, or a configuration that can't be used.`
}

// flushTime is how long the log may take for what is left at the end.
const flushTime = time.Second

// Run serves until a signal stops it. What it prints goes through a queue, so that who reads it can't stop it.
func (c *serveCmd) Run(s streams) error {
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE) // without which a reader of the log that goes would end the process
	defer signal.Stop(pipes)
	queue := telemetry.NewQueue(unwrap(s.err))
	errs := visible.NewWriter(queue)
	s.err = errs
	code := report(c.serve(s, queue), s.err)
	_ = errs.Flush() // to the queue
	queue.Close(flushTime)
	return exited(code)
}

func (c *serveCmd) serve(s streams, queue *telemetry.Queue) error {
	if err := c.check(s); err != nil {
		return &usageError{err}
	}
	log, err := logger(s)
	if err != nil {
		return &usageError{err}
	}
	cfg, demo, err := c.configuration(s)
	if err != nil {
		return err
	}
	queue.OnDropped(func(lines uint64) { log.Warn("lines of the log were dropped", "lines", lines) })
	slog.SetDefault(log) // for what package panics catches
	if s.getenv("GOMEMLIMIT") == "" {
		limit := app.MemoryLimit(cfg)
		debug.SetMemoryLimit(limit - limit/8) // the rest is what Go doesn't count, and what it is late with
	}
	ctx, stop := untilSignal(log)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	access, err := share(s.getenv("DISPATCHER_ACCESS_LOG"))
	if err != nil {
		return &usageError{err}
	}
	token, err := tokenIn(s.getenv)
	if err != nil {
		return err
	}
	tracing, err := telemetry.NewTracing(ctx, s.getenv, versionString(), func(err error) {
		log.Warn("traces can't be exported", "error", err.Error())
	})
	if err != nil {
		return &usageError{err}
	}
	defer endTraces(tracing, log)
	open, err := inherited(cfg)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{
		Config: cfg, Listeners: open, Demo: demo, LameDuck: c.LameDuck, DrainTimeout: c.DrainTimeout,
		AdminToken: token, Version: versionString(), Log: log, LogDropped: queue.Dropped,
		Tidy: s.getenv("GOGC") == "", Tracing: tracing, AccessLog: access,
	})
	if err != nil {
		closeAll(open)
		return err
	}
	if demo {
		fmt.Fprintf(s.err, demoText, a.Addr())
	}
	log.Info("routing messages", "addr", a.Addr().String(), "adminAddr", a.SideAddr().String(),
		"config", cfg.Name, "dispatcher", cfg.Ref, "processors", len(cfg.Spec.Processors),
		"middlewares", len(cfg.Spec.Middlewares), "version", versionString())
	defer reloadOn(ctx, hangups, a)()
	if err := runUnderSystemd(ctx, a, log); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// check says what is wrong with the flags.
func (c *serveCmd) check(s streams) error {
	for flag, value := range map[string]time.Duration{"--drain-timeout": c.DrainTimeout, "--lame-duck": c.LameDuck} {
		if value < 0 {
			return fmt.Errorf("%s: must not be less than 0, and is %s", flag, value)
		}
	}
	if path, _ := config.Find(c.Config, s.getenv); path == "-" {
		return errors.New("serve reads its configuration again when it changes: name a file, not the standard input")
	}
	return nil
}

// endTraces exports what is left of them.
func endTraces(tracing *telemetry.Tracing, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := tracing.Close(ctx); err != nil {
		log.Warn(err.Error())
	}
}

// share reads of which share of the calls the access log is; of none where nothing is said.
func share(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1) {
		return 0, fmt.Errorf("DISPATCHER_ACCESS_LOG is %q: it must be a number from 0 to 1", text)
	}
	return n, nil
}

// configuration is what is served: the one that was named or found, or the demo's.
func (c *serveCmd) configuration(s streams) (cfg *config.Config, demo bool, err error) {
	if c.Demo != "" {
		cfg, err = demoConfig(c.Demo)
		return cfg, true, err
	}
	if value := s.getenv("DISPATCHER_REQUIRE_CONFIG"); value != "" && !c.RequireConfig {
		if c.RequireConfig, err = strconv.ParseBool(value); err != nil {
			return nil, false, &usageError{fmt.Errorf("DISPATCHER_REQUIRE_CONFIG must be true or false, not %q", value)}
		}
	}
	if _, found := config.Find(c.Config, s.getenv); c.RequireConfig && !found {
		return nil, false, &usageError{errors.New("there is no configuration: mount one at " +
			"/etc/routr/dispatcher.yaml, or name it in CONFIG_PATH (--demo=127.0.0.1:51901 serves the demo)")}
	}
	return load(c.Config, s)
}

// reloadOn reads the configuration again at every hangup, until the function that it returns is called.
func reloadOn(ctx context.Context, hangups <-chan os.Signal, a *app.App) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var reloads sync.WaitGroup
	reloads.Go(func() {
		for {
			select {
			case <-hangups:
				panics.Do("reload", func() { _, _ = a.Reload(ctx, app.TriggerSignal) }) // it has said what is wrong
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		reloads.Wait()
	}
}

// tokenIn is the admin token that the environment holds; empty where there is none.
func tokenIn(getenv func(string) string) (string, error) {
	text := getenv("DISPATCHER_ADMIN_TOKEN")
	if text == "" {
		return "", nil
	}
	token, err := app.Token(text)
	if err != nil { // which would shut everybody out
		return "", &usageError{fmt.Errorf("DISPATCHER_ADMIN_TOKEN holds %w", err)}
	}
	return token, nil
}

// untilSignal returns a context that ends at the first SIGTERM or SIGINT. The second one exits at once.
func untilSignal(log *slog.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	go func() {
		defer panics.Caught("wait for signals")
		select {
		case sig := <-signals:
			cancel() // first of all
			log.Info("received a signal", "signal", sig.String())
		case <-done:
			return
		}
		select {
		case <-signals:
			os.Exit(exitFailure)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

func logger(s streams) (*slog.Logger, error) {
	level, err := telemetry.Level(s.getenv("LOGS_LEVEL"))
	if err != nil {
		return nil, err
	}
	return telemetry.NewLogger(s.err, level, terminal(s.err)), nil
}

// terminal reports whether people read w.
func terminal(w io.Writer) bool {
	f, ok := unwrap(w).(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

const demoText = `This is the built-in demo. An echo inside this process, which answers OK, stands in for the processors.

  Open      http://%[1]s/
  Send      grpcurl -plaintext -d '{"ref":"demo-1","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"},"body":"hello"}}' \
              %[1]s fonoster.routr.processor.v2beta1.Processor/ProcessMessage
  Watch     curl 'http://%[1]s/api/v1/decisions?limit=5'
  Explain   dispatcher explain --message FILE        (see: dispatcher explain --help)
  Your own  dispatcher --config dispatcher.yaml      (see: dispatcher check --help)

`
