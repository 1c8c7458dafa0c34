package bus

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

const aHash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// quiet is a Fleet that isn't connected to anything.
func quiet(t *testing.T) *Fleet {
	t.Helper()
	f, err := NewFleet(FleetOptions{
		Server: Server{URL: "nats://127.0.0.1:1"}, Token: func() string { return "token" },
		Self: func() State { return State{Name: "self", BootID: "selfself", Hash: aHash} },
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// numbered is an announcement of another replica.
func numbered(i int, number uint64) announcement {
	id := []byte("aaaaaaaa")
	id[7], id[6] = byte('a'+i%26), byte('a'+i/26)
	return announcement{State: State{Name: fmt.Sprint(i), BootID: string(id), Hash: aHash}, Number: number}
}

func TestReplicasAreBoundedAndForgotten(t *testing.T) {
	f, began := quiet(t), time.Now()
	for i := range maxReplicas + 3 {
		f.hear(numbered(i, 1), began)
	}
	if got := len(f.Replicas()); got != maxReplicas+1 {
		t.Errorf("%d are known", got)
	}
	if leftOut, _ := f.Stats(); leftOut != 3 {
		t.Errorf("%d were left out", leftOut)
	}
	f.hear(numbered(0, 1), began.Add(goneAfter+1)) // the others said nothing since
	if got := len(f.Replicas()); got != 2 {
		t.Errorf("%d are known", got)
	}
}

func TestWhatWasSaidBeforeIsNotHeardAgain(t *testing.T) {
	f, now := quiet(t), time.Now()
	first, leaving := numbered(1, 1), numbered(1, 3)
	second := numbered(1, 2)
	second.Epoch, leaving.Leaving = 9, true
	for _, a := range []announcement{first, second, first} {
		f.hear(a, now)
	}
	all := f.Replicas()
	if len(all) != 2 || all[0].Epoch != 9 {
		t.Errorf("%+v", all)
	}
	f.hear(leaving, now)
	f.hear(second, now)
	if all := f.Replicas(); len(all) != 1 || !all[0].Self {
		t.Errorf("%+v", all)
	}
}

func TestAReplicaThatSaysNothingIsSilent(t *testing.T) {
	f := quiet(t)
	f.hear(numbered(1, 1), time.Now().Add(-silentAfter-time.Second))
	f.hear(numbered(2, 1), time.Now())
	for _, r := range f.Replicas() {
		if r.Silent != (r.Name == "1") {
			t.Errorf("%+v", r)
		}
	}
}

func TestAnAnnouncementIsReadWithinBounds(t *testing.T) {
	good := numbered(1, 1)
	for name, change := range map[string]func(*announcement){
		"no boot ID":        func(a *announcement) { a.BootID = "" },
		"a subject":         func(a *announcement) { a.BootID = "*.>aaaaa" },
		"no hash":           func(a *announcement) { a.Hash = "x" },
		"no name":           func(a *announcement) { a.Name = "" },
		"a very long text":  func(a *announcement) { a.Version = strings.Repeat("v", maxState) },
		"a hash and a line": func(a *announcement) { a.Hash += "\n" },
	} {
		a := good
		change(&a)
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAnnouncement(text); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	good.Name = "\x1b[2J" + strings.Repeat("n", 2*maxText)
	text, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readAnnouncement(text)
	if err != nil || len(got.Name) > 2*maxText || strings.ContainsRune(got.Name, '\x1b') {
		t.Errorf("%q: %v", got.Name, err)
	}
}

func FuzzReadAnnouncement(f *testing.F) {
	text, err := json.Marshal(numbered(1, 1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"bootId":"aaaaaaaa"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := readAnnouncement(text)
		if err == nil && (!bootID.MatchString(a.BootID) || strings.ContainsAny(a.Name+a.Version+a.Admin, "\x1b\n")) {
			t.Errorf("%+v", a)
		}
	})
}
