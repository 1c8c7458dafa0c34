//go:build deploy

package deploy

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// There may be no Docker engine: the library that docker compose reads files with says whether it takes this one, and
// what it names is there and is taken by who reads it.
func TestComposeTakesTheFile(t *testing.T) {
	const reader = "github.com/compose-spec/compose-go/v2/cmd"
	out, err := tool(t, "", reader, "-format=json", "-no-interpolation", "-no-path-resolution",
		"../../deploy/compose.yaml")
	if err != nil {
		t.Fatalf("compose says: %v\n%s", err, out)
	}
	var file struct {
		Services map[string]struct {
			Image   string
			Volumes []struct{ Source, Target string }
		}
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("edgeport dispatcher connect location apiserver prometheus grafana") {
		service, there := file.Services[name]
		if !there || !strings.Contains(service.Image, ":") {
			t.Errorf("service %s is %+v", name, service)
		}
		for _, v := range service.Volumes {
			if _, err := os.Stat(filepath.Join("../../deploy", v.Source)); err != nil {
				t.Errorf("service %s: %v", name, err)
			}
		}
	}
	check(t, "../../deploy/compose/dispatcher/dispatcher.yaml")
	promtool := exec.Command("promtool", "check", "config", "--syntax-only", "../../deploy/compose/prometheus.yml")
	if out, err := promtool.CombinedOutput(); err != nil {
		t.Errorf("promtool says: %v\n%s", err, out)
	}
}

// Several dispatchers can't have one port of the host, and need a server to hear of each other.
func TestComposeTakesTheFleet(t *testing.T) {
	const reader = "github.com/compose-spec/compose-go/v2/cmd"
	out, err := tool(t, "", reader, "-format=json", "-no-interpolation", "-no-path-resolution",
		"../../deploy/compose.yaml", "../../deploy/compose.fleet.yaml")
	if err != nil {
		t.Fatalf("compose says: %v\n%s", err, out)
	}
	var file struct {
		Services map[string]struct {
			Image   string
			Ports   []struct{ Published string }
			Volumes []struct{ Source, Target string }
		}
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		t.Fatal(err)
	}
	d := file.Services["dispatcher"]
	if len(d.Ports) != 1 || d.Ports[0].Published != "" || len(d.Volumes) != 1 ||
		!strings.HasSuffix(d.Volumes[0].Source, "compose/fleet") || file.Services["nats"].Image == "" {
		t.Errorf("the dispatcher is %+v, NATS %+v", d, file.Services["nats"])
	}
	check(t, "../../deploy/compose/fleet/dispatcher.yaml")
}
