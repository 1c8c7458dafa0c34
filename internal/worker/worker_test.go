package worker

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The words that make this test binary a child.
const (
	realChild   = "rule-worker"          // Main, as in the service
	brokenChild = "rule-worker-broken"   // one that does what its source says, in Go, past the bounds of every engine
	muteChild   = "rule-worker-mute"     // one that ends at once
	babblingOne = "rule-worker-babbling" // one that greets with a frame that never ends
	parentOfOne = "rule-worker-parent"   // a service whose child spins
)

func TestMain(m *testing.M) {
	if len(os.Args) == 2 {
		if run, ok := children[os.Args[1]]; ok {
			if err := run(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

var children = map[string]func() error{
	realChild:   func() error { return Main(os.Stdin, os.Stdout) },
	brokenChild: breakable,
	muteChild:   func() error { return fmt.Errorf("nothing to say") },
	babblingOne: func() error { return endless([]byte{0xff, 0, 0, 0, 1}) },
	parentOfOne: parent,
}

// Sources that a breakable child obeys.
const (
	spin       = "break: spin"
	allocate   = "break: allocate"
	exit       = "break: exit"
	panicking  = "break: panic"
	recursion  = "break: recursion"
	notJSON    = "break: not JSON"
	hugeFrame  = "break: huge frame"
	fewResults = "break: few results"
	babble     = "break: babble"
	halfFrame  = "break: half a frame"
	openMany   = "break: open files"
	writeFile  = "break: write a file"
	environ    = "break: environment"
	dial       = "break: call somebody"
	listen     = "break: wait for calls"
	readFile   = "break: read a file"
	execute    = "break: run a program"
	signalling = "break: signal another process"
)

// breakable is Main with a child that has been taken over by its rule.
func breakable() error {
	p, err := begin(os.Stdin, os.Stdout)
	if err != nil {
		return err
	}
	for {
		_, r, err := p.readJob()
		if err != nil {
			return err
		}
		var a *answer
		if strings.HasPrefix(r.Source, "break: ") {
			a, err = obey(p, r.Source)
		} else {
			a = evaluate(nil, r)
		}
		if err != nil {
			return err
		}
		data, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if err := p.send(data); err != nil {
			return err
		}
	}
}

func obey(p pipe, order string) (*answer, error) {
	order, path, _ := strings.Cut(order, " @")
	switch order {
	case spin:
		for { //nolint:staticcheck // it is to spin
		}
	case allocate:
		var all [][]byte
		for {
			all = append(all, touched(1<<20)) //nolint:staticcheck // it is to be kept
		}
	case exit:
		os.Exit(3)
	case panicking:
		panic("the engine has a fault")
	case recursion:
		return &answer{Response: Response{Reason: fmt.Sprint(deeper(1))}}, nil
	case notJSON:
		return nil, p.send([]byte("\x00\xff{"))
	case hugeFrame:
		return nil, endless([]byte{0xff, 0xff, 0xff, 0xff})
	case fewResults:
		return &answer{}, nil
	case babble:
		return nil, endless([]byte("babble"))
	case halfFrame:
		if _, err := os.Stdout.Write([]byte{0, 0, 1, 0, '{'}); err != nil {
			return nil, err
		}
		os.Exit(0)
	case openMany:
		var err error
		for range 64 {
			if _, failed := os.Open("/dev/null"); failed != nil {
				err = failed
			}
		}
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case writeFile:
		err := os.WriteFile(path, []byte("x"), 0o600)
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case dial:
		_, err := net.Dial("tcp", path) // it is to be refused
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case listen:
		_, err := net.Listen("tcp", "127.0.0.1:0") // it is to be refused
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case readFile:
		_, err := os.ReadFile(path)
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case execute:
		err := syscall.Exec("/bin/true", []string{"true"}, nil)
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case signalling:
		parent, err := os.FindProcess(os.Getppid())
		if err == nil {
			err = parent.Signal(syscall.Signal(0))
		}
		return &answer{Response: Response{Reason: fmt.Sprint(err)}}, nil
	case environ:
		dir, err := os.Getwd()
		return &answer{Response: Response{Reason: fmt.Sprint(len(os.Environ()), dir, err)}}, nil
	}
	return &answer{}, nil
}

// touched allocates memory that is really there.
func touched(size int) []byte {
	data := make([]byte, size)
	for i := 0; i < size; i += 4 << 10 {
		data[i] = 1
	}
	return data
}

func deeper(n int) int { return deeper(n+1) + 1 } //nolint:staticcheck // it is to overflow

// endless writes the start and then zeros until nobody reads.
func endless(start []byte) error {
	if _, err := os.Stdout.Write(start); err != nil {
		return err
	}
	for {
		if _, err := os.Stdout.Write(make([]byte, 1<<10)); err != nil {
			return err
		}
	}
}

// generous keeps a busy machine from failing rules that end.
const generous = 20 * time.Second

// pool makes a Pool of this binary's children.
func pool(t testing.TB, kind string, o Options) *Pool {
	t.Helper()
	o.Command = []string{os.Args[0], kind}
	if path, err := self(); err == nil {
		o.Command[0] = path
	}
	if o.TimeLimit == 0 {
		o.TimeLimit = generous
	}
	p, err := NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// parent prints the id of its child once that spins, and waits to be killed.
func parent() error {
	path, err := self()
	if err != nil {
		return err
	}
	p, err := NewPool(Options{Command: []string{path, brokenChild}, Size: 1, TimeLimit: time.Hour})
	if err != nil {
		return err
	}
	if _, err := p.Evaluate(context.Background(), Request{Source: good}); err != nil {
		return err
	}
	fmt.Println(p.idle[0].cmd.Process.Pid)
	_, err = p.Evaluate(context.Background(), Request{Source: spin})
	return err
}

// lines reads a file of JSON lines.
func lines[T any](t testing.TB, path string) (all []T) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(path, err)
		}
		all = append(all, v)
	}
	if err := s.Err(); err != nil || len(all) == 0 {
		t.Fatal(path, len(all), err)
	}
	return all
}

// messages returns the wire bytes of recorded messages.
func messages(t testing.TB) (all [][]byte) {
	t.Helper()
	for _, m := range lines[struct{ Protobuf string }](t, "../message/testdata/messages.jsonl") {
		data, err := base64.StdEncoding.DecodeString(m.Protobuf)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}
