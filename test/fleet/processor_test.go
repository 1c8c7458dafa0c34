package fleet

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/peer"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

// processorLog is the environment variable that makes this program a processor: the file that gets a line for each
// message, before it is answered.
const processorLog = "FLEET_PROCESSOR_LOG"

// serveProcessor echoes. SIGTERM stops it when what is in flight has ended.
func serveProcessor() error {
	log, err := os.OpenFile(os.Getenv(processorLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", ":"+processorPort)
	if err != nil {
		return err
	}
	answer := func(ctx context.Context, req *routrpb.MessageRequest) (*routrpb.MessageResponse, error) {
		from := ""
		if p, ok := peer.FromContext(ctx); ok {
			from, _, _ = net.SplitHostPort(p.Addr.String())
		}
		word := "got"
		if !peertest.Untouched(req.GetMessage(), req.GetRef(), req.GetMethod()) {
			word = "changed"
		}
		if _, err := fmt.Fprintf(log, "%s %s %s\n", word, req.GetRef(), from); err != nil {
			return nil, err
		}
		return &routrpb.MessageResponse{Message: req.GetMessage(), Metadata: map[string]string{"id": req.GetRef()}}, nil
	}
	return peertest.ServeAsProcess(listener, answer)
}

// processor is a program behind the dispatchers.
type processor struct {
	*process
	log string
}

// startProcessor starts one and waits until it listens. Nobody finds it yet.
func (n *network) startProcessor(t *testing.T, name string) *processor {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &processor{log: filepath.Join(t.TempDir(), "log")}
	p.process = n.host(t, name).start(t, []string{processorLog + "=" + p.log}, self)
	peertest.Eventually(t, name+" listens", func() bool {
		conn, err := net.Dial("tcp", net.JoinHostPort(p.ip, processorPort))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return p
}

// delivery is a message that a processor got.
type delivery struct {
	id, from  string // from: the dispatcher's address
	processor string
	changed   bool
}

// got returns what the processor got so far.
func (p *processor) got(t *testing.T) (all []delivery) {
	t.Helper()
	f, err := os.Open(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 {
			all = append(all, delivery{fields[1], fields[2], p.name, fields[0] == "changed"})
		}
	}
	return all
}

// from returns the addresses of the dispatchers that it got messages of.
func (p *processor) from(t *testing.T) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, d := range p.got(t) {
		all[d.from]++
	}
	return all
}
