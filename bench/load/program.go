package load

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Build builds the program to path.
func Build(path string) error {
	out, err := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path,
		"./cmd/dispatcher").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the dispatcher: %w\n%s", err, out)
	}
	return nil
}

// Knows says whether the program that was built knows a property of spec.
func Knows(binary, property string) (bool, error) {
	out, err := exec.CommandContext(context.Background(), binary, "schema").Output()
	if err != nil {
		return false, fmt.Errorf("%s schema: %w", binary, err)
	}
	var schema struct {
		Properties struct {
			Spec struct{ Properties map[string]json.RawMessage }
		}
	}
	if err := json.Unmarshal(out, &schema); err != nil {
		return false, fmt.Errorf("%s schema: %w", binary, err)
	}
	_, known := schema.Properties.Spec.Properties[property]
	return known, nil
}

// Configuration is what a dispatcher is configured with: rules, each for a domain of its own, as Requests has them.
type Configuration struct {
	Addr       string
	Rules      int
	Processors []string // addresses, for the rules in turn
	More       string   // further lines of spec, indented by two
	Version    int      // each differs from the others in one rule
}

// YAML is the configuration as a file.
func (c Configuration) YAML() string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: bench\nspec:\n")
	fmt.Fprintf(&b, "  bindAddr: %s\n%s  processors:\n", c.Addr, c.More)
	for n := range c.Rules {
		name := Domain(n)
		if n == 0 && c.Version > 0 && c.Rules > 1 { // nobody is from there then
			name = fmt.Sprintf("version-%d.example.com", c.Version)
		}
		fmt.Fprintf(&b, "    - ref: tenant-%06d\n      addr: %s\n      methods: [INVITE, ACK, BYE, CANCEL]\n"+
			"      matchFunc: req => req.message.from.address.uri.host === %q\n",
			n, c.Processors[n%len(c.Processors)], name)
	}
	fmt.Fprintf(&b, "# version %d\n", c.Version)
	return b.String()
}

// Start starts a program that says nothing but errors; stop ends it.
func Start(cmd *exec.Cmd) (stop func(), err error) {
	cmd.Env = append(os.Environ(), "LOGS_LEVEL=error")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		if err := cmd.Process.Signal(os.Interrupt); err == nil { // else it is gone
			kill := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() }) // it may be gone by then
			defer kill.Stop()
		}
		_ = cmd.Wait() // interrupted
	}, nil
}

// AwaitReady waits until a dispatcher's /readyz says ready.
func AwaitReady(addr string, until time.Time) error {
	for {
		code, err := Ask(http.MethodGet, "http://"+addr+"/readyz")
		switch {
		case err == nil && code == http.StatusOK:
			return nil
		case time.Now().After(until):
			return fmt.Errorf("the dispatcher at %s doesn't get ready: %d, %w", addr, code, err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Ask makes a request that has no body, and reads none.
func Ask(method, url string) (code int, err error) {
	request, err := http.NewRequestWithContext(context.Background(), method, url, http.NoBody)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
