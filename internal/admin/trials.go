package admin

import (
	"cmp"
	"maps"
	"runtime"
	"slices"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/matchfunc"
	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/status"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// trials is a trial in the making.
type trials struct {
	trial
	table  []config.Processor
	errors map[string]*trialError
	taken  map[string]int
	left   map[string]int
	tally  []worker.Tally
	reads  []string
	masked map[string]bool // places of the messages
	ours   bool            // the rule sees messages as they came
	where  worker.Trial
}

func newTrials(table []config.Processor, where worker.Trial, ours bool) *trials {
	return &trials{
		trial: trial{
			ByMethod: map[string]*said{}, Examples: examples{[]string{}, []string{}, []string{}},
			Errors: []trialError{}, Operands: []tallied{}, MaskedReads: []routing.MaskedRead{},
		},
		table: table, where: where, ours: ours, errors: map[string]*trialError{},
		taken: map[string]int{}, left: map[string]int{}, masked: map[string]bool{},
	}
}

// batch takes the next messages off those that are kept, as the rule may see them.
func (t *trials) batch(
	kept []decision.Kept, r *worker.Request, mask *decision.Mask,
) (of, rest []decision.Kept, err error) {
	size := 0
	for len(kept) > 0 && len(of) < recordedBatch {
		k := kept[0]
		if len(of) > 0 && size+len(k.Request) > worker.MaxBytes {
			break
		}
		kept = kept[1:]
		shown, err := mask.StandIn(k.Request)
		if err != nil || len(k.Request) > worker.MaxBytes || len(shown) > worker.MaxBytes {
			t.LeftOut++
			continue
		}
		places, err := mask.Places(k.Request)
		if err != nil {
			return nil, nil, err
		}
		for _, p := range places {
			t.masked[p] = true
		}
		if t.ours {
			shown = k.Request
		}
		size += max(len(shown), len(k.Request))
		of, r.Messages = append(of, k), append(r.Messages, shown)
		if len(of)%16 == 0 {
			runtime.Gosched() // messages that come in go first
		}
	}
	return of, kept, nil
}

// add adds what a worker said.
func (t *trials) add(of []decision.Kept, got worker.Response, mask *decision.Mask) {
	t.reads = got.Reads
	for i, r := range got.Results {
		k := of[i]
		t.Tried++
		t.Oldest = &k.Time
		t.count(k, r, mask)
		if r.Reached && !r.OtherMethod {
			t.Reached++
		}
		switch {
		case r.Is == r.Was, r.Is == worker.TriedRule && t.where.Replaces && r.Was == t.where.At:
		case r.Is == worker.TriedRule:
			t.taken[t.destination(r.Was)]++
		default:
			t.left[t.destination(r.Is)]++
		}
	}
	for i, o := range got.Tally {
		if i < len(t.tally) {
			t.tally[i].Add(o, trialValues*4)
		} else {
			t.tally = append(t.tally, o)
		}
	}
}

// count counts one outcome.
func (t *trials) count(k decision.Kept, r worker.Result, mask *decision.Mask) {
	name := "UNKNOWN"
	if req, err := message.Parse(k.Request); err == nil {
		name = req.Method().String()
	}
	of := t.ByMethod[name]
	if of == nil {
		of = &said{}
		t.ByMethod[name] = of
	}
	note := func(all, method *int, ids *[]string) {
		*all++
		*method++
		if ids != nil && len(*ids) < trialExamples {
			*ids = append(*ids, k.ID)
		}
	}
	switch {
	case r.OtherMethod:
		note(&t.Methods, &of.Methods, nil)
	case r.Err != nil:
		note(&t.Error, &of.Error, &t.Examples.Error)
		t.failed(mask.Text(r.Err.Error(), k.Request), k.ID)
	case r.Matched:
		note(&t.Match, &of.Match, &t.Examples.Match)
	default:
		note(&t.NoMatch, &of.NoMatch, &t.Examples.NoMatch)
	}
}

func (t *trials) failed(text, id string) {
	e := t.errors[text]
	if e == nil && len(t.errors) < maxGroups {
		e = &trialError{Error: text, Example: id}
		t.errors[text] = e
	}
	if e != nil {
		e.Count++
	}
}

// maxGroups is how many different errors are told apart.
const maxGroups = 1000

// destination names where a message goes.
func (t *trials) destination(rule int) string {
	switch {
	case rule >= 0 && rule < len(t.table):
		return t.table[rule].Ref
	case rule == worker.FailedRule:
		return status.Internal.String()
	}
	return status.NotFound.String()
}

// done puts in order what was gathered.
func (t *trials) done() *trial {
	t.TakenFrom, t.LeftTo = destinations(t.taken), destinations(t.left)
	for _, e := range t.errors {
		t.Errors = append(t.Errors, *e)
	}
	slices.SortFunc(t.Errors, func(a, b trialError) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Error, b.Error))
	})
	t.Errors = t.Errors[:min(len(t.Errors), trialErrors)]
	places := slices.Sorted(maps.Keys(t.masked))
	for _, o := range t.tally {
		t.Operands = append(t.Operands, talliedOf(o, len(matchfunc.Derived(o.Operand.Reads, places)) > 0))
	}
	if from := matchfunc.Derived(t.reads, places); len(from) > 0 && !t.ours {
		t.MaskedReads = append(t.MaskedReads, routing.MaskedRead{Paths: from[:min(len(from), maxMaskedPaths)]})
	}
	return &t.trial
}

// maxMaskedPaths is how many places are told of that a rule reads, and that are masked.
const maxMaskedPaths = 20

func talliedOf(o worker.Tally, masked bool) tallied {
	out := tallied{
		From: o.Operand.From, To: o.Operand.To, Text: o.Operand.Text, Masked: masked, Values: []talliedValue{},
		True: o.True, False: o.False, Skipped: o.Skipped, Errors: o.Threw, Others: o.Others,
	}
	for i, v := range o.Values {
		switch {
		case masked && i == 0:
			out.Values = append(out.Values, talliedValue{hidden, v.Count})
		case masked:
			out.Values[0].Count += v.Count
		case i < trialValues:
			out.Values = append(out.Values, talliedValue(v))
		default:
			out.Others += v.Count
		}
	}
	if masked && len(out.Values) > 0 {
		out.Values[0].Count, out.Others = out.Values[0].Count+out.Others, 0
	}
	return out
}

func destinations(counts map[string]int) []destination {
	all := make([]destination, 0, len(counts))
	for ref, n := range counts {
		all = append(all, destination{ref, n})
	}
	slices.SortFunc(all, func(a, b destination) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Ref, b.Ref))
	})
	return all[:min(len(all), maxDestinations)]
}

// maxDestinations is of how many processors is told that they lose messages, or get them.
const maxDestinations = 1000
