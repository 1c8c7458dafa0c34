package admin

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// The bounds on a trial on recorded messages, and on what is told of it.
const (
	maxRecorded   = 10_000
	recordedBatch = 200 // messages that a worker gets at a time
	trialTime     = 5 * time.Second
	trialExamples = 20
	trialErrors   = 20
	trialValues   = 10 // of an operand
)

// placing is where a rule would stand, by the ref of a processor.
type placing struct {
	Ref string `json:"ref"`
}

// standing is where a rule that is tried would stand, and what it takes.
type standing struct {
	Replace      *placing `json:"replace"`      // the processor in whose place the rule stands
	InsertBefore *placing `json:"insertBefore"` // that it stands in front of; an empty ref for the end
	Methods      []string `json:"methods"`      // that it takes
}

// trial is what a rule said to recorded messages.
type trial struct {
	Tried int `json:"tried"`
	said
	Oldest   *time.Time       `json:"oldest,omitempty"`
	ByMethod map[string]*said `json:"byMethod"`
	Examples examples         `json:"examples"`
	Errors   []trialError     `json:"errors"`

	Reached   int           `json:"reached"`
	TakenFrom []destination `json:"takenFrom"`
	LeftTo    []destination `json:"leftTo"`
	Operands  []tallied     `json:"operands"`

	MaskedReads []routing.MaskedRead `json:"maskedReads"`
	LeftOut     int                  `json:"leftOut"`
	Epoch       uint64               `json:"epoch,omitempty"`
}

// said counts outcomes.
type said struct {
	Match   int `json:"match"`
	NoMatch int `json:"no-match"`
	Error   int `json:"error"`
	Methods int `json:"methods"` // of methods that the rule doesn't take
}

// examples are ids of decisions by outcome, the newest first.
type examples struct {
	Match   []string `json:"match"`
	NoMatch []string `json:"no-match"`
	Error   []string `json:"error"`
}

// trialError is a way in which the rule fails.
type trialError struct {
	Error   string `json:"error"`
	Count   int    `json:"count"`
	Example string `json:"example"`
}

// destination is who loses messages, or gets them: a processor's ref, or a code where no processor gets them.
type destination struct {
	Ref   string `json:"ref"`
	Count int    `json:"count"`
}

// tallied is what a part of the rule gave.
type tallied struct {
	From    matchfunc.Place `json:"from"`
	To      matchfunc.Place `json:"to"`
	Text    string          `json:"text"`
	True    int             `json:"true"`
	False   int             `json:"false"`
	Skipped int             `json:"skipped"`
	Errors  int             `json:"errors"`
	Masked  bool            `json:"masked"`
	Values  []talliedValue  `json:"values"`
	Others  int             `json:"otherValues"`
}

type talliedValue struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

// tryRecorded tries a rule on recorded messages, beside traffic: all of it happens in a worker.
func (d *door) tryRecorded(ctx context.Context, body evaluation) (*trial, error) {
	running := d.opts.Snapshot()
	where, err := body.place(running.Config.Spec.Processors, "")
	if err != nil {
		return nil, err
	}
	if body.Recorded.Scope != "" && body.Recorded.Scope != "replica" {
		return nil, badMember("recorded.scope", "it is replica: a rule is tried on the messages of one")
	}
	kept, err := d.kept(*body.Recorded, maxRecorded)
	if err != nil {
		return nil, err
	}
	evaluate := d.opts.Workers.Evaluate
	if where.Placed {
		s, key, err := d.runningRules(ctx)
		if err != nil {
			return nil, err
		}
		defer d.opts.Workers.Release(s, key)
		evaluate = func(_ context.Context, r worker.Request) (worker.Response, error) { return s.Evaluate(r) }
	}
	t := newTrials(running.Config.Spec.Processors, where, d.ours(*body.MatchFunc))
	if where.Placed {
		t.Epoch = running.Epoch
	}
	for until := time.Now().Add(trialTime); len(kept) > 0 && time.Now().Before(until); {
		batch := worker.Request{Source: *body.MatchFunc, Trial: &where}
		var of []decision.Kept
		if of, kept, err = t.batch(kept, &batch, d.opts.Decisions.Mask()); err != nil {
			return nil, err
		}
		got, err := evaluate(ctx, batch)
		var slow *worker.LimitError
		if errors.As(err, &slow) && t.Tried > 0 {
			t.LeftOut += len(of)
			break
		}
		if err != nil {
			return nil, err
		}
		t.add(of, got, d.opts.Decisions.Mask())
	}
	t.LeftOut += len(kept)
	return t.done(), nil
}

// place says where in the table the rule would stand, and which methods it takes. The members have this path before
// their names.
func (body *standing) place(table []config.Processor, path string) (t worker.Trial, err error) {
	find := func(member string, p *placing) error {
		if t.At = slices.IndexFunc(table, func(one config.Processor) bool { return one.Ref == p.Ref }); t.At < 0 {
			return badMember(path+member+".ref", "no processor of the configuration that runs has it")
		}
		return nil
	}
	switch {
	case body.Replace != nil && body.InsertBefore != nil:
		return t, badMember(path+"insertBefore", "the rule stands in one place: replace says which")
	case body.Replace != nil:
		t.Placed, t.Replaces = true, true
		if err = find("replace", body.Replace); err == nil {
			for _, m := range table[t.At].Methods {
				t.Methods = append(t.Methods, message.Method(m))
			}
		}
	case body.InsertBefore != nil && body.InsertBefore.Ref == "":
		t.Placed, t.At = true, len(table)
	case body.InsertBefore != nil:
		t.Placed = true
		err = find("insertBefore", body.InsertBefore)
	}
	if len(body.Methods) == 0 || err != nil {
		return t, err
	}
	t.Methods = nil
	for _, name := range body.Methods {
		m, known := methodOf(name)
		if !known {
			return t, badMember(path+"methods", "there is no method "+name)
		}
		t.Methods = append(t.Methods, m)
	}
	return t, nil
}

func methodOf(name string) (message.Method, bool) {
	for n, known := range message.RequestSchema.Field("method").Names {
		if known == name && n != 0 {
			return message.Method(n), true
		}
	}
	return 0, false
}
