package app

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/decision"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

func TestEveryMessageLeavesADecision(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dispatcher.yaml")
	write(t, path, yamlFor(peertest.Start(t, named("a")).Addr, "  answerFailures: true",
		"  decisions: {file: {path: decisions.jsonl}}"))
	s := serveFile(t, path)
	c := s.client(t)
	secret := invite("call-1")
	secret.Message.Authorization = &routrpb.Authorization{Response: "hunter2"}
	if _, err := c.process(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	unrouted := invite("call-2")
	unrouted.Method = routrpb.Method_OPTIONS
	if answer, err := c.process(t.Context(), unrouted); err != nil ||
		answer.GetMessage().GetResponseType() != routrpb.ResponseType_METHOD_NOT_ALLOWED {
		t.Fatalf("%v, %v", answer, err)
	}
	if _, err := c.process(t.Context(), &routrpb.MessageRequest{Ref: "call-3"}); err == nil {
		t.Fatal("a message without a message was taken")
	}
	var lines []string
	eventually(t, "three lines are written", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "decisions.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		return len(lines) == 3
	})
	var got [3]decision.Entry
	for i, line := range lines {
		if strings.Contains(line, "hunter2") {
			t.Errorf("a secret left the process: %s", line)
		}
		if err := json.Unmarshal([]byte(line), &got[i]); err != nil {
			t.Fatal(err)
		}
	}
	if e := got[0]; e.CallID != "call-1" || e.Code != "OK" || e.Processor != "connect" || len(e.Calls) != 1 ||
		e.Calls[0].Addr == "" || e.Epoch != 1 || e.RulesTried != 1 {
		t.Errorf("the first: %s", lines[0])
	}
	if e := got[1]; e.Code != "NOT_FOUND" || e.Answered != "METHOD_NOT_ALLOWED" ||
		e.Processor != "" || len(e.Calls) != 0 {
		t.Errorf("the second: %s", lines[1])
	}
	if e := got[2]; e.Code != "INVALID_ARGUMENT" || e.Error == "" {
		t.Errorf("the third: %s", lines[2])
	}
}

func TestWhatCantBeRecordedIsAProblemOfTheFile(t *testing.T) {
	_, err := Parse("dispatcher.yaml",
		[]byte(yamlFor("127.0.0.1:1", "  decisions: {mask: [metadata.a, message.form]}")))
	var e *config.Error
	if !errors.As(err, &e) || len(e.Problems) != 1 || e.Problems[0].Path != "spec.decisions.mask" {
		t.Errorf("got %v", err)
	}
	text := yamlFor("127.0.0.1:1", "  decisions: {file: {path: nowhere/decisions.jsonl}}")
	cfg, err := config.Parse(filepath.Join(t.TempDir(), "dispatcher.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), Options{Config: cfg}); !errors.As(err, &e) ||
		e.Problems[0].Path != "spec.decisions.file.path" {
		t.Errorf("got %v", err)
	}
}
