package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

const smallest = `kind: MessageDispatcher
apiVersion: v2beta1
ref: message-dispatcher
spec:
  processors:
    - ref: connect
      addr: connect:51904
      matchFunc: req => true
      methods: [INVITE, ACK]
`

// withMatchFunc returns a configuration with one rule, written as given.
func withMatchFunc(written string) string {
	return strings.Replace(smallest, "req => true", written, 1)
}

func mustParse(t *testing.T, name, text string) *Config {
	t.Helper()
	c, err := Parse(name, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// fleet is what one address and a timeout leave of the fleet's properties.
func fleet(addr string, timeout time.Duration) Fleet {
	return Fleet{Addrs: []Address{{addr, 1}}, Policy: "callId", HealthCheck: true, Timeout: timeout}
}

// defaults are the properties of Spec that a file which names none of them has.
func defaults() Spec {
	return Spec{
		BindAddr: "0.0.0.0:51901", Timeout: 5 * time.Second, MaxMessageBytes: 4 << 20, OnRuleError: OnRuleErrorFail,
		MatchTimeout: 20 * time.Millisecond, RetryBudget: 0.2, ResolveInterval: 10 * time.Second,
		Relay:    RelayAuto,
		Ejection: Ejection{5, 0.5, 20, 5 * time.Second, 5 * time.Minute, 0.5},
		Limits: Limits{
			InFlight: 4000, Connections: 10000, Streams: 4096, HeaderBytes: 64 << 10,
			ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: 10 * time.Minute,
			Watches:     1000,
		},
		Admin:     Admin{Enabled: true},
		Decisions: Decisions{Keep: 10000, MaxBytes: 32 << 20, KeepMessages: 1000},
		Metrics:   Metrics{Refs: 200},
	}
}

func TestDefaultsFillWhatTheFileLeavesOut(t *testing.T) {
	c := mustParse(t, "dispatcher.yaml", smallest)
	want := defaults()
	want.Processors = []Processor{{
		Ref: "connect", Fleet: fleet("connect:51904", 5*time.Second), MatchFunc: "req => true",
		Methods: []routrpb.Method{routrpb.Method_INVITE, routrpb.Method_ACK},
	}}
	if diff := cmp.Diff(want, c.Spec); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPropertyIsRead(t *testing.T) {
	c := mustParse(t, "dispatcher.yaml", `kind: MessageDispatcher
apiVersion: v2beta1
ref: r
spec:
  bindAddr: "[::]:0"
  timeout: 1m30s
  maxMessageBytes: 64KiB
  onRuleError: skip
  matchTimeout: 1.5ms
  answerFailures: true
  retryBudget: 0.1
  resolveInterval: 1s
  maxConnectionAge: 30m
  relay: off
  shadow: other.yaml
  metrics: {refs: 7}
  fleet: {url: "nats://n:4222", subject: s, replica: one, credentials: c}
  ejection: {consecutiveFailures: 3, errorRate: 1, minCalls: 10, baseTime: 1s, maxTime: 1m, maxEjected: 0}
  limits: {inFlight: 5, adaptive: true, connections: 6, streams: 7, headerBytes: 8KiB, readHeaderTimeout: 1s, readTimeout: 2s, writeTimeout: 4s, idleTimeout: 3s, watches: 8, memory: 2GiB}
  tls: {cert: c, key: k, clientCA: ca}
  admin: {enabled: false, tokenFile: t, bindAddr: "127.0.0.1:2"}
  decisions:
    keep: 1
    maxBytes: 1MiB
    keepMessages: 0
    mask: [metadata.token]
    file: {path: p, maxBytes: 2MiB, maxFiles: 3}
    nats: {url: "nats://n:4222", subject: s, credentials: c}
  processors:
    - {ref: a, addr: "[fe80::1%eth0]:1", matchFunc: x, methods: [UNKNOWN], timeout: 250ms}
    - ref: b
      addr: ["sip_1.example.com.:65535", {addr: "dns:///b:1", weight: 3}]
      matchFunc: x
      methods: [UPDATE]
      policy: leastRequest
      retryMethods: [OPTIONS]
      healthCheck: false
      holdWhenDown: 10s
      tls: {ca: a, cert: c, key: k, serverName: n}
  middlewares:
    - {ref: a, addr: "10.0.0.1:51903", postProcessor: false, timeout: 10m, onError: skip, holdWhenDown: 0s, tls: {}}
    - {ref: b, addr: "dns:///auth:51903", postProcessor: true}
`)
	want := Spec{
		BindAddr: "[::]:0", Timeout: 90 * time.Second, MaxMessageBytes: 64 << 10, OnRuleError: OnRuleErrorSkip,
		MatchTimeout: 1500 * time.Microsecond, AnswerFailures: true, RetryBudget: 0.1, ResolveInterval: time.Second,
		MaxConnectionAge: 30 * time.Minute, Relay: RelayOff, Shadow: "other.yaml", Metrics: Metrics{Refs: 7},
		Fleet:    &Replicas{"nats://n:4222", "s", "one", "c"},
		Ejection: Ejection{3, 1, 10, time.Second, time.Minute, 0},
		Limits: Limits{5, true, 6, 7, 8 << 10, time.Second, 2 * time.Second, 4 * time.Second, 3 * time.Second, 8,
			2 << 30},
		TLS:   &ServerTLS{"c", "k", "ca"},
		Admin: Admin{false, "t", "127.0.0.1:2"},
		Decisions: Decisions{1, 1 << 20, 0, []string{"metadata.token"}, &DecisionFile{"p", 2 << 20, 3},
			&DecisionNATS{"nats://n:4222", "s", "c"}},
		Processors: []Processor{
			{Ref: "a", Fleet: fleet("[fe80::1%eth0]:1", 250*time.Millisecond), MatchFunc: "x",
				Methods: []routrpb.Method{0}},
			{Ref: "b", Fleet: Fleet{
				Addrs: []Address{{"sip_1.example.com.:65535", 1}, {"dns:///b:1", 3}}, Policy: "leastRequest",
				RetryMethods: []routrpb.Method{routrpb.Method_OPTIONS}, HoldWhenDown: 10 * time.Second,
				Timeout: 90 * time.Second, TLS: &ClientTLS{"a", "c", "k", "n"},
			}, MatchFunc: "x", Methods: []routrpb.Method{14}},
		},
		Middlewares: []Middleware{
			{Ref: "a", Fleet: fleet("10.0.0.1:51903", 10*time.Minute), OnError: OnErrorSkip},
			{Ref: "b", Fleet: fleet("dns:///auth:51903", 90*time.Second), PostProcessor: true, OnError: OnErrorFail},
		},
	}
	want.Middlewares[0].TLS = &ClientTLS{}
	if diff := cmp.Diff(want, c.Spec); diff != "" {
		t.Error(diff)
	}
}

func TestTheWayThatTestsAskForYieldsToTheFile(t *testing.T) {
	defer func() { relayUnsaid = "" }()
	for unsaid, other := range map[string]string{RelayAuto: RelayOff, RelayOff: RelayAuto} {
		relayUnsaid = unsaid
		if got := mustParse(t, "dispatcher.yaml", smallest).Spec.Relay; got != unsaid {
			t.Errorf("a file that doesn't say it has %s, not %s", got, unsaid)
		}
		said := strings.Replace(smallest, "spec:", "spec:\n  relay: "+other, 1)
		if got := mustParse(t, "dispatcher.yaml", said).Spec.Relay; got != other {
			t.Errorf("a file that says %s has %s", other, got)
		}
	}
	if _, err := Parse("dispatcher.yaml", []byte("kind: MessageDispatcher\n")); err == nil {
		t.Error("a file without a spec is taken")
	}
}

func TestFilesAreFoundBesideTheConfiguration(t *testing.T) {
	c := &Config{Name: filepath.Join("etc", "routr", "dispatcher.yaml")}
	for path, want := range map[string]string{
		"": "", "token": filepath.Join("etc", "routr", "token"), "/run/token": "/run/token",
	} {
		if got := c.File(path); got != want {
			t.Errorf("File(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestMessageSizesAreNumbersOrWords(t *testing.T) {
	for written, want := range map[string]int64{
		"1024": 1024, "1KiB": 1024, "2000 B": 2000, `"2kB"`: 2000, "1MB": 1_000_000, "64MiB": 64 << 20,
		"4194304.0": 4 << 20, "0x1000": 4096, "4e6": 4_000_000,
	} {
		text := strings.Replace(smallest, "spec:\n", "spec:\n  maxMessageBytes: "+written+"\n", 1)
		if strings.Contains(written, "e") {
			text = jsonText(fmt.Sprintf(`"maxMessageBytes": %s, `, written))
		}
		if got := mustParse(t, "dispatcher.yaml", text).Spec.MaxMessageBytes; got != want {
			t.Errorf("%s: got %d, want %d", written, got, want)
		}
	}
}

// jsonText returns the smallest configuration in JSON, with more properties in its spec.
func jsonText(more string) string {
	return "{\n\t\"kind\": \"MessageDispatcher\", \"apiVersion\": \"v2beta1\", \"ref\": \"message-dispatcher\",\n" +
		"\t\"spec\": {" +
		more +
		"\"processors\": [\n\t\t{\"ref\": \"connect\", \"addr\": \"connect:51904\",\n" +
		"\t\t \"matchFunc\": \"req => true\", \"methods\": [\"INVITE\", \"ACK\"]}]}\n}\n"
}

func TestJSONAndYAMLMeanTheSame(t *testing.T) {
	want := mustParse(t, "dispatcher.yaml", smallest)
	for _, name := range []string{"dispatcher.json", "dispatcher.yaml", "-"} {
		got := mustParse(t, name, jsonText(""))
		if diff := cmp.Diff(want.Spec, got.Spec); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := mustParse(t, "dispatcher.json", smallest); got.Ref != want.Ref {
		t.Error("YAML in a file named .json is not read")
	}
}

func TestLineEndsAndByteOrderMarkChangeNothing(t *testing.T) {
	text := withMatchFunc("|\n        req =>\n          true")
	want := mustParse(t, "dispatcher.yaml", text)
	for name, variant := range map[string]string{
		"CRLF": strings.ReplaceAll(text, "\n", "\r\n"),
		"CR":   strings.ReplaceAll(text, "\n", "\r"),
		"BOM":  "\ufeff" + text,
		"---":  "%YAML 1.2\n---\n" + text + "...\n",
	} {
		if diff := cmp.Diff(want.Spec, mustParse(t, "dispatcher.yaml", variant).Spec); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatIsNotTextIsRefusedWithItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		text         string
		line, column int
		message      string
	}{
		"NUL":           {"kind: a\nré\x00f: b\n", 2, 3, "control character U+0000 is not allowed"},
		"escape":        {"kind: \x1b[31m\n", 1, 7, "control character U+001B is not allowed"},
		"invalid UTF-8": {"kind: a\r\nré: \xff\n", 2, 5, "the file is not valid UTF-8 here"},
		"UTF-16":        {"\xff\xfek\x00", 0, 0, "the file is UTF-16; save it as UTF-8"},
		"too large":     {strings.Repeat(" ", MaxBytes+1), 0, 0, "the file is larger than 8 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			c0, err := Parse("f", []byte(c.text))
			var report *Error
			if c0 != nil || !errors.As(err, &report) || len(report.Problems) != 1 {
				t.Fatalf("got %v, %v", c0, err)
			}
			want := Problem{File: "f", Line: c.line, Column: c.column, Message: c.message, Severity: SeverityError}
			if diff := cmp.Diff(want, report.Problems[0], cmpopts.IgnoreFields(Problem{}, "Snippet")); diff != "" {
				t.Error(diff)
			}
			if strings.ContainsAny(report.Problems[0].Snippet, "\x00\x1b") {
				t.Error("the snippet holds the control character")
			}
		})
	}
}

func TestBadFilesKeepTheirProcessorsInPlace(t *testing.T) {
	c, err := Parse("f.yaml", []byte("spec:\n  processors:\n    - 1\n    - {ref: b, matchFunc: f}\n"))
	if err == nil || c == nil {
		t.Fatalf("got %v, %v", c, err)
	}
	want := []Processor{{Fleet: Fleet{Timeout: 5 * time.Second}},
		{Ref: "b", MatchFunc: "f", Fleet: Fleet{Timeout: 5 * time.Second}}}
	want[1].Policy, want[1].HealthCheck = "callId", true
	if diff := cmp.Diff(want, c.Spec.Processors); diff != "" {
		t.Error(diff)
	}
}

func TestAConfigurationKnowsItsFileAndItsHash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(path, []byte(smallest), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(path, text)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(smallest))
	if c.Name != path || string(c.Source) != smallest || c.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("name %q, hash %q", c.Name, c.Hash)
	}
}

func TestReadSaysWhatItCouldNotRead(t *testing.T) {
	_, err := Read(filepath.Join(t.TempDir(), "absent.yaml"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "absent.yaml") {
		t.Errorf("absent file: %v", err)
	}
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, make([]byte, MaxBytes+10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(large); err == nil || !strings.Contains(err.Error(), "larger than 8 MiB") {
		t.Errorf("large file: %v", err)
	}
}

func TestFindPrefersFlagThenEnvironmentThenTheUsualPlaces(t *testing.T) {
	dir := t.TempDir()
	yaml, json := filepath.Join(dir, "dispatcher.yaml"), filepath.Join(dir, "dispatcher.json")
	find := func(flag, env string) string {
		getenv := func(name string) string { return map[string]string{"CONFIG_PATH": env}[name] }
		path, ok := find(flag, getenv, yaml, json)
		if ok != (path != "") {
			t.Errorf("found %q, but ok is %v", path, ok)
		}
		return path
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	expect("nothing anywhere", find("", ""), "")
	for _, file := range []string{json, yaml} { // YAML, once there, wins
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		expect("usual place", find("", ""), file)
	}
	expect("environment", find("", "/env"), "/env")
	expect("flag", find("/flag", "/env"), "/flag")
	if path, ok := Find("named.yaml", os.Getenv); path != "named.yaml" || !ok {
		t.Errorf("Find: %q, %v", path, ok)
	}
}

func TestTenThousandProcessorsAreRead(t *testing.T) {
	if c := mustParse(t, "dispatcher.yaml", manyProcessors(10_000)); len(c.Spec.Processors) != 10_000 {
		t.Errorf("%d processors", len(c.Spec.Processors))
	}
}

func manyProcessors(n int) string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: r\nspec:\n  processors:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - ref: p%d\n      matchFunc: |\n        req => req.method === \"MESSAGE\" &&\n"+
			"          req.message.from.address.uri.host === \"d%d.example.com\"\n      addr: im%d:51904\n"+
			"      methods: [INVITE, MESSAGE, ACK, BYE]\n", i, i, i)
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		text := []byte(manyProcessors(n))
		b.Run(fmt.Sprintf("processors=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("dispatcher.yaml", text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
