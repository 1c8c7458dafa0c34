package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestForeignInputIsNotParsedWhereMessagesAreRouted hands the side door what is small and becomes large.
func TestForeignInputIsNotParsedWhereMessagesAreRouted(t *testing.T) {
	const limit = 512
	d := dispatch(t, resource(echo(t), echo(t), fmt.Sprintf("limits: {memory: %dMiB}", limit)))
	stop := callers(t, d.addr, 2)
	item := "    - {ref: a, addr: \"h:1\", methods: [INVITE], matchFunc: \"req => 1\"}\n"
	processors := "kind: MessageDispatcher\napiVersion: v2beta1\nref: x\nspec:\n  processors:\n"
	asJSON := func(members map[string]any) string {
		text, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var wait sync.WaitGroup
	for name, c := range map[string][3]string{
		"many small nodes": {"/api/v1/config/check", "application/yaml",
			processors + strings.Repeat("    - {a: 1, b: [1, 2]}\n", 90_000)},
		"many processors": {"/api/v1/config/check", "application/yaml", processors + strings.Repeat(item, 28_000)},
		"brackets": {"/api/v1/config/check", "application/yaml",
			"a: [" + strings.Repeat("[],", 700_000) + "]"},
		"many messages": {"/api/v1/rules/evaluate", "application/json",
			`{"matchFunc":"req => true","messages":[` + strings.Repeat(`{"json":{}},`, 690_000) + `{}]}`},
		"a candidate": {"/api/v1/config/impact", "application/json",
			asJSON(map[string]any{"config": processors + strings.Repeat(item, 28_000)})},
		"a message of numbers": {"/api/v1/route/explain", "application/json",
			`{"message":{"json":{"localnets":[` + strings.Repeat("1,", 3_000_000) + `1]}}}`},
	} {
		for range 2 {
			wait.Go(func() {
				resp, err := http.Post("http://"+d.addr+c[0], c[1], strings.NewReader(c[2]))
				if err != nil {
					return // a connection that is closed is an answer, too
				}
				defer resp.Body.Close()
				if resp.StatusCode >= 500 && resp.StatusCode != http.StatusServiceUnavailable {
					t.Errorf("%s: status %d", name, resp.StatusCode)
				}
			})
		}
	}
	wait.Wait()
	if calls := len(stop()); calls == 0 {
		t.Error("no call of a neighbour was served")
	}
	peak := d.peak(t)
	t.Logf("memory peaked at %d MiB", peak>>20)
	if peak > limit<<20 {
		t.Errorf("memory peaked at %d MiB", peak>>20)
	}
}
