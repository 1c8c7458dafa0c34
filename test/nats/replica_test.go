package nats

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// token is that of the fleets in the tests.
const token = "the-token-of-the-fleet"

// program builds the dispatcher once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return "", err
	}
	built := filepath.Join(dir, "dispatcher")
	cmd := exec.Command("go", "build", "-o", built, "./cmd/dispatcher")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the dispatcher: %w\n%s", err, out)
	}
	return built, nil
})

// replica is a dispatcher that runs.
type replica struct {
	t          *testing.T
	name, addr string
	file       string
	process    *peertest.Process
	conn       *grpc.ClientConn
}

// configuration is that of a replica, on one line each for what differs.
func (r *replica) configuration(nats, processor, rule string) string {
	return fmt.Sprintf(`kind: MessageDispatcher
apiVersion: v2beta1
ref: fleet
spec:
  bindAddr: %s
  fleet: {url: "nats://%s", replica: %s}
  processors:
    - ref: chat
      addr: %s
      methods: [MESSAGE]
      matchFunc: %s
`, r.addr, nats, r.name, processor, rule)
}

// startReplica runs a dispatcher until the test ends, and waits until it takes messages.
func startReplica(t *testing.T, name, nats, processor string, env ...string) *replica {
	t.Helper()
	built, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{t: t, name: name, addr: peertest.FreeAddr(t)}
	r.file = filepath.Join(t.TempDir(), "dispatcher.yaml")
	r.configure(r.configuration(nats, processor, "req => true"))
	cmd := exec.Command(built, "--config", r.file)
	cmd.Env = append(append(os.Environ(), "DISPATCHER_ADMIN_TOKEN="+token), env...)
	r.process = peertest.StartProcess(t, name, cmd)
	peertest.Eventually(t, name+" is ready", func() bool {
		resp, err := client.Get("http://" + r.addr + "/readyz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	if r.conn, err = grpc.NewClient(r.addr, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.conn.Close() })
	return r
}

var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (r *replica) configure(text string) {
	r.t.Helper()
	if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// stop asks the replica to end, and waits for it.
func (r *replica) stop(s syscall.Signal) int {
	r.t.Helper()
	r.process.Signal(s)
	return r.process.Ended(r.t)
}

// send sends a message with a credential in it, and wants it answered.
func (r *replica) send(callID string) {
	r.t.Helper()
	req := &routrpb.MessageRequest{
		Ref: callID, Method: routrpb.Method_MESSAGE, EdgePortRef: "edge",
		Message: &routrpb.SIPMessage{
			MessageType:   &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "bob", Host: "sip.local"}},
			CallId:        &routrpb.CallID{CallId: callID},
			Via:           []*routrpb.Via{{Host: "phone", Branch: "z9hG4bK" + callID}},
			Authorization: &routrpb.Authorization{Realm: "r", Username: "bob", Response: secret},
			Extensions:    []*routrpb.Extension{{Name: "CSeq", Value: "1 MESSAGE"}}, Body: "hello " + callID,
		},
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	if err := r.conn.Invoke(ctx, routrpbconnect.ProcessorProcessMessageProcedure, req,
		&routrpb.MessageResponse{}); err != nil {
		r.t.Fatalf("%s at %s: %v", callID, r.name, err)
	}
}

// secret is in each message, and may never leave a process.
const secret = "5ec2e7a11deadbeef0123456789abcde"

// call calls the admin API, and reads the answer into into, unless that is nil. It returns the status and the text.
func (r *replica) call(method, path string, body, into any) (int, string) {
	r.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}
	url := "http://" + r.addr + "/api/v1" + path
	req, err := http.NewRequestWithContext(r.t.Context(), method, url, bytes.NewReader(text))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if bytes.Contains(answer, []byte(secret)) {
		r.t.Errorf("%s %s of %s tells a secret: %s", method, path, r.name, answer)
	}
	if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(answer, into); err != nil {
			r.t.Fatalf("%s: %v: %s", path, err, answer)
		}
	}
	return resp.StatusCode, string(answer)
}

// get is call for what must be there.
func (r *replica) get(path string, into any) {
	r.t.Helper()
	if code, text := r.call(http.MethodGet, path, nil, into); code != http.StatusOK {
		r.t.Fatalf("GET %s of %s: %d %s", path, r.name, code, text)
	}
}

// fleet is what a replica says of its fleet.
type fleet struct {
	Joined, Connected, Agree bool
	Summary                  string
	Dropped, LeftOut         uint64
	Replicas                 []struct {
		Name, BootID           string
		Self, Ready, Silent    bool
		Draining               bool
		Epoch                  uint64
		Hash, Admin, StartedAt string
	}
	Configurations []struct{ Replicas []string }
}

func (r *replica) fleet() (f fleet) {
	r.t.Helper()
	r.get("/fleet", &f)
	return f
}

// entry is a decision.
type entry struct {
	ID, CallID, Replica string
	Message             json.RawMessage
}

// list is a list of decisions.
type list struct {
	Decisions  []entry
	Next       *string
	Kept       int
	Unanswered []struct{ Replica, Why string }
}

// calls is a list of calls.
type calls struct {
	Calls []struct {
		CallID   string
		Messages int
	}
	More       bool
	Unanswered []struct{ Replica, Why string }
}

// stream reads a stream of the fleet's decisions until the test ends. It hands out the decisions and the ids of events.
func (r *replica) stream(query string, lastEvent string) (decisions <-chan entry, ids <-chan string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet,
		"http://"+r.addr+"/api/v1/decisions/stream?"+query, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if lastEvent != "" {
		req.Header.Set("Last-Event-ID", lastEvent)
	}
	resp, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	got, last := make(chan entry, 1000), make(chan string, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 4<<20)
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				last <- id
			}
			data, ok := strings.CutPrefix(lines.Text(), "data: [")
			var some []entry
			if !ok || json.Unmarshal([]byte("["+data), &some) != nil {
				continue
			}
			for _, e := range some {
				got <- e
			}
		}
	}()
	r.t.Cleanup(func() {
		resp.Body.Close()
		<-ended
	})
	return got, last
}
