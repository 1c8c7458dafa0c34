package admin

import (
	"context"
	"fmt"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/dispatch"
	"github.com/fonoster/routr-dispatcher/internal/routing"
	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// past returns the configuration that made a message's decision, where that isn't the one that runs and it is kept.
func (d *door) past(m *asked, running Snapshot) (Source, bool) {
	if m.entry == nil || m.entry.Epoch == running.Epoch || d.opts.Past == nil {
		return Source{}, false
	}
	return d.opts.Past(m.entry.Epoch)
}

// explainPast explains a message by a configuration that ran. Its rules are loaded in a process of their own.
func (d *door) explainPast(
	ctx context.Context, past Source, wire []byte, v routing.View,
) (*dispatch.Explanation, error) {
	c, err := d.load(ctx, keyOf(past.Epoch), past.Name, past.Text)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := config.NewError(c.Problems); err != nil {
		return nil, fmt.Errorf("load the configuration of epoch %d again: %w", past.Epoch, err)
	}
	return explainIn(c.session, wire, v, c.stops())
}

// keyOf is what the session of an epoch's rules is kept by.
func keyOf(epoch uint64) string { return fmt.Sprintf("epoch %d", epoch) }

// runningRules opens a session with the rules that run, which aren't tried on many messages in the process that
// routes. The caller releases it with the key.
func (d *door) runningRules(ctx context.Context) (s *worker.Session, key string, err error) {
	at := d.opts.Snapshot()
	key = "running " + keyOf(at.Epoch)
	if s = d.opts.Workers.Reuse(ctx, key); s == nil {
		s, _, err = d.opts.Workers.Open(ctx, worker.TableOf(at.Config))
	}
	if err == nil && s == nil {
		err = fmt.Errorf("load the rules of epoch %d again: they don't load any more", at.Epoch)
	}
	return s, key, err
}
