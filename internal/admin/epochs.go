package admin

import (
	"errors"
	"net/http"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// Attempt is one attempt to make a configuration the running one.
type Attempt struct {
	Time    time.Time
	Times   int    // how often it was made in a row: AttemptSame alone may be more than once
	Trigger string // start, file, signal or api
	Epoch   uint64 // that runs since
	Hash    string // of the file's text; empty where it couldn't be read
	Result  string // one of those below
	Error   error  // why it failed; nil where it didn't
	Rules   RuleChanges
}

// What comes of an attempt.
const (
	AttemptNew    = "new"    // an epoch began
	AttemptSame   = "same"   // what was read is what runs
	AttemptFailed = "failed" // nothing changed
)

// RuleChanges tell two tables of rules apart, by refs.
type RuleChanges struct {
	Added     Refs `json:"added"`
	Removed   Refs `json:"removed"`
	Changed   Refs `json:"changed"`   // whatever of the processor: rule, methods, addresses
	Reordered bool `json:"reordered"` // those in both stand in another order
}

// Refs are some of a number of refs.
type Refs struct {
	Count int      `json:"count"`
	Refs  []string `json:"refs"` // the first of them
}

// Note counts a ref, and keeps it unless there are most already.
func (r *Refs) Note(ref string, most int) {
	if r.Count++; len(r.Refs) < most {
		r.Refs = append(r.Refs, ref)
	}
}

// attemptView is an attempt as the API writes it.
type attemptView struct {
	Time     string           `json:"time"`
	Times    int              `json:"times"`
	Trigger  string           `json:"trigger"`
	Epoch    uint64           `json:"epoch"`
	Hash     *string          `json:"hash"`
	Result   string           `json:"result"`
	Detail   *string          `json:"detail"`
	Problems []config.Problem `json:"problems"`
	Rules    RuleChanges      `json:"rules"`
}

// epochs are the last attempts, and of which epochs the configuration is kept.
type epochs struct {
	Epoch    uint64        `json:"epoch"` // that runs
	Kept     []uint64      `json:"kept"`  // it included, oldest first
	Attempts []attemptView `json:"attempts"`
}

func (d *door) epochs(w http.ResponseWriter, r *http.Request) error {
	all := epochs{Epoch: d.opts.Snapshot().Epoch, Attempts: []attemptView{}}
	all.Kept = append(d.opts.Kept(), all.Epoch)
	for _, a := range d.opts.Attempts() {
		all.Attempts = append(all.Attempts, viewOf(a))
	}
	return reply(w, all)
}

func viewOf(a Attempt) attemptView {
	v := attemptView{
		Time: at(a.Time), Times: a.Times, Trigger: a.Trigger, Epoch: a.Epoch, Result: a.Result, Rules: a.Rules,
		Problems: shown(nil),
	}
	for _, refs := range []*Refs{&v.Rules.Added, &v.Rules.Removed, &v.Rules.Changed} {
		if refs.Refs == nil {
			refs.Refs = []string{}
		}
	}
	if a.Hash != "" {
		v.Hash = &a.Hash
	}
	if a.Error != nil {
		f := failedOf(&FailedReload{a.Time, a.Error})
		v.Detail, v.Problems = &f.Detail, f.Problems
	}
	return v
}

// Mismatch is Reload's error where the file isn't what the caller wanted to be read. Nothing was tried.
type Mismatch struct{ Hash string } // of what the file is now

func (m *Mismatch) Error() string {
	return "the file is another one now, with the hash " + m.Hash
}

// reload reads the file again, if it is what If-Match says.
func (d *door) reload(w http.ResponseWriter, r *http.Request) error {
	var want func(hash string) bool
	if list := r.Header.Values("If-Match"); len(list) > 0 {
		want = func(hash string) bool { return matches(list, `"`+hash+`"`) }
	}
	epoch, changed, err := d.opts.Reload(r.Context(), want)
	var (
		invalid  *config.Error
		mismatch *Mismatch
	)
	switch {
	case errors.As(err, &invalid):
		return err
	case errors.As(err, &mismatch):
		p := problem(http.StatusPreconditionFailed, "changed", "The file was changed meanwhile: its hash is %s now, "+
			"which If-Match doesn't name. Nothing was read of it.", mismatch.Hash)
		p.Hash = mismatch.Hash
		return p
	case err != nil:
		return problem(http.StatusUnprocessableEntity, "config-unreadable", "Nothing changed: %s.", masked(err.Error()))
	}
	s := d.opts.Snapshot()
	return reply(w, struct {
		Epoch    uint64           `json:"epoch"`
		Changed  bool             `json:"changed"`
		LoadedAt string           `json:"loadedAt"`
		Hash     string           `json:"hash"`
		Warnings []config.Problem `json:"warnings"`
		Warned   int              `json:"warningsTotal"`
	}{epoch, changed, at(s.LoadedAt), s.Config.Hash, few(s.Warnings), len(s.Warnings)})
}
