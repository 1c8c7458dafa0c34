package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/paste"
	"github.com/fonoster/routr-dispatcher/internal/ruletest"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// candidate is a configuration that somebody hands in. It is read, and its rules are, in a process of their own, and
// never here.
type candidate struct {
	*worker.Candidate
	session *worker.Session // nil where the configuration can't be used
}

// open reads a candidate, and returns what there is to say of it. The caller closes it.
func (d *door) open(ctx context.Context, source string) (*candidate, []config.Problem, error) {
	if len(source) > config.MaxBytes {
		return nil, nil, problem(http.StatusRequestEntityTooLarge, "too-large", "A configuration may have %d bytes at most.", config.MaxBytes)
	}
	session, said, err := d.opts.Workers.OpenConfig(ctx, candidateName(source), []byte(source))
	if err != nil {
		return nil, nil, err
	}
	return &candidate{said, session}, said.Problems, nil
}

// usable is open for a candidate that has to be one that can be used.
func (d *door) usable(ctx context.Context, source string) (*candidate, error) {
	c, problems, err := d.open(ctx, source)
	if err != nil {
		return nil, err
	}
	if err := config.NewError(problems); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// candidateName has problems tell JSON from YAML.
func candidateName(source string) string {
	if strings.HasPrefix(strings.TrimSpace(source), "{") {
		return "candidate.json"
	}
	return "candidate.yaml"
}

func (c *candidate) close() {
	if c.session != nil {
		c.session.Close()
		c.session = nil
	}
}

// stops are the calls that the candidate would make.
func (c *candidate) stops() (s dispatch.Stops) {
	as := func(role backend.Role, all []worker.Stop) (stops []dispatch.Stop) {
		for _, stop := range all {
			stops = append(stops, dispatch.Stop{Role: role, Ref: stop.Ref, Addr: stop.Addr})
		}
		return stops
	}
	s.Pre, s.Post = as(backend.Middleware, c.Pre), as(backend.Middleware, c.Post)
	s.Processors = as(backend.Processor, c.Processors)
	return s
}

// checked is what there is to say of a configuration.
type checked struct {
	Valid    bool             `json:"valid"`
	Problems []config.Problem `json:"problems"`
}

func (d *door) check(w http.ResponseWriter, r *http.Request) error {
	source, err := text(w, r, config.MaxBytes, configTypes)
	if err != nil {
		return err
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	c, problems, err := d.open(ctx, string(source))
	if err != nil {
		return err
	}
	defer c.close()
	var invalid *config.Error
	if errors.As(config.NewError(problems), &invalid) {
		problems = invalid.Problems // in order
	}
	return reply(w, checked{invalid == nil, shown(problems)})
}

// question is a message to explain, by the running configuration or by a candidate.
type question struct {
	Message *paste.Message `json:"message"`
	Config  string         `json:"config"`
}

// explained is where a message would go, and what an EdgePort does with it where it is SIP text.
type explained struct {
	*dispatch.Explanation
	EdgePort *paste.Fate `json:"edgePort,omitempty"`
}

func (d *door) explain(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[question](w, r, maxConfigBody)
	if err != nil {
		return err
	}
	if q.Message == nil {
		return missing("message", "the message to explain")
	}
	read, err := q.Message.Read()
	if err != nil {
		p := problemOf(err)
		p.Path = joined("message", p.Path)
		return p
	}
	wire := read.Wire
	req, err := dispatch.Parse(wire)
	if err != nil {
		p := problem(http.StatusBadRequest, "message-invalid", "%s", err.Error())
		p.Path = "message"
		return p
	}
	if q.Config == "" {
		x, err := d.opts.Snapshot().Dispatcher.Explain(r.Context(), wire)
		if err != nil {
			return err
		}
		return reply(w, explained{x, read.Fate()})
	}
	ctx, cancel := d.untilDone(r.Context())
	defer cancel()
	c, err := d.usable(ctx, q.Config)
	if err != nil {
		return err
	}
	defer c.close()
	said, err := c.session.Explain(wire)
	if err != nil {
		return err
	}
	return reply(w, explained{dispatch.Explain(said, req, c.stops()), read.Fate()})
}

func (d *door) decisionTest(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	entry, ok := d.opts.Decisions.Get(id)
	if !ok {
		return unknownDecision(r)
	}
	wire, kept := d.opts.Decisions.Request(id)
	if !kept {
		return messageNotKept()
	}
	shown, err := d.opts.Decisions.Mask().StandIn(wire)
	if err != nil {
		return problem(http.StatusNotFound, "message-not-kept", "What came in isn't a message: %s.", err.Error())
	}
	name := strings.Join(slices.DeleteFunc([]string{entry.Method, entry.Kind, entry.CallID}, func(s string) bool { return s == "" }), " ")
	selected, code := d.routedTo(r.Context(), entry, wire)
	test := ruletest.FromMessage(name, shown, selected, code)
	if d.maskDecides(r.Context(), wire, shown) {
		test = append([]byte("# A rule reads a credential, which is masked below: this test may fail although nothing is wrong.\n"), test...)
	}
	return send(w, http.StatusOK, plainText, test)
}

// maskDecides reports whether the rules that run send a message elsewhere for what is masked in it.
func (d *door) maskDecides(ctx context.Context, wire, shown []byte) bool {
	before, code := d.explained(ctx, wire)
	after, masked := d.explained(ctx, shown)
	return before != after || code != masked
}

// explained is where the rules that run send a message.
func (d *door) explained(ctx context.Context, wire []byte) (selected, code string) {
	x, err := d.opts.Snapshot().Dispatcher.Explain(ctx, wire)
	if err != nil {
		return "", status.InvalidArgument.String()
	}
	if x.Selected != nil {
		selected = *x.Selected
	}
	return selected, x.Code
}

// routedTo is what the rules did with the message of a decision. Where they were never asked, as when a middleware failed
// before, it is what they would do now.
func (d *door) routedTo(ctx context.Context, entry decision.Entry, wire []byte) (selected, code string) {
	if entry.Processor == "" && entry.Code != status.NotFound.String() {
		if selected, code = d.explained(ctx, wire); code != status.InvalidArgument.String() {
			return selected, code
		}
	}
	return entry.Processor, entry.Code
}
