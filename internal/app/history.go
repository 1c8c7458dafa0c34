package app

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/admin"
	"github.com/fonoster/routr-dispatcher/internal/config"
)

// How much is known of the past.
const (
	keptAttempts = 20
	keptProblems = 100      // of an attempt
	keptRefs     = 100      // of an attempt's rules, of a kind
	keptEpochs   = 16       // before the one that runs
	keptText     = 16 << 20 // bytes of their configurations, compressed
)

// history is what is known of the attempts to load a configuration, and of the configurations that ran before.
type history struct {
	mu       sync.Mutex
	attempts []admin.Attempt // the last one last
	past     []past          // the last one last
}

// past is a configuration that ran.
type past struct {
	epoch    uint64
	name     string
	hash     string
	loadedAt time.Time
	packed   []byte // its text; shared with the one before, where that is the same
	secrets  []config.Range
}

// tried notes an attempt. One that found what the one before it found is counted there.
func (h *history) tried(a admin.Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := len(h.attempts) - 1; a.Result == admin.AttemptSame && last >= 0 {
		if b := &h.attempts[last]; b.Result == a.Result && b.Trigger == a.Trigger && b.Hash == a.Hash {
			b.Time, b.Times = a.Time, b.Times+1
			return
		}
	}
	h.attempts = append(h.attempts, a)
	h.attempts = slices.Delete(h.attempts, 0, max(0, len(h.attempts)-keptAttempts))
}

// last returns the attempts, the last one first.
func (h *history) last() []admin.Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := slices.Clone(h.attempts)
	slices.Reverse(all)
	return all
}

// over keeps the configuration of an epoch that another one takes the place of.
func (h *history) over(e *epoch) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := past{epoch: e.number(), name: e.config.Name, hash: e.config.Hash, loadedAt: e.loadedAt}
	if last := len(h.past) - 1; last >= 0 && h.past[last].hash == p.hash {
		p.packed, p.secrets = h.past[last].packed, h.past[last].secrets
	} else {
		var err error
		if p.packed, err = pack(e.config.Source); err != nil {
			return err
		}
		p.secrets = e.config.Secrets()
	}
	h.past = append(h.past, p)
	h.past = slices.Delete(h.past, 0, max(0, len(h.past)-keptEpochs))
	for h.size() > keptText {
		h.past = slices.Delete(h.past, 0, 1)
	}
	return nil
}

// size is how many bytes the texts take.
func (h *history) size() (n int) {
	for i, p := range h.past {
		if i == 0 || &p.packed[0] != &h.past[i-1].packed[0] {
			n += len(p.packed)
		}
	}
	return n
}

// before returns the configuration of an epoch that ran; false where it isn't kept.
func (h *history) before(epoch uint64) (admin.Source, bool) {
	h.mu.Lock()
	i := slices.IndexFunc(h.past, func(p past) bool { return p.epoch == epoch })
	var p past
	if i >= 0 {
		p = h.past[i]
	}
	h.mu.Unlock()
	if i < 0 {
		return admin.Source{}, false
	}
	text, err := unpack(p.packed)
	return admin.Source{
		Epoch: p.epoch, Name: p.name, Hash: p.hash, LoadedAt: p.loadedAt, Text: text,
		Secrets: func() []config.Range { return p.secrets },
	}, err == nil
}

// epochs returns the numbers of the epochs that are kept.
func (h *history) epochs() []uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]uint64, len(h.past))
	for i, p := range h.past {
		all[i] = p.epoch
	}
	return all
}

func pack(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// attempt is what there is to tell of one attempt.
func attempt(trigger string, before, after *epoch, hash string, err error) admin.Attempt {
	a := admin.Attempt{Time: time.Now(), Times: 1, Trigger: trigger, Hash: hash, Result: admin.AttemptNew}
	switch {
	case err != nil:
		a.Result, a.Error = admin.AttemptFailed, shortened(err)
	case before == after:
		a.Result = admin.AttemptSame
	case before != nil:
		a.Rules = changes(before.config.Spec.Processors, after.config.Spec.Processors)
	}
	if after != nil {
		a.Epoch = after.number()
	}
	return a
}

// shortened is an error with as many problems as are kept.
func shortened(err error) error {
	var invalid *config.Error
	if !errors.As(err, &invalid) || len(invalid.Problems) <= keptProblems {
		return err
	}
	problems := slices.Clone(invalid.Problems[:keptProblems])
	return &config.Error{Problems: append(problems, config.Problem{
		Severity: config.SeverityWarning, Message: fmt.Sprintf("and %d more", len(invalid.Problems)-keptProblems),
	})}
}

// changes tells two tables of rules apart.
func changes(before, after []config.Processor) (c admin.RuleChanges) {
	was, is := map[string]int{}, map[string]int{}
	for i, p := range before {
		was[p.Ref] = i
	}
	latest := -1
	for i, p := range after {
		is[p.Ref] = i
		at, known := was[p.Ref]
		switch {
		case !known:
			c.Added.Note(p.Ref, keptRefs)
			continue
		case !reflect.DeepEqual(before[at], p):
			c.Changed.Note(p.Ref, keptRefs)
		}
		c.Reordered = c.Reordered || at < latest
		latest = max(latest, at)
	}
	for _, p := range before {
		if _, left := is[p.Ref]; !left {
			c.Removed.Note(p.Ref, keptRefs)
		}
	}
	return c
}
