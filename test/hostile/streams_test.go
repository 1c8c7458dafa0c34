package hostile

import (
	"sync"
	"testing"
	"time"
)

// TestStreamsThatNobodyNeedsAreInALimit opens 40,000 streams that watch health on 10 connections, and 10,000 of
// reflection that say nothing.
func TestStreamsThatNobodyNeedsAreInALimit(t *testing.T) {
	const limit = 500
	d := dispatch(t, resource(echo(t), echo(t), "limits: {watches: 500, idleTimeout: 2s}"))
	stop := callers(t, d.addr, 2)
	end := time.Now().Add(4 * time.Second)
	var wait sync.WaitGroup
	for i := range 10 {
		path, ends := "/grpc.health.v1.Health/Watch", true
		if i%5 == 4 {
			path, ends = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", false
		}
		wait.Go(func() {
			connect(d.addr, end, func(p *peer) {
				for id := uint32(1); id < 2*5000 && p.goesOn(); id += 2 {
					p.call(id, path)
					if ends {
						p.try(p.framer.WriteData(id, true, make([]byte, 5)))
					}
				}
				for p.goesOn() { // the streams stay open, and nothing else happens
					time.Sleep(50 * time.Millisecond)
				}
			})
		})
	}
	d.eventually(t, "streams are refused", func() bool {
		return d.metric(t, `routr_dispatcher_requests_refused_total{limit="watches"}`) > 0
	})
	if open := d.metric(t, `routr_dispatcher_limit_used{limit="watches"}`); open > limit {
		t.Errorf("%v streams are open", open)
	}
	wait.Wait()
	if calls := len(stop()); calls == 0 {
		t.Errorf("%d calls of a neighbour were served", calls)
	}
	d.eventually(t, "the streams have ended", func() bool {
		return d.metric(t,
			`routr_dispatcher_limit_used{limit="watches"}`) == 0
	})
	if peak := d.peak(t); peak > 512<<20 {
		t.Errorf("memory peaked at %d MiB", peak>>20)
	}
}

// TestAStreamOnAnIdleConnectionEnds keeps a connection open on which nothing happens but one stream.
func TestAStreamOnAnIdleConnectionEnds(t *testing.T) {
	d := dispatch(t, resource(echo(t), echo(t), "limits: {idleTimeout: 500ms}"))
	connect(d.addr, time.Now().Add(time.Minute), func(p *peer) {
		p.call(1, "/grpc.health.v1.Health/Watch")
		p.try(p.framer.WriteData(1, true, make([]byte, 5)))
		d.eventually(t, "the stream is open", func() bool {
			return d.metric(t,
				`routr_dispatcher_limit_used{limit="watches"}`) == 1
		})
		d.eventually(t, "the stream has ended", func() bool {
			return d.metric(t,
				`routr_dispatcher_limit_used{limit="watches"}`) == 0
		})
	})
}
