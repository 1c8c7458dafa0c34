package worker

import (
	"context"
	"sync/atomic"
	"time"
)

// Meter adds up how long children worked for calls: processor time, as the limits on time count it. It is safe for
// concurrent use.
type Meter struct{ worked atomic.Int64 }

// Worked returns the sum.
func (m *Meter) Worked() time.Duration { return time.Duration(m.worked.Load()) }

type meterKey struct{}

// Metered returns a context whose calls add to the meter, whatever becomes of them.
func Metered(ctx context.Context) (context.Context, *Meter) {
	m := &Meter{}
	return context.WithValue(ctx, meterKey{}, m), m
}

// Count adds to the meter of a context, if it has one, what was worked beside the children.
func Count(ctx context.Context, worked time.Duration) {
	if m, ok := ctx.Value(meterKey{}).(*Meter); ok {
		m.worked.Add(int64(worked))
	}
}
