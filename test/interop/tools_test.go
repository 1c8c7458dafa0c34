//go:build interop

package interop

import (
	"bytes"
	wire "encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// startDemo runs the binary without a configuration. The port that it takes by itself is one that the kernel hands out,
// to whatever else runs meanwhile.
func startDemo(t *testing.T) *dispatcher {
	t.Helper()
	addr := peertest.FreeAddr(t)
	cmd := exec.Command(binary, "serve", "--demo", addr)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "CONFIG_PATH=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	d := &dispatcher{process: startProcess(t, cmd), addr: addr}
	d.awaitServing(t)
	return d
}

// tool runs a program in the repository's root and returns what it printed, and whether it succeeded.
func tool(t *testing.T, name string, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = filepath.Join("..", "..")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("run %s: %v", name, err)
	}
	return out.String(), errOut.String(), err == nil
}

// message is the MESSAGE that the README and the demo send.
const message = `{"ref":"demo-1","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"},"body":"hello"}}`

// answeredOK fails the test unless text is the JSON of the demo's answer.
func answeredOK(t *testing.T, text string) {
	t.Helper()
	var answer struct {
		Message map[string]any
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if want := map[string]any{"responseType": "OK", "reasonPhrase": "OK"}; !maps.Equal(answer.Message, want) {
		t.Errorf("the answer is %s", text)
	}
}

func TestGrpcurlWorksAsTheSpecificationPrintsIt(t *testing.T) {
	d := startDemo(t)
	const method = "fonoster.routr.processor.v2beta1.Processor/ProcessMessage"
	out, errOut, ok := tool(t, "go", "tool", "-modfile=.ci/tools.mod", "grpcurl", "-plaintext", "-import-path", "proto",
		"-proto", "processor.proto",
		"-d", message, d.local(), method)
	if !ok {
		t.Fatalf("grpcurl: %s", errOut)
	}
	answeredOK(t, out)

	t.Run("by reflection", func(t *testing.T) {
		out, errOut, ok := tool(t, "go", "tool", "-modfile=.ci/tools.mod", "grpcurl", "-plaintext", "-d", message,
			d.local(), method)
		if !ok {
			t.Fatalf("grpcurl: %s", errOut)
		}
		answeredOK(t, out)
	})
	t.Run("what nobody takes is NOT_FOUND", func(t *testing.T) {
		_, errOut, ok := tool(t, "go", "tool", "-modfile=.ci/tools.mod", "grpcurl", "-plaintext", "-d",
			strings.Replace(message, "MESSAGE", "UNKNOWN", 1), d.local(), method)
		if ok || !strings.Contains(errOut, "Code: NotFound") ||
			!strings.Contains(errOut, "not matching processor found for request ref: demo-1") {
			t.Errorf("grpcurl succeeded: %t\n%s", ok, errOut)
		}
	})
	t.Run("the services can be listed", func(t *testing.T) {
		out, _, _ := tool(t, "go", "tool", "-modfile=.ci/tools.mod", "grpcurl", "-plaintext", d.local(), "list")
		for _, want := range []string{"fonoster.routr.processor.v2beta1.Processor", "grpc.health.v1.Health",
			"grpc.reflection.v1.ServerReflection"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s is not in:\n%s", want, out)
			}
		}
	})
}

// local is the dispatcher's address as documentation has it.
func (d *dispatcher) local() string { return strings.Replace(d.addr, "127.0.0.1", "localhost", 1) }

// processURL is where Connect and gRPC-Web call the Processor service.
func (d *dispatcher) processURL() string {
	return "http://" + d.addr + "/fonoster.routr.processor.v2beta1.Processor/ProcessMessage"
}

func TestCurlSpeaksConnectJSON(t *testing.T) {
	d := startDemo(t)
	out, errOut, _ := tool(t, "curl", "-sS", "-H", "Content-Type: application/json", "-d", message, d.processURL())
	if errOut != "" {
		t.Fatal(errOut)
	}
	answeredOK(t, out)
	out, _, _ = tool(t, "curl", "-sS", "-w", "\n%{http_code}", "-H", "Content-Type: application/json", "-d",
		`{"method":"INVTE"}`, d.processURL())
	if !strings.HasSuffix(out, "\n400") || !strings.Contains(out, `"code":"invalid_argument"`) ||
		!strings.Contains(out, "INVTE") {
		t.Errorf("a wrong method: %s", out)
	}
}

// TestCurlSpeaksGRPCWeb sends a frame as the gRPC-Web protocol has it and reads the frames that come back: the
// message, and the trailers with the status.
func TestCurlSpeaksGRPCWeb(t *testing.T) {
	d := startDemo(t)
	data, err := proto.Marshal(&routrpb.MessageRequest{
		Ref: "web", Method: routrpb.Method_MESSAGE,
		Message: &routrpb.SIPMessage{
			MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "frame")
	frame := append(wire.BigEndian.AppendUint32([]byte{0}, uint32(len(data))), data...)
	if err := os.WriteFile(file, frame, 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, ok := tool(t, "curl", "-sS", "-H", "Content-Type: application/grpc-web+proto", "--data-binary",
		"@"+file, d.processURL())
	if !ok || len(out) < 5 || out[0] != 0 {
		t.Fatalf("curl: %s, answer %q", errOut, out)
	}
	size := wire.BigEndian.Uint32([]byte(out[1:5]))
	var answer routrpb.MessageResponse
	if err := proto.Unmarshal([]byte(out[5:5+size]), &answer); err != nil {
		t.Fatal(err)
	}
	if got := answer.GetMessage().GetResponseType(); got != routrpb.ResponseType_OK {
		t.Errorf("the answer is %s", got)
	}
	if trailers := out[5+size:]; trailers[0] != 0x80 ||
		!strings.Contains(strings.ToLower(trailers[5:]), "grpc-status: 0") {
		t.Errorf("the trailers are %q", trailers)
	}
}
