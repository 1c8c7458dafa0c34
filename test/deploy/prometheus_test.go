//go:build deploy

package deploy

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// start runs a program until the test ends.
func start(t *testing.T, words ...string) {
	t.Helper()
	cmd := exec.Command(words[0], words[1:]...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone
		_ = cmd.Wait()                          // the signal's doing
		if t.Failed() {
			t.Logf("%s said:\n%.4000s", words[0], &said)
		}
	})
}

func write(t *testing.T, dir, name, text string) (file string) {
	t.Helper()
	file = filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// traffic sends messages of which some fail, in every way that the dashboard tells apart, until the test ends.
func traffic(t *testing.T, addr string) {
	t.Helper()
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			method := []string{"INVITE", "REGISTER", "MESSAGE", "OPTIONS"}[n%4] // taken, refused, nobody there, no rule
			message := fmt.Sprintf(`{"ref":"%d","method":%q,"message":{"requestUri":{"host":"sip.local"}}}`, n, method)
			resp, err := http.Post("http://"+addr+"/fonoster.routr.processor.v2beta1.Processor/ProcessMessage",
				"application/json", strings.NewReader(message))
			if err == nil {
				resp.Body.Close()
			}
		}
	}()
	t.Cleanup(func() { close(done); <-stopped })
}

// scraped starts a dispatcher with traffic, whose configuration it returns, and a Prometheus that knows the alert
// rules, whose address it returns.
func scraped(t *testing.T, features ...string) (config, prometheus string) {
	t.Helper()
	dir := t.TempDir()
	good := peertest.Start(t, peertest.Echo())
	refuse := func(context.Context, *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		return nil, status.Error(codes.PermissionDenied, "no")
	}
	bad := peertest.Start(t, peertest.Typed(refuse))
	addr := peertest.FreeAddr(t)
	prometheus = peertest.FreeAddr(t)
	config = write(t, dir, "dispatcher.yaml", fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: metrics
spec:
  bindAddr: %q
  middlewares:
    - {ref: log, addr: %q, postProcessor: false}
  processors:
    - {ref: good, addr: %q, methods: [INVITE], matchFunc: req => true}
    - {ref: bad, addr: %q, methods: [REGISTER], matchFunc: req => true}
    - {ref: gone, addr: %q, methods: [MESSAGE], matchFunc: req => true}
`, addr, good.Addr, good.Addr, bad.Addr, peertest.FreeAddr(t)))
	program := filepath.Join(dir, "dispatcher")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	start(t, program, "--config", config)
	peertest.Await(t, addr)
	traffic(t, addr)
	rules, err := filepath.Abs("../../deploy/prometheus/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, dir, "prometheus.yml", fmt.Sprintf(`global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%q]
scrape_configs:
  - job_name: dispatcher
    static_configs: [{targets: [%q]}]
`, rules, addr))
	start(t, append([]string{"prometheus", "--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + prometheus, "--log.level=error"}, features...)...)
	peertest.Await(t, prometheus)
	for end := time.Now().Add(time.Minute); !ready(prometheus); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("Prometheus is never ready")
		}
	}
	return config, prometheus
}

func ready(prometheus string) bool {
	resp, err := http.Get("http://" + prometheus + "/-/ready")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// ask runs a query and returns how many series it finds.
func ask(t *testing.T, prometheus, query string) (series int) {
	t.Helper()
	resp, err := http.Get("http://" + prometheus + "/api/v1/query?query=" + url.QueryEscape(query))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct{ Result []json.RawMessage }
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s: %v %s", query, err, answer.Error)
	}
	return len(answer.Data.Result)
}

// shows reports whether a query finds something, if not at once.
func shows(t *testing.T, prometheus, query string) bool {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ask(t, prometheus, query) > 0 {
			return true
		}
	}
	return false
}

// dashboard are the queries of the dashboard, with the variables as Grafana fills them in: those of panels by their
// title, with those that find the variables' values, and those of annotations.
func dashboard(t *testing.T) (queries map[string][]string, annotations []string) {
	t.Helper()
	text, err := os.ReadFile("../../deploy/grafana/dispatcher.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
		Annotations struct{ List []struct{ Expr string } }
		Templating  struct {
			List []struct {
				Name, Type string
				Query      json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$__rate_interval", "10s", "$job", ".*", "$instance", ".*")
	queries = map[string][]string{}
	for i, p := range board.Panels {
		for _, target := range p.Targets {
			title := fmt.Sprintf("%d %s", i, p.Title)
			queries[title] = append(queries[title], fill.Replace(target.Expr))
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q asks nothing", p.Title)
		}
	}
	for _, a := range board.Annotations.List {
		annotations = append(annotations, fill.Replace(a.Expr))
	}
	for _, v := range board.Templating.List {
		if v.Type != "query" {
			continue
		}
		var ask struct{ Query string }
		if err := json.Unmarshal(v.Query, &ask); err != nil {
			t.Fatal(err)
		}
		label := regexp.MustCompile(`^label_values\((\w+)(?:\{(.*)\})?, (\w+)\)$`).FindStringSubmatch(ask.Query)
		if label == nil {
			t.Fatalf("variable %s asks %s", v.Name, ask.Query)
		}
		matchers := strings.TrimPrefix(fill.Replace(label[2])+`,`+label[3]+`!=""`, ",")
		queries["variable "+v.Name] = []string{label[1] + "{" + matchers + "}"}
	}
	return queries, annotations
}

// TestEveryPanelOfTheDashboardShowsSomething asks a Prometheus that scraped real traffic what Grafana would ask it.
func TestEveryPanelOfTheDashboardShowsSomething(t *testing.T) {
	config, prometheus := scraped(t)
	queries, annotations := dashboard(t)
	if len(queries) < 20 || len(annotations) == 0 {
		t.Errorf("the dashboard has %d queries and %d annotations only", len(queries), len(annotations))
	}
	for title, all := range queries {
		for _, query := range all {
			if !shows(t, prometheus, query) {
				t.Errorf("%q shows nothing: %s", title, query)
			}
		}
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	// Another epoch, which an annotation marks for a minute.
	write(t, filepath.Dir(config), filepath.Base(config), strings.Replace(string(text), "[INVITE]", "[INVITE, ACK]", 1))
	for _, query := range annotations {
		if !shows(t, prometheus, query) {
			t.Errorf("an annotation shows nothing: %s", query)
		}
	}
	if !shows(t, prometheus, `ALERTS{alertname="DispatcherMessagesFail"}`) {
		t.Error("messages fail, and no alert is pending")
	}
	if !shows(t, prometheus, `ALERTS{alertname="DispatcherBackendDown"}`) {
		t.Error("a processor is gone, and no alert is pending")
	}
}

// A Prometheus that takes native histograms takes these, and leaves their buckets alone.
func TestPrometheusTakesTheNativeHistograms(t *testing.T) {
	_, prometheus := scraped(t, "--enable-feature=native-histograms")
	for _, name := range []string{"message", "match"} {
		query := "histogram_quantile(0.99, sum(rate(routr_dispatcher_" + name + "_duration_seconds[10s])))"
		if !shows(t, prometheus, query) {
			t.Errorf("it shows nothing: %s", query)
		}
	}
}

// promtool reads what the dispatcher says as Prometheus' own linter does, and tries the alerts on made-up series.
func TestPromtoolFindsNothing(t *testing.T) {
	for what, file := range map[string]string{
		"check": "../../deploy/prometheus/alerts.yaml", "test": "testdata/alerts.test.yaml",
	} {
		if out, err := exec.Command("promtool", what, "rules", file).CombinedOutput(); err != nil {
			t.Errorf("promtool %s rules: %v\n%s", what, err, out)
		}
	}
	scrape := write(t, t.TempDir(), "prometheus.yml", shown(t, "metrics.md", "prometheus.yml"))
	if out, err := exec.Command("promtool", "check", "config", "--syntax-only", scrape).CombinedOutput(); err != nil {
		t.Errorf("docs/metrics.md: %v\n%s", err, out)
	}
	addr := peertest.FreeAddr(t)
	program := filepath.Join(t.TempDir(), "dispatcher")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/dispatcher").CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	start(t, program, "--demo="+addr)
	peertest.Await(t, addr)
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = io.LimitReader(resp.Body, 1<<20)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("promtool says of /metrics: %v\n%s", err, out)
	}
}
