// Package h2spec runs the h2spec suite (RFC 7540 and 7541) against the dispatcher's port, with the relay and without.
// It has a module of its own so that the suite's dependencies don't become the program's.
package h2spec

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// expected lists the cases that fail, and why.
const expected = "testdata/failures.txt"

// TestTheRelayFailsNoCase also finds that every case is run: in clear text, and over TLS, where what is written leaves
// by another goroutine.
func TestTheRelayFailsNoCase(t *testing.T) {
	for name, secure := range map[string]bool{"clear text": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			ours := runSuite(t, startDispatcher(t, "auto", secure), secure, nil)
			t.Log(ours)
			if ours.cases < 140 || ours.skipped > 0 || len(ours.failed) > 0 {
				t.Errorf("%s: %q", ours, ours.failed)
			}
		})
	}
}

func TestTheOrdinaryWayFailsTheCasesThatAreListed(t *testing.T) {
	want := list(t)
	ours := runSuite(t, startDispatcher(t, "off", false), false, want)
	t.Log(ours)
	if ours.cases < 140 || !slices.Equal(ours.failed, want) {
		t.Errorf("%s:\n%s\n%s lists:\n%s", ours, strings.Join(ours.failed, "\n"), expected, strings.Join(want, "\n"))
	}
}

// list reads the expected failures; what follows a # is for people.
func list(t *testing.T) (names []string) {
	t.Helper()
	data, err := os.ReadFile(expected)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		name, _, _ := strings.Cut(line, "#")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// outcome is what came of a run.
type outcome struct {
	cases   int
	skipped int
	failed  []string // sorted
}

func (o outcome) String() string {
	return fmt.Sprintf("%d cases, %d failed, %d skipped", o.cases, len(o.failed), o.skipped)
}

// runSuite runs every case. Those that are known may fail.
func runSuite(t *testing.T, addr string, secure bool, known []string) (all outcome) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	once := func(cases ...string) (o outcome) {
		c := &config.Config{
			Host: host, Port: number, Path: "/", Timeout: 2 * time.Second, MaxHeaderLen: 4000, Strict: true,
			Sections: cases, TLS: secure, Insecure: true,
		}
		for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
			group.Test(c)
			o.add(group)
		}
		slices.Sort(o.failed)
		return o
	}
	all = once()
	// Some cases race the answer, which may be complete before the case has sent what is to be refused. A failure that
	// isn't listed counts when it comes every time.
	isKnown := func(name string) bool { return slices.Contains(known, name) }
	for range 4 {
		if again := slices.DeleteFunc(slices.Clone(all.failed), isKnown); len(again) > 0 {
			still := once(again...).failed
			all.failed = slices.DeleteFunc(all.failed, func(name string) bool {
				return !isKnown(name) && !slices.Contains(still, name)
			})
		}
	}
	return all
}

// add collects what came of a group and those in it.
func (o *outcome) add(group *spec.TestGroup) {
	for _, test := range slices.Concat(group.Tests, group.StrictTests) {
		if test.Result == nil {
			continue
		}
		o.cases++
		switch {
		case test.Result.Skipped:
			o.skipped++
		case test.Result.Failed:
			o.failed = append(o.failed, fmt.Sprintf("%s/%d", group.ID(), test.Result.Sequence))
		}
	}
	for _, inner := range group.Groups {
		o.add(inner)
	}
}

var listening = regexp.MustCompile(`127\.0\.0\.1:[1-9][0-9]*`)

// startDispatcher builds the dispatcher and runs it on any free port, with a value of spec.relay, over TLS or not.
func startDispatcher(t *testing.T, relay string, secure bool) (addr string) {
	t.Helper()
	dir := t.TempDir()
	binary, file := filepath.Join(dir, "dispatcher"), filepath.Join(dir, "dispatcher.yaml")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/dispatcher")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	config := fmt.Appendf(nil, settings, relay)
	if secure {
		config = append(config, certificate(t, dir)...)
	}
	if err := os.WriteFile(file, config, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary, "serve", "--config", file)
	stderr, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for scanner := bufio.NewScanner(stderr); scanner.Scan(); {
			if found := listening.FindString(scanner.Text()); found != "" {
				select {
				case lines <- found:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		_ = command.Wait() // killed
	})
	select {
	case addr = <-lines:
		return addr
	case <-time.After(time.Minute):
		t.Fatal("the dispatcher doesn't say where it listens")
		return ""
	}
}

// certificate writes one that net/http/httptest has, and returns the property of a spec that has it shown.
func certificate(t *testing.T, dir string) (property string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	shown := s.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(shown.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"tls.crt": {Type: "CERTIFICATE", Bytes: shown.Certificate[0]}, "tls.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("  tls: {cert: %q, key: %q}\n", filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
}

const settings = `kind: MessageDispatcher
apiVersion: v2beta1
ref: h2spec
spec:
  bindAddr: 127.0.0.1:0
  relay: %s
  processors:
    - ref: one
      addr: 127.0.0.1:9
      methods: [INVITE]
      matchFunc: req => true
`
