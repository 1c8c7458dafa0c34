//go:build deploy

package deploy

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/nats-io/nkeys"
)

const chart = "../../deploy/helm/routr-dispatcher"

// tool runs one of .ci/deploy.mod on an input, and returns what it printed.
func tool(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"tool", "-modfile=../../.ci/deploy.mod"}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.String() + errs.String(), err
	}
	return out.String(), nil
}

// rendered is what a cluster would get of the chart.
func rendered(t *testing.T, values string) string {
	t.Helper()
	out, err := tool(t, values, "helm", "template", "voice", chart, "--kube-version=1.31.0", "--values=-")
	if err != nil {
		t.Fatalf("render the chart with\n%s\n%v\n%s", values, err, out)
	}
	return out
}

// valid fails the test where a resource isn't what its schema says.
func valid(t *testing.T, resources string) {
	t.Helper()
	out, err := tool(t, resources, "kubeconform", "-strict", "-summary",
		"-schema-location=testdata/schemas/{{.ResourceKind}}.json", "-")
	if err != nil || !strings.Contains(out, "Invalid: 0, Errors: 0, Skipped: 0") {
		t.Errorf("kubeconform says: %v\n%s", err, out)
	}
}

// resource is as much of one as the tests look at.
type resource struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Template struct{ Spec pod }
		Ingress  []struct{ Ports []struct{ Port string } }
	}
}

type pod struct {
	TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
	Containers                    []struct {
		Args         []string
		VolumeMounts []struct {
			MountPath string `yaml:"mountPath"`
		} `yaml:"volumeMounts"`
	}
}

// resources are those of a stream of YAML, by kind.
func resources(t *testing.T, stream string) map[string][]resource {
	t.Helper()
	all := map[string][]resource{}
	for _, document := range regexp.MustCompile(`(?m)^---$`).Split(stream, -1) {
		var r resource
		if err := yaml.Unmarshal([]byte(document), &r); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		if r.Kind != "" {
			all[r.Kind] = append(all[r.Kind], r)
		}
	}
	return all
}

// checked fails the test where the dispatcher itself doesn't take the file in the ConfigMap.
func checked(t *testing.T, stream string) string {
	t.Helper()
	maps := resources(t, stream)["ConfigMap"]
	if len(maps) != 1 {
		t.Fatalf("there are %d ConfigMaps", len(maps))
	}
	text := strings.ReplaceAll(maps[0].Data["dispatcher.yaml"], "/etc/routr-admin/token", writeToken(t))
	text = strings.ReplaceAll(text, "/etc/routr-fleet/nats.creds", writeCredentials(t))
	file := filepath.Join(t.TempDir(), "dispatcher.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	check(t, file)
	return text
}

func check(t *testing.T, file string) {
	t.Helper()
	cmd := exec.Command("go", "run", "../../cmd/dispatcher", "check", "--strict", file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("dispatcher check says: %v\n%s", err, out)
	}
}

// The chart of Routr itself writes a file for the Node dispatcher.
func TestTheFileOfRoutrsOwnChartIsTaken(t *testing.T) {
	check(t, "testdata/routr-chart-dispatcher.yaml")
}

func writeToken(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("a-token-of-forty-letters-and-two-digits-42"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// writeCredentials writes what NATS's tools write for a user.
func writeCredentials(t *testing.T) string {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	text := "-----BEGIN NATS USER JWT-----\ntoken\n------END NATS USER JWT------\n\n" +
		"-----BEGIN USER NKEY SEED-----\n" + string(seed) + "\n------END USER NKEY SEED------\n"
	file := filepath.Join(t.TempDir(), "nats.creds")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const everything = `
fleet: {url: "nats://nats:4222", subject: sip.berlin, credentialsSecret: nats-user}
autoscaling: {enabled: true}
admin: {tokenSecret: console}
serviceMonitor: {enabled: true, labels: {release: prometheus}}
httpRoute: {enabled: true, parentRefs: [{name: public}], hostnames: [console.example.com]}
networkPolicy:
  edgePorts: [{podSelector: {matchLabels: {service: edgeport}}}]
  admin: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
image: {digest: "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
env: [{name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://tempo:4317"}]
podAnnotations: {a: b}
nodeSelector: {disk: ssd}
tolerations: [{key: voice, operator: Exists}]
priorityClassName: voice
`

func TestTheChartRenders(t *testing.T) {
	if out, err := tool(t, "", "helm", "lint", "--strict", chart); err != nil {
		t.Errorf("helm lint says: %v\n%s", err, out)
	}
	guide := shown(t, "kubernetes.md", "values.yaml")
	for name, values := range map[string]string{"as it is": "", "everything": everything, "guide": guide} {
		t.Run(name, func(t *testing.T) {
			stream := rendered(t, values)
			valid(t, stream)
			checked(t, stream)
		})
	}
}

// shown is the file that a page of docs/ shows.
func shown(t *testing.T, page, file string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n# " + regexp.QuoteMeta(file) + "\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatalf("docs/%s doesn't show %s", page, file)
	}
	return string(block[1])
}

// What is configured arrives, and the doors are the chart's.
func TestTheChartsFileIsTheValues(t *testing.T) {
	const values = `{admin: {tokenSecret: console}, config: {ref: berlin, spec: {bindAddr: "127.0.0.1:1"}}}`
	text := checked(t, rendered(t, values))
	var file struct {
		Ref  string
		Spec struct {
			BindAddr string `yaml:"bindAddr"`
			Admin    struct {
				BindAddr  string `yaml:"bindAddr"`
				TokenFile string `yaml:"tokenFile"`
			}
		}
	}
	if err := yaml.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	if file.Ref != "berlin" || file.Spec.BindAddr != "0.0.0.0:51901" || file.Spec.Admin.BindAddr != "0.0.0.0:51902" ||
		file.Spec.Admin.TokenFile == "" {
		t.Errorf("the file is %+v", file)
	}
}

// What replicas need to hear of each other arrives where it is read.
func TestReplicasFindTheirFleet(t *testing.T) {
	for name, stream := range map[string]string{
		"chart":     rendered(t, everything),
		"kustomize": kustomized(t, "fleet"),
	} {
		valid(t, stream)
		text := checked(t, stream)
		var file struct {
			Spec struct {
				Fleet struct{ URL, Subject, Credentials string }
				Admin struct {
					TokenFile string `yaml:"tokenFile"`
				}
			}
		}
		if err := yaml.Unmarshal([]byte(text), &file); err != nil {
			t.Fatal(err)
		}
		if f := file.Spec; f.Fleet.URL != "nats://nats:4222" || f.Admin.TokenFile == "" {
			t.Errorf("%s: %+v", name, f)
		}
		mounted := map[string]bool{}
		for _, m := range resources(t, stream)["Deployment"][0].Spec.Template.Spec.Containers[0].VolumeMounts {
			mounted[m.MountPath] = true
		}
		if !mounted["/etc/routr-admin"] || name == "chart" && !mounted["/etc/routr-fleet"] {
			t.Errorf("%s mounts %v", name, mounted)
		}
	}
	if text := checked(t, rendered(t, "{replicas: 3}")); strings.Contains(text, "fleet:") {
		t.Errorf("without a server the file has a fleet:\n%s", text)
	}
}

// A pod that is killed before it has drained loses messages.
func TestThePodsHaveTheTimeThatTheyAreTold(t *testing.T) {
	for name, stream := range map[string]string{
		"chart":     rendered(t, "{lameDuckSeconds: 7, drainSeconds: 31}"),
		"kustomize": kustomized(t, "base"),
	} {
		spec := resources(t, stream)["Deployment"][0].Spec.Template.Spec
		args := strings.Join(spec.Containers[0].Args, " ")
		want := map[string]string{
			"chart":     "serve --lame-duck=7s --drain-timeout=31s 43",
			"kustomize": "serve --lame-duck=5s --drain-timeout=20s 30",
		}[name]
		if got := args + " " + strconv.Itoa(spec.TerminationGracePeriodSeconds); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Nobody reaches the side door over the network unless he is named.
func TestTheSideDoorIsShutToTheNetwork(t *testing.T) {
	for name, stream := range map[string]string{"chart": rendered(t, ""), "kustomize": kustomized(t, "base")} {
		policy := resources(t, stream)["NetworkPolicy"]
		if len(policy) != 1 || len(policy[0].Spec.Ingress) != 1 || policy[0].Spec.Ingress[0].Ports[0].Port != "grpc" {
			t.Errorf("%s: the policies are %+v", name, policy)
		}
	}
	named := resources(t, rendered(t, everything))["NetworkPolicy"][0].Spec.Ingress
	if len(named) != 2 || named[1].Ports[0].Port != "admin" {
		t.Errorf("who is named gets in by %+v", named)
	}
}

func TestValuesThatNobodyKnowsAreRefused(t *testing.T) {
	for values, want := range map[string]string{
		"replica: 3":                 "replica",
		"lameDuckSeconds: 5s":        "lameDuckSeconds",
		"logLevel: loud":             "logLevel",
		"image: {digest: 12ab}":      "digest",
		"httpRoute: {enabled: true}": "tokenSecret", // a console on the network for everybody

		`fleet: {url: "nats://nats:4222"}`: "tokenSecret",
		"fleet: {url: nats}":               "url",
		"fleet: {subject: 'a.>'}":          "subject",
	} {
		out, err := tool(t, values, "helm", "template", "voice", chart, "--kube-version=1.31.0", "--values=-")
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, which doesn't name %s:\n%s", values, err, want, out)
		}
	}
}

func kustomized(t *testing.T, name string) string {
	t.Helper()
	out, err := tool(t, "", "kustomize", "build", "../../deploy/kustomize/"+name)
	if err != nil {
		t.Fatalf("kustomize says: %v\n%s", err, out)
	}
	return out
}

func TestKustomizeBuilds(t *testing.T) {
	for _, name := range []string{"base", "example", "fleet"} {
		stream := kustomized(t, name)
		valid(t, stream)
		checked(t, stream)
	}
}
