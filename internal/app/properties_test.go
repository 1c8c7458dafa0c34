package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// change is another value of a property, and what is seen of it on the wire.
type change struct {
	before, after string // what stands below spec; or of a fleet
	see           see
	sees          both
}

// both are what is seen before a change and after it.
type both [2]string

// fleetChanges are those of the properties that processors and middlewares have in common.
func fleetChanges(t *testing.T, p peers) map[string]change {
	addr := func(addr, more string) string { return fmt.Sprintf("addr: %q, %s", addr, more) }
	pair := func(more string) string {
		return fmt.Sprintf("addr: [%q, %q], policy: roundRobin, %s", p.bad, p.a, more)
	}
	weighed := func(n int) string { return fmt.Sprintf("addr: [%q, {addr: %q, weight: %d}]", p.a, p.b, n) }
	safe := func(tls string) string { return addr(p.safe, "tls: {"+tls+"}") }
	late := peertest.FreeAddr(t)
	const right = "ca: server.crt, cert: client.crt, key: client.key"
	answered, refused := part("answered|Unavailable", called), both{"Unavailable", "answered"}
	within := part(`within \d+ms`, called)
	return map[string]change{
		"addr": {addr(p.a, ""), addr(p.b, ""), called, both{"answered by a", "answered by b"}},
		"addr[*].addr": {
			"addr: [{addr: " + p.a + "}]", "addr: [{addr: " + p.b + "}]", called,
			both{"answered by a", "answered by b"},
		},
		"addr.addr": {
			"addr: {addr: " + p.a + "}", "addr: {addr: " + p.b + "}", called, both{"answered by a", "answered by b"},
		},
		"addr.weight": {
			"addr: {weight: 3, addr: " + p.a + "}", "addr: {weight: 7, addr: " + p.a + "}", weights, both{"[3]", "[7]"},
		},
		"addr[*].weight": {weighed(3), weighed(7), weights, both{"[1 3]", "[1 7]"}},
		"timeout": {
			addr(p.hangs, "timeout: 60ms"), addr(p.hangs, "timeout: 90ms"), within, both{"within 60ms", "within 90ms"},
		},
		"policy":       {addr(p.a, ""), addr(p.a, "policy: leastRequest"), policy, both{"callId", "leastRequest"}},
		"retryMethods": {pair(""), pair("retryMethods: [INVITE]"), failures, both{"4 of 8 fail", "0 of 8 fail"}},
		"healthCheck":  {addr(p.sick, ""), addr(p.sick, "healthCheck: false"), states, both{"unhealthy", "ready"}},
		"holdWhenDown": {
			addr(late, ""), addr(late, "holdWhenDown: 30s"), part("answered|Unavailable", held(late)), refused,
		},
		"tls":      {addr(p.safe, ""), safe(right), answered, refused},
		"tls.ca":   {safe(strings.Replace(right, "server", "other", 1)), safe(right), answered, refused},
		"tls.cert": {safe("ca: server.crt"), safe(right), answered, refused},
		"tls.key":  {safe(strings.ReplaceAll(right, "client", "other")), safe(right), answered, refused},
		"tls.serverName": {
			safe(right + ", serverName: elsewhere"), safe(right + ", serverName: 127.0.0.1"), answered, refused,
		},
	}
}

// inFile puts a fleet into a file, where no failure ejects an instance.
func inFile(role, fleet string, p peers) string {
	patient := "  ejection: {consecutiveFailures: 1000, minCalls: 100000}\n  retryBudget: 1\n"
	if role == "processors" {
		return patient + "  processors: [{ref: x, matchFunc: req => true, methods: [INVITE], " + fleet + "}]"
	}
	return patient + "  middlewares: [{ref: x, postProcessor: false, " + fleet + "}]\n" + processorAt(p.echo)
}

func processorAt(addr string, lines ...string) string {
	lines = append(lines, "  processors: [{ref: x, methods: [INVITE], matchFunc: req => true, addr: "+addr+"}]")
	return strings.Join(lines, "\n")
}

// ruleOf is a file in which a rule picks a, or else another one b.
func (p peers) ruleOf(source string, lines ...string) string {
	return fmt.Sprintf(`%s
  processors:
    - {ref: x, methods: [INVITE], matchFunc: '%s', addr: %s}
    - {ref: y, methods: [INVITE], matchFunc: req => true, addr: %s}`, strings.Join(lines, "\n"), source, p.a, p.b)
}

// liveChanges are those of the properties that a reload changes, by path.
func liveChanges(t *testing.T, p peers) map[string]change {
	all := map[string]change{}
	for _, role := range []string{"processors", "middlewares"} {
		for path, c := range fleetChanges(t, p) {
			c.before, c.after = inFile(role, c.before, p), inFile(role, c.after, p)
			all["spec."+role+"[*]."+path] = c
		}
	}
	set := func(path string, file func(value string) string, before, after string, s see, sees ...string) {
		all[path] = change{file(before), file(after), s, both(sees)}
	}
	below := func(format, addr string) func(string) string {
		return func(value string) string { return processorAt(addr, "  "+fmt.Sprintf(format, value)) }
	}
	rule := func(source, format string) func(string) string {
		return func(value string) string { return p.ruleOf(source, "  "+fmt.Sprintf(format, value)) }
	}
	middleware := func(addr string) func(string) string {
		return func(value string) string {
			return "  middlewares: [{" + value + ", addr: " + addr + "}]\n" + processorAt(p.b)
		}
	}
	ejection := func(value string) string {
		return fmt.Sprintf("  ejection: {baseTime: 1h, maxTime: 9h, %s}\n  processors: [{ref: x, methods: [INVITE],"+
			" matchFunc: req => true, policy: roundRobin, addr: [%q, %q]}]", value, p.bad, p.a)
	}
	budget := func(value string) string {
		fleet := fmt.Sprintf("policy: roundRobin, retryMethods: [INVITE], addr: [%q, %q]", p.bad, p.a)
		return strings.Replace(inFile("processors", fleet, p), "retryBudget: 1", "retryBudget: "+value, 1)
	}
	itself := func(value string) string { return value }
	one := processorAt(p.a)
	set("spec.processors[*].ref", itself, one, strings.Replace(one, "ref: x", "ref: z", 1),
		page("/api/v1/backends", `"ref":"."`), `"ref":"x"`, `"ref":"z"`)
	set("spec.processors[*].methods", itself, one, strings.Replace(one, "INVITE", "BYE", 1),
		part("answered|NotFound", called), "answered", "NotFound")
	set("spec.processors[*].matchFunc", func(source string) string { return p.ruleOf(source) },
		"req => true", "req => false",
		called, "answered by a", "answered by b")
	set("spec.middlewares[*].ref", middleware(p.bad), "postProcessor: false, ref: x", "postProcessor: false, ref: z",
		part("ref = .", called), "ref = x", "ref = z")
	set("spec.middlewares[*].onError", middleware(p.bad), "postProcessor: false, ref: x",
		"postProcessor: false, ref: x, onError: skip",
		part("Unavailable", called), "Unavailable", "answered by b")
	set("spec.middlewares[*].postProcessor", middleware(p.a), "ref: x, postProcessor: false",
		"ref: x, postProcessor: true",
		called, "answered by b", "answered by a")
	set("ref", itself, one, "another\n"+one, page("/api/v1/config", `"ref":"(test|another)"`),
		`"ref":"test"`, `"ref":"another"`)
	set("spec.timeout", below("timeout: %s", p.hangs), "60ms", "90ms", part(`within \d+ms`, called),
		"within 60ms", "within 90ms")
	set("spec.onRuleError", rule("req => req.nothing.there", "onRuleError: %s"), "fail", "skip",
		part("Internal|answered by b", called), "Internal", "answered by b")
	set("spec.matchTimeout", rule("req => { while (true) {} }", "matchTimeout: %s"), "2ms", "3ms",
		part(`\dms`, called), "2ms", "3ms")
	set("spec.answerFailures", func(value string) string {
		return strings.Replace(processorAt(p.a, "  answerFailures: "+value), "true, addr", "false, addr", 1)
	}, "false", "true", part("NotFound", called), "NotFound", "TEMPORARILY_UNAVAILABLE")
	set("spec.shadow", itself, one, "  shadow: next.yaml\n"+one, page("/api/v1/shadow",
		`null|next\.yaml`), "null", "next.yaml")
	set("spec.admin.tokenFile", itself, one, "  admin: {tokenFile: token}\n"+one,
		page("/api/v1/config", `^\d+`), "200", "401")
	named := page("/metrics", `fleet="(other|127)`)
	set("spec.metrics", itself, one, "  metrics: {refs: 0}\n"+one, named, `fleet="127`, `fleet="other`)
	set("spec.metrics.refs", func(refs string) string { return "  metrics: {refs: " + refs + "}\n" + one }, "1", "0",
		named, `fleet="127`, `fleet="other`)
	set("spec.retryBudget", budget, "0", "1", failures, "4 of 8 fail", "0 of 8 fail")
	set("spec.ejection.consecutiveFailures", ejection, "minCalls: 100000, consecutiveFailures: 1000",
		"minCalls: 100000, consecutiveFailures: 2", ejected, "ready ready", "ejected ready")
	set("spec.ejection.minCalls", ejection, "consecutiveFailures: 1000, minCalls: 1000",
		"consecutiveFailures: 1000, minCalls: 2",
		ejected, "ready ready", "ejected ready")
	flaky := func(value string) string { return strings.ReplaceAll(ejection(value), p.bad, p.flaky) }
	set("spec.ejection.errorRate", flaky, "consecutiveFailures: 1000, minCalls: 4, errorRate: 0.9",
		"consecutiveFailures: 1000, minCalls: 4, errorRate: 0.1", ejected, "ready ready", "ejected ready")
	set("spec.ejection.maxEjected", ejection, "consecutiveFailures: 2, maxEjected: 0",
		"consecutiveFailures: 2, maxEjected: 0.5",
		ejected, "ready ready", "ejected ready")
	return all
}

// restartChanges are other values of the properties that a running process doesn't change: what stands below spec.
var restartChanges = map[string]string{
	"spec.bindAddr":                   `bindAddr: "127.0.0.1:1"`,
	"spec.maxMessageBytes":            "maxMessageBytes: 1MiB",
	"spec.maxConnectionAge":           "maxConnectionAge: 1h",
	"spec.relay":                      "relay: off",
	"spec.limits.connections":         "limits: {connections: 9}",
	"spec.limits.streams":             "limits: {streams: 9}",
	"spec.limits.headerBytes":         "limits: {headerBytes: 9KiB}",
	"spec.limits.readHeaderTimeout":   "limits: {readHeaderTimeout: 9s}",
	"spec.limits.readTimeout":         "limits: {readTimeout: 9s}",
	"spec.limits.writeTimeout":        "limits: {writeTimeout: 9s}",
	"spec.limits.idleTimeout":         "limits: {idleTimeout: 9s}",
	"spec.limits.watches":             "limits: {watches: 9}",
	"spec.limits.memory":              "limits: {memory: 1GiB}",
	"spec.tls":                        "tls: {cert: server.crt, key: server.key}",
	"spec.tls.cert":                   "tls: {cert: server.crt, key: server.key}",
	"spec.tls.key":                    "tls: {cert: server.crt, key: server.key}",
	"spec.tls.clientCA":               "tls: {cert: server.crt, key: server.key, clientCA: client.crt}",
	"spec.admin.enabled":              "admin: {enabled: false}",
	"spec.admin.bindAddr":             `admin: {bindAddr: "127.0.0.1:1"}`,
	"spec.decisions":                  "decisions: {keep: 9}",
	"spec.decisions.keep":             "decisions: {keep: 9}",
	"spec.decisions.maxBytes":         "decisions: {maxBytes: 1MiB}",
	"spec.decisions.keepMessages":     "decisions: {keepMessages: 9}",
	"spec.decisions.mask":             "decisions: {mask: [edgePortRef]}",
	"spec.decisions.file":             "decisions: {file: {path: d}}",
	"spec.decisions.file.path":        "decisions: {file: {path: d}}",
	"spec.decisions.file.maxBytes":    "decisions: {file: {path: d, maxBytes: 2MiB}}",
	"spec.decisions.file.maxFiles":    "decisions: {file: {path: d, maxFiles: 2}}",
	"spec.decisions.nats":             `decisions: {nats: {url: "nats://127.0.0.1:1"}}`,
	"spec.decisions.nats.url":         `decisions: {nats: {url: "nats://127.0.0.1:1"}}`,
	"spec.decisions.nats.subject":     `decisions: {nats: {url: "nats://127.0.0.1:1", subject: s}}`,
	"spec.fleet":                      `fleet: {url: "nats://127.0.0.1:1"}`,
	"spec.fleet.url":                  `fleet: {url: "nats://127.0.0.1:1"}`,
	"spec.fleet.subject":              `fleet: {url: "nats://127.0.0.1:1", subject: s}`,
	"spec.fleet.replica":              `fleet: {url: "nats://127.0.0.1:1", replica: s}`,
	"spec.fleet.credentials":          `fleet: {url: "nats://127.0.0.1:1", credentials: c}`,
	"spec.decisions.nats.credentials": `decisions: {nats: {url: "nats://127.0.0.1:1", credentials: c}}`,
}

// changedElsewhere says which tests change the others.
var changedElsewhere = map[string]string{
	"kind": "it has one value", "apiVersion": "it has one value", "spec": "its properties",
	"spec.processors": "its properties", "spec.middlewares": "its properties", "spec.ejection": "its properties",
	"spec.limits": "its properties", "spec.admin": "its properties",
	"spec.limits.inFlight":   "TestAReloadChangesWhatMayBeInFlight",
	"spec.limits.adaptive":   "TestAReloadChangesWhatMayBeInFlight",
	"spec.resolveInterval":   "backend's TestTheNewestConfigurationSaysHowAFleetIsTreated",
	"spec.ejection.baseTime": "TestAReloadChangesHowLongAnInstanceIsEjected",
	"spec.ejection.maxTime":  "TestAReloadChangesHowLongAnInstanceIsEjected",
}

const restartNeeded = "the change takes effect when the dispatcher is started again"

// TestAReloadChangesEachProperty gives properties another value while the dispatcher runs, and looks from the wire at
// what that does.
func TestAReloadChangesEachProperty(t *testing.T) {
	p := newPeers(t)
	write(t, filepath.Join(p.dir, "token"), "t0ken")
	write(t, filepath.Join(p.dir, "next.yaml"), yamlFor(p.b))
	live := liveChanges(t, p)
	for _, path := range slices.Sorted(maps.Keys(live)) {
		t.Run(path, func(t *testing.T) {
			c := live[path]
			s := serveFile(t, p.write(t, c.before))
			if got := c.see(t, s); got != c.sees[0] {
				t.Fatalf("before: %s, want %s", got, c.sees[0])
			}
			s.reloaded(t, p, c.after)
			got := c.see(t, s) // connections may be on their way
			for deadline := time.Now().Add(10 * time.Second); got != c.sees[1] && time.Now().Before(deadline); {
				time.Sleep(10 * time.Millisecond)
				got = c.see(t, s)
			}
			if got != c.sees[1] {
				t.Errorf("after: %s, want %s", got, c.sees[1])
			}
			if log := s.log.String(); strings.Contains(log, restartNeeded) {
				t.Errorf("the log says that it needs a restart: %s", log)
			}
		})
	}
}

func TestAReloadNamesEachPropertyThatNeedsARestart(t *testing.T) {
	p := newPeers(t)
	for path, value := range restartChanges {
		t.Run(path, func(t *testing.T) {
			s := serveFile(t, p.write(t, processorAt(p.a, "  relay: auto")))
			s.reloaded(t, p, processorAt(p.a, "  "+value))
			if got := called(t, s); got != "answered by a" {
				t.Errorf("a message is %s", got)
			}
			for line := range strings.Lines(s.log.String()) {
				var w struct{ Msg, Path string }
				if json.Unmarshal([]byte(line), &w) == nil && w.Msg == restartNeeded &&
					strings.HasPrefix(path, w.Path) {
					return
				}
			}
			t.Errorf("the log doesn't say that it needs a restart: %s", s.log)
		})
	}
}

func TestAReloadChangesHowLongAnInstanceIsEjected(t *testing.T) {
	p := newPeers(t)
	file := func(base, most string) string {
		return fmt.Sprintf("  ejection: {consecutiveFailures: 1, maxEjected: 1, baseTime: %s, maxTime: %s}\n"+
			"  processors: [{ref: x, methods: [INVITE], matchFunc: req => true, policy: roundRobin, addr: [%q, %q]}]",
			base, most, p.bad, p.a)
	}
	for name, c := range map[string]struct {
		base, most    string
		longer, until time.Duration
	}{
		"baseTime": {"30m", "9h", 20 * time.Minute, 9 * time.Hour},
		"maxTime":  {"1ms", "30m", 10 * time.Minute, 30 * time.Minute}, // each ejection lasts twice as long
	} {
		t.Run(name, func(t *testing.T) {
			s := serveFile(t, p.write(t, file("1ms", "1ms")))
			for range 60 {
				failures(t, s)
			}
			s.reloaded(t, p, file(c.base, c.most))
			eventually(t, "it is ejected for longer", func() bool {
				ejected(t, s)
				for _, i := range first(t, s).Instances {
					if i.EjectedUntil != nil && time.Until(*i.EjectedUntil) > c.longer {
						return time.Until(*i.EjectedUntil) <= c.until
					}
				}
				return false
			})
		})
	}
}

// TestEveryPropertyIsChangedByATest finds what the schema has and nobody changes while the dispatcher runs.
func TestEveryPropertyIsChangedByATest(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	live, known := liveChanges(t, newPeers(t)), 0
	for path := range pathsOf(schema, "") {
		_, live := live[path]
		if live || restartChanges[path] != "" || changedElsewhere[path] != "" {
			known++
		} else {
			t.Errorf("no test changes %s while the dispatcher runs", path)
		}
	}
	if n := len(live) + len(restartChanges) + len(changedElsewhere); n != known {
		t.Errorf("tests change %d properties, and the schema has %d of them", n, known)
	}
}

// pathsOf are the paths of a schema's properties.
func pathsOf(schema map[string]any, at string) map[string]bool {
	all := map[string]bool{}
	into := func(next any, path string) {
		if next, ok := next.(map[string]any); ok {
			maps.Copy(all, pathsOf(next, path))
		}
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		list, _ := schema[key].([]any)
		for _, one := range list {
			into(one, at)
		}
	}
	into(schema["items"], at+"[*]")
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		path := strings.TrimPrefix(at+"."+name, ".")
		all[path] = true
		into(property, path)
	}
	return all
}

// write writes a configuration to the folder where the certificates are. What stands before spec is another ref.
func (p peers) write(t *testing.T, spec string) (path string) {
	t.Helper()
	ref := "test"
	if !strings.HasPrefix(spec, " ") && !strings.HasPrefix(spec, "\n") {
		ref, spec, _ = strings.Cut(spec, "\n")
	}
	if !strings.Contains(spec, "  bindAddr") {
		spec += "\n  bindAddr: 127.0.0.1:0"
	}
	path = filepath.Join(p.dir, "dispatcher.yaml")
	write(t, path, "kind: MessageDispatcher\napiVersion: v2beta1\nref: "+ref+"\nspec:\n"+spec+"\n")
	return path
}

// reloaded makes another file the running configuration.
func (s *served) reloaded(t *testing.T, p peers, spec string) {
	t.Helper()
	p.write(t, spec)
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
}
