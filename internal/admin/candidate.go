package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/fonoster/routr-dispatcher/internal/backend"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// candidate is a configuration that somebody hands in. It is read, and its rules are, in a process of their own, and
// never here.
type candidate struct {
	*worker.Candidate
	session *worker.Session // nil where the configuration can't be used
	workers *worker.Pool
	key     string // what the session is kept by
}

// open reads a candidate, unless somebody asked about the same text just now, and returns what there is to say of it.
// The caller closes it.
func (d *door) open(ctx context.Context, source string) (*candidate, []config.Problem, error) {
	if len(source) > config.MaxBytes {
		return nil, nil, problem(http.StatusRequestEntityTooLarge, "too-large",
			"A configuration may have %d bytes at most.", config.MaxBytes)
	}
	key := fmt.Sprintf("candidate %x", sha256.Sum256([]byte(source)))
	c, err := d.load(ctx, key, candidateName(source), []byte(source))
	if err != nil {
		return nil, nil, err
	}
	return c, c.Problems, nil
}

// load reads a configuration, unless a session is kept by its key.
func (d *door) load(ctx context.Context, key, name string, text []byte) (_ *candidate, err error) {
	c := &candidate{workers: d.opts.Workers, key: key}
	if c.session = c.workers.Reuse(ctx, key); c.session != nil {
		c.Candidate = c.session.Candidate()
		return c, nil
	}
	c.session, c.Candidate, err = c.workers.OpenConfig(ctx, name, text)
	return c, err
}

// usable is open for a candidate that has to be one that can be used.
func (d *door) usable(ctx context.Context, source string) (*candidate, error) {
	c, problems, err := d.open(ctx, source)
	if err != nil {
		return nil, err
	}
	if err := config.NewError(problems); err != nil {
		c.close()
		p := problemOf(err)
		p.Found += c.Unsaid
		return nil, p
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
		c.workers.Release(c.session, c.key)
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
	Hash     string           `json:"hash"` // of the text as a file; stars stand for secrets there
	Problems []config.Problem `json:"problems"`
	Found    int              `json:"problemsTotal"`
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
	return reply(w, checked{invalid == nil, d.hashOf(source), few(problems), len(problems) + c.Unsaid})
}
