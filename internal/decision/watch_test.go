package decision

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// watchFor begins a watch, which the test's end ends.
func watchFor(t testing.TB, l *Log, o WatchOptions) WatchState {
	t.Helper()
	if o.For == 0 {
		o.For = time.Hour
	}
	if o.Keep == 0 {
		o.Keep = 200
	}
	w, err := l.Watch(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return w
}

// user is a message from this user in this call.
func user(name, callID string) *routrpb.MessageRequest {
	m := invite()
	m.Message.From.Address.Uri.User, m.Message.CallId.CallId = name, callID
	return m
}

func TestAWatchKeepsWhatTheRingForgot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog(t, Options{Keep: 2000})
		w := watchFor(t, l, WatchOptions{Terms: map[string][]string{"user": {"1007"}}})
		for n := range 50_000 {
			if n%10_000 == 0 {
				l.Add(recordOf(t, user("1007", fmt.Sprint("caught-", n))))
			}
			l.Add(record(t, n, 10))
			if n%500 == 0 { // at a rate at which it isn't lost
				time.Sleep(time.Second)
				synctest.Wait()
			}
		}
		time.Sleep(time.Second)
		state, caught, ok := l.Watched(w.ID)
		if !ok || state.Caught != 5 || state.Kept != 5 || state.MessagesKept != 5 || state.Lost != 0 || state.Ended {
			t.Errorf("%+v", state)
		}
		for i, e := range caught {
			if e.CallID != fmt.Sprint("caught-", i*10_000) || e.Message == nil {
				t.Errorf("%d: %s, message %.20s", i, e.CallID, e.Message)
			}
		}
		l.Close()
	})
}

func TestAWatchEndsByItselfAndIsReadableForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog(t, Options{})
		w := watchFor(t, l, WatchOptions{For: 15 * time.Minute})
		l.Add(recordOf(t, user("a", "before")))
		time.Sleep(15*time.Minute + time.Second)
		synctest.Wait()
		l.Add(recordOf(t, user("a", "after")))
		time.Sleep(time.Second)
		state, caught, ok := l.Watched(w.ID)
		if !ok || !state.Ended || len(caught) != 1 || caught[0].CallID != "before" {
			t.Errorf("%v %+v, %d", ok, state, len(caught))
		}
		if s := l.Stats(); s.Subscribers != 0 {
			t.Errorf("%d subscribers", s.Subscribers)
		}
		time.Sleep(readable)
		if _, _, ok := l.Watched(w.ID); ok || len(l.Watches()) != 0 {
			t.Error("it is still there")
		}
	})
}

func TestThereAreSoManyWatches(t *testing.T) {
	l := newLog(t, Options{})
	var ids []string
	for range MaxWatches {
		ids = append(ids, watchFor(t, l, WatchOptions{}).ID)
	}
	o := WatchOptions{For: time.Hour, Keep: 1}
	if _, err := l.Watch(o); !errors.Is(err, ErrWatches) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := l.Subscribe("", nil); err != nil {
		t.Errorf("watches take streams' places: %v", err)
	}
	if last, ok := l.Unwatch(ids[3]); !ok || last.ID != ids[3] {
		t.Errorf("%v %+v", ok, last)
	}
	if _, ok := l.Unwatch(ids[3]); ok {
		t.Error("it ends twice")
	}
	if _, err := l.Watch(o); err != nil {
		t.Error(err)
	}
	if all := l.Watches(); len(all) != MaxWatches || all[0].ID != ids[0] {
		t.Errorf("%d watches", len(all))
	}
	for _, id := range []string{"", "x", l.prefix + "-1", l.watchID(99), l.id(1)} {
		if _, _, ok := l.Watched(id); ok {
			t.Errorf("%q is one", id)
		}
	}
	if _, err := l.Watch(WatchOptions{Terms: map[string][]string{"x": {"y"}}}); err == nil {
		t.Error("an unknown term is taken")
	}
	l.Close()
	if _, err := l.Watch(o); err == nil {
		t.Error("it watches after the end")
	}
}

func TestAnEndedWatchMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog(t, Options{})
		first := watchFor(t, l, WatchOptions{For: time.Minute})
		for range MaxWatches - 1 {
			watchFor(t, l, WatchOptions{})
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		watchFor(t, l, WatchOptions{})
		if _, _, ok := l.Watched(first.ID); ok {
			t.Error("the one that ended is still there")
		}
		l.Close()
	})
}

// messageSizes reach the bound of a watch in a few messages.
var messageSizes = []int{0, 100, 60_000, watchMessage - 1, watchMessage, watchMessage + 1}

// TestWatchesKeepToTheirBytes adds messages of all sizes to a watch, and counts anew what it holds.
func TestWatchesKeepToTheirBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &watch{log: newLog(t, Options{}), state: WatchState{Keep: rapid.IntRange(1, 100).Draw(rt, "keep")}}
		sizes := rapid.SliceOfN(rapid.SampledFrom(messageSizes), 1, 200).Draw(rt, "sizes")
		for n, size := range sizes {
			r := &numbered{number: uint64(n + 1)}
			r.fill(&Record{Request: make([]byte, size), CallID: []byte(strings.Repeat("c", n))})
			w.keep(r)
			var bytes int64
			messages := 0
			for _, k := range w.kept {
				bytes += numberedSize + k.size()
				messages += k.slot.kept()
			}
			s := w.state
			if s.Bytes != bytes || s.Bytes > watchPart || s.Kept != len(w.kept) || s.Kept > s.Keep ||
				s.MessagesKept != messages {
				rt.Fatalf("after %d: %+v, holds %d bytes, %d decisions, %d messages", n, s, bytes, len(w.kept),
					messages)
			}
			if w.kept[len(w.kept)-1].number != uint64(n+1) || s.Caught != uint64(n+1) {
				rt.Fatalf("the last one isn't kept: %+v", s)
			}
		}
	})
}

func TestWatchersAndReadersAtOnce(t *testing.T) {
	l := newLog(t, Options{Keep: 100, MaxBytes: 200_000, KeepMessages: 10})
	var all sync.WaitGroup
	records := []*Record{recordOf(t, user("a", "1")), recordOf(t, user("b", "2"))}
	for range 3 {
		all.Go(func() {
			w, err := l.Watch(WatchOptions{Terms: map[string][]string{"user": {"a"}}, For: time.Minute, Keep: 5})
			if err != nil {
				t.Error(err)
				return
			}
			for range 200 {
				l.Watched(w.ID)
				l.Watches()
			}
			l.Unwatch(w.ID)
		})
	}
	for _, r := range records {
		all.Go(func() {
			for range 3000 {
				l.Add(r)
			}
		})
	}
	all.Wait()
	l.Close()
	if len(l.cursors) != 0 || l.watching != 0 {
		t.Errorf("%d cursors, %d watching", len(l.cursors), l.watching)
	}
}
