// Package config reads the MessageDispatcher resource: the YAML or JSON file that says where the
// dispatcher listens, which processors and middlewares it calls, and which rule chooses among them.
//
// The command and package app call Read and Parse; everything else receives the finished Config.
// Reading is strict and reports every problem at once, each with its place in the file. The text may
// be hostile: its size, depth and expansion are bounded.
//
// A Config is never changed after Parse returned it, so any number of goroutines may read it.
package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/file"
)

// MaxBytes is the size of the largest configuration file that is read. It holds tens of thousands of
// processors.
const MaxBytes = 8 << 20

// Config is one MessageDispatcher resource with its defaults filled in.
//
// The tags of this and the following structs are the single description of the file: the strict
// decoder, the defaults and the JSON Schema are all derived from them.
type Config struct {
	// Kind is always MessageDispatcher.
	Kind string `config:"kind,required" enum:"MessageDispatcher" doc:"The kind of resource."`
	// APIVersion is always v2beta1.
	APIVersion string `config:"apiVersion,required" enum:"v2beta1" doc:"The version of this resource's format."`
	// Ref names this dispatcher.
	Ref string `config:"ref,required" doc:"Name of this dispatcher, for logs and metrics."`
	// Spec is what the dispatcher does.
	Spec Spec `config:"spec,required" doc:"What the dispatcher does."`

	// Name is the name Parse was given, normally the file's path.
	Name string
	// Source is the text as it was read. It must not be changed.
	Source []byte
	// Hash is the SHA-256 of Source in hexadecimal.
	Hash string

	text text
	root *node // nil once it is compact

	places  *places // once it is compact
	secrets []Range // likewise
}

// Spec is the part of the resource that says what the dispatcher does.
type Spec struct {
	// BindAddr is the host:port to listen on; port 0 takes a free one.
	BindAddr string `config:"bindAddr" format:"listen" default:"0.0.0.0:51901" doc:"Host and port to listen on. Port 0 takes any free port."`
	// Processors are asked in this order; the first whose methods and matchFunc fit gets the message.
	Processors []Processor `config:"processors,required" nonempty:"true" unique:"true" doc:"The processors, in order. The first one whose methods hold the message's method and whose matchFunc returns a truthy value gets the message."`
	// Middlewares are called in this order, before or after the processor.
	Middlewares []Middleware `config:"middlewares" unique:"true" doc:"The middlewares, in the order they are called."`
	// Timeout bounds one call to a processor or middleware that has no timeout of its own.
	Timeout time.Duration `config:"timeout" default:"5s" max:"10m" doc:"Time limit of one call to a processor or middleware. A shorter deadline of the caller wins."`
	// MaxMessageBytes bounds one message, coming in or going out.
	MaxMessageBytes int64 `config:"maxMessageBytes" format:"bytes" default:"4MiB" min:"1KiB" max:"64MiB" doc:"Size of the largest message that is taken in or sent out: a number of bytes, or a size such as 4MiB."`
	// OnRuleError is OnRuleErrorFail or OnRuleErrorSkip.
	OnRuleError string `config:"onRuleError" enum:"fail|skip" default:"fail" doc:"What a matchFunc that throws or exceeds its limits does: fail the message, or skip to the next processor."`
	// MatchTimeout bounds one evaluation of one matchFunc.
	MatchTimeout time.Duration `config:"matchTimeout" default:"20ms" max:"10s" doc:"Time limit of one evaluation of a matchFunc."`
	// AnswerFailures turns gRPC errors for SIP requests into SIP responses (contract section 7).
	AnswerFailures bool `config:"answerFailures" default:"false" doc:"True to answer a SIP request that fails with a SIP response such as 503 rather than a gRPC error, so that the phone hears at once."`
	// RetryBudget is the fraction of a fleet's calls that may be tried again.
	RetryBudget float64 `config:"retryBudget" format:"fraction" default:"0.2" doc:"How many calls of a fleet may be tried again on another instance, as a fraction of its calls."`
	// ResolveInterval is how often dns:/// names are looked up.
	ResolveInterval time.Duration `config:"resolveInterval" default:"10s" max:"1h" doc:"How often the name in a dns:/// address is looked up again."`
	// Ejection says when an instance that fails is left out.
	Ejection Ejection `config:"ejection" doc:"When an instance that fails is left out, and for how long."`
	// Limits bound what the dispatcher takes on.
	Limits Limits `config:"limits" doc:"Limits on what the dispatcher takes on at once."`
	// MaxConnectionAge is how long an incoming connection may live; 0 is for ever.
	MaxConnectionAge time.Duration `config:"maxConnectionAge" max:"168h" doc:"How old a connection of an EdgePort may become, give or take a tenth, before it is asked to connect anew, so that load spreads over new replicas. Default: any age."`
	// Relay is RelayAuto or RelayOff.
	Relay string `config:"relay" enum:"auto|off" default:"auto" doc:"auto: calls take the relay; off: none does."`
	// TLS is nil where the port speaks clear text.
	TLS *ServerTLS `config:"tls" doc:"Serve over TLS. Default: clear text."`
	// Admin is the side door.
	Admin Admin `config:"admin" doc:"The admin API and the console."`
	// Decisions says what is kept of each message.
	Decisions Decisions `config:"decisions" doc:"What is kept of what became of each message, and where it is sent."`
	// Metrics bounds what /metrics names.
	Metrics Metrics `config:"metrics" doc:"What the metrics name."`
	// Fleet is nil where this dispatcher is on its own.
	Fleet *Replicas `config:"fleet" doc:"The other replicas, which one console shows all of. Default: none."`
	// Shadow is a configuration file that is evaluated beside this one; empty for none.
	Shadow string `config:"shadow" doc:"A configuration file whose rules are evaluated beside these, without calling anybody, and whose differences are counted. A relative path is looked for beside this file."`
}

// The values of Spec.OnRuleError.
const (
	OnRuleErrorFail = "fail" // a rule that throws or exceeds its limits fails the message
	OnRuleErrorSkip = "skip" // such a rule counts as one that doesn't match
)

// The values of Spec.Relay.
const (
	RelayAuto = "auto" // the relay takes the calls that it can, the ordinary way all else
	RelayOff  = "off"  // everything takes the ordinary way
)

// relayUnsaid stands for spec.relay where a file doesn't say it; empty for the property's default. The linker sets it
// (-ldflags -X), so that whole suites of tests run the one way or the other without a change to their files.
var relayUnsaid string

// Processor is one backend that may get a message.
type Processor struct {
	// Ref names the processor, uniquely among processors.
	Ref string `config:"ref,required" doc:"Name of the processor, unique among processors."`
	Fleet
	// MatchFunc is the source text of the rule, as yet unparsed.
	MatchFunc string `config:"matchFunc,required" doc:"The rule: a JavaScript function of the request, such as req => req.method === \"MESSAGE\"."`
	// Methods are the SIP methods the processor takes.
	Methods []routrpb.Method `config:"methods,required" format:"method" nonempty:"true" doc:"The SIP methods the processor takes."`
}

// Middleware is one backend that sees messages before or after the processor.
type Middleware struct {
	// Ref names the middleware, uniquely among middlewares.
	Ref string `config:"ref,required" doc:"Name of the middleware, unique among middlewares."`
	Fleet
	// PostProcessor tells a middleware that runs after the processor from one that runs before it.
	PostProcessor bool `config:"postProcessor,required" doc:"True to call the middleware after the processor, false to call it before."`
	// OnError is OnErrorFail or OnErrorSkip.
	OnError string `config:"onError" enum:"fail|skip" default:"fail" doc:"What becomes of a message when this middleware can't be reached, fails or gives no usable answer: the message fails, or goes on as it was."`
}

// The values of Middleware.OnError.
const (
	OnErrorFail = "fail" // the message fails: for an authenticator
	OnErrorSkip = "skip" // the message goes on as it was: for a logger
)

// Find says which configuration file to read: the one the flag names, else the one the environment
// variable CONFIG_PATH names, else /etc/routr/dispatcher.yaml or /etc/routr/dispatcher.json if it is
// there. It reports false when there is none. A file that was named is returned whether or not it exists.
func Find(flag string, getenv func(string) string) (path string, ok bool) {
	return find(flag, getenv, "/etc/routr/dispatcher.yaml", "/etc/routr/dispatcher.json")
}

func find(flag string, getenv func(string) string, places ...string) (string, bool) {
	for _, named := range []string{flag, getenv("CONFIG_PATH")} {
		if named != "" {
			return named, true
		}
	}
	for _, place := range places {
		// A file that can't be looked at is taken, so that Read says why.
		if _, err := os.Stat(place); !errors.Is(err, fs.ErrNotExist) {
			return place, true
		}
	}
	return "", false
}

// Read returns the text of the configuration file at path.
func Read(path string) ([]byte, error) {
	source, err := file.Read(context.Background(), path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return source, nil
}

// Parse decodes a configuration, fills in the defaults and validates it. The name is used in problems
// and tells JSON (.json) from YAML.
//
// What is wrong with the text is returned as an *Error that holds every problem. The Config beside it
// is nil only where the text could not be read as one YAML or JSON document; otherwise it holds what could
// be decoded, so that later stages can add their own problems to the report (see NewError). Processors and
// Middlewares then still have the length and order of the file.
func Parse(name string, source []byte) (*Config, error) {
	source = append([]byte(nil), source...)
	sum := sha256.Sum256(source)
	c := &Config{Name: name, Source: source, Hash: hex.EncodeToString(sum[:])}

	var problem *Problem
	c.text, problem = newText(name, source)
	if problem == nil {
		c.root, problem = read(c.text)
	}
	if problem != nil {
		return nil, NewError([]Problem{*problem})
	}
	problems := decode(c.text, c.root, c)
	if spec := c.root.child("spec"); relayUnsaid != "" && spec != nil && spec.child("relay") == nil {
		c.Spec.Relay = relayUnsaid
	}
	if len(problems) == 0 {
		problems = c.check()
	}
	c.inheritTimeouts()
	return c, NewError(problems)
}

func (c *Config) inheritTimeouts() {
	for i := range c.Spec.Processors {
		if p := &c.Spec.Processors[i]; p.Timeout == 0 {
			p.Timeout = c.Spec.Timeout
		}
	}
	for i := range c.Spec.Middlewares {
		if m := &c.Spec.Middlewares[i]; m.Timeout == 0 {
			m.Timeout = c.Spec.Timeout
		}
	}
}
