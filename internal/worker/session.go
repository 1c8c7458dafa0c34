package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/fonoster/routr-dispatcher/internal/routing"
)

// Session is a child that has loaded a table. One goroutine at a time may use it; close it at the end.
type Session struct {
	pool      *Pool
	rules     []Rule
	candidate *Candidate // nil where a table was loaded
	child     *child
	places    chan struct{}   // holds one for the session
	ctx       context.Context // ends when the pool is closed, or the caller who has the session went away
	detach    func()          // from that caller
	broken    bool            // something went wrong, and the child is of no more use
	once      sync.Once
}

// Open loads a table in a child of its own, which the session keeps until it is closed or ctx ends. Where a rule
// doesn't load the session is nil and the infos say why. Otherwise the error is as for Evaluate.
func (p *Pool) Open(ctx context.Context, t Table) (*Session, []RuleInfo, error) {
	if err := t.check(); err != nil {
		return nil, nil, err
	}
	s, err := p.begin(ctx, p.beside)
	if err != nil {
		return nil, nil, err
	}
	s.rules = t.Rules
	infos, err := s.load(t)
	if err != nil || s.child == nil {
		s.Close()
		return nil, infos, err
	}
	return s, infos, nil
}

// begin takes one of the places for sessions, of one that nobody uses if there is none left. The session has no child
// yet.
func (p *Pool) begin(ctx context.Context, places chan struct{}) (*Session, error) {
	if !p.enter() {
		return nil, ErrClosed
	}
	select {
	case places <- struct{}{}:
	default:
		if !p.giveUp(places) {
			p.calls.Done()
			return nil, ErrBusy
		}
	}
	s := &Session{pool: p, places: places}
	s.attach(ctx)
	return s, nil
}

// attach makes the session that of a caller.
func (s *Session) attach(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(s.pool.closing, func() { cancel(ErrClosed) })
	s.ctx, s.detach = ctx, func() {
		unhook()
		cancel(nil)
	}
}

// start starts the child.
func (s *Session) start() (err error) {
	s.child, err = s.pool.start(s.ctx, s.pool.opts.TableMemoryLimit)
	return err
}

// loading is what reading a table or a configuration may take.
func (s *Session) loading() bounds {
	return bounds{s.pool.opts.LoadLimit, s.pool.opts.TableMemoryLimit}
}

// load has the child load a table. It is nil afterwards where a rule doesn't load.
func (s *Session) load(t Table) ([]RuleInfo, error) {
	if err := s.start(); err != nil {
		return nil, err
	}
	var infos []RuleInfo
	err := s.ask(s.loading(), &infos, func(p pipe) error { return p.sendTable(t) })
	if err == nil && len(infos) != len(t.Rules) {
		err = fmt.Errorf("%w: it told of %d rules, not of %d", ErrCrashed, len(infos), len(t.Rules))
	}
	if err != nil {
		return nil, err
	}
	for _, info := range infos {
		if info.SourceError != nil {
			s.child.end()
			s.child = nil
			break
		}
	}
	return infos, nil
}

// Route says where messages go, in their order. There may be MaxMessages of them, of MaxBytes together.
func (s *Session) Route(messages [][]byte) ([]Routed, error) {
	if err := (&Request{Messages: messages}).check(); err != nil {
		return nil, err
	}
	var all []Routed
	err := s.ask(s.bounds(), &all, func(p pipe) error { return p.sendMessages(jobRoute, messages) })
	if err == nil && len(all) != len(messages) {
		err = fmt.Errorf("%w: it told of %d messages, not of %d", ErrCrashed, len(all), len(messages))
	}
	for _, r := range all {
		if r.Selected < -1 || r.Selected >= len(s.rules) || r.Failed < -1 || r.Failed >= len(s.rules) {
			return nil, fmt.Errorf("%w: it told of a rule that there isn't", ErrCrashed)
		}
	}
	return all, err
}

// Evaluate is Pool.Evaluate in the session, whose table a trial may be about.
func (s *Session) Evaluate(r Request) (Response, error) {
	if err := r.check(); err != nil {
		return Response{}, err
	}
	var a answer
	if err := s.ask(s.bounds(), &a, func(p pipe) error { return p.sendJob(r) }); err != nil {
		return Response{}, err
	}
	if a.SourceError != nil {
		return Response{}, a.SourceError
	}
	if err := a.check(len(r.Messages)); err != nil {
		return Response{}, fmt.Errorf("%w: %w", ErrCrashed, err)
	}
	for _, one := range a.Response.Results {
		if n := len(s.rules); one.Was < TriedRule || one.Was >= n || one.Is < TriedRule || one.Is >= n {
			return Response{}, fmt.Errorf("%w: it told of a rule that there isn't", ErrCrashed)
		}
	}
	return a.Response, nil
}

// ErrNoMessage says that bytes are no MessageRequest.
var ErrNoMessage = errors.New("not a message")

// Look says which rule takes a message, and what those that the view asks for said to it.
func (s *Session) Look(message []byte, v routing.View) (*routing.Explanation, error) {
	v.Bounded = true // it goes through a frame
	var x explained
	ask := func(p pipe) error { return p.sendAll(job{Kind: jobExplain, Messages: 1, View: v}, [][]byte{message}) }
	if err := s.ask(s.bounds(), &x, ask); err != nil {
		return nil, err
	}
	n := len(s.rules)
	switch {
	case x.Invalid != "":
		return nil, fmt.Errorf("%w: %s", ErrNoMessage, x.Invalid)
	case x.Said.Total != n || x.Selected < -1 || x.Selected >= n || x.Failed < -1 || x.Failed >= n ||
		!ascend(x.Said.Rules, n):
		return nil, fmt.Errorf("%w: it told of rules that there aren't", ErrCrashed)
	}
	x.Said.Selected, x.Said.Err = x.Selected, s.Failure(x.Routed)
	return &x.Said, nil
}

// ascend reports whether reports are of rules that there are, each once.
func ascend(reports []routing.RuleReport, rules int) bool {
	next := 0
	for _, r := range reports {
		if r.Index < next || r.Index >= rules {
			return false
		}
		next = r.Index + 1
	}
	return true
}

// Candidate returns the configuration that the session was opened with; nil where it was a table.
func (s *Session) Candidate() *Candidate { return s.candidate }

// Ref returns the ref of a rule that there is.
func (s *Session) Ref(rule int) string { return s.rules[rule].Ref }

// Failure returns what routing.Table.Match would have returned as the error.
func (s *Session) Failure(r Routed) error {
	switch {
	case r.Selected >= 0:
		return nil
	case r.Failed >= 0 && r.Err != nil:
		return &routing.RuleError{Ref: s.rules[r.Failed].Ref, Err: r.Err}
	}
	return routing.ErrNoMatch
}

func (s *Session) bounds() bounds {
	return bounds{s.pool.opts.SessionLimit, s.pool.opts.TableMemoryLimit}
}

// ask has the child do something and decodes its answer. After an error the child is of no more use.
func (s *Session) ask(b bounds, into any, send func(pipe) error) (err error) {
	defer func() { s.broken = s.broken || err != nil }()
	if s.child == nil || !s.child.alive() {
		return fmt.Errorf("%w: the session has ended", ErrCrashed)
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	w := startWatch(s.ctx, s.child, b)
	data, err := func() ([]byte, error) {
		if err := send(s.child.pipe); err != nil {
			return nil, err
		}
		return s.child.pipe.read()
	}()
	if cause := w.stop(); cause != nil {
		return cause
	}
	if err != nil {
		return s.child.crashed(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return s.child.crashed(fmt.Errorf("read an answer: %w", err))
	}
	return nil
}

// Close ends the child. It may be called more than once.
func (s *Session) Close() {
	s.once.Do(func() {
		if s.child != nil {
			s.child.end()
		}
		s.detach()
		<-s.places
		s.pool.calls.Done()
	})
}
