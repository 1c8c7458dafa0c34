package hostile

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
	"github.com/fonoster/routr-dispatcher/gen/routrpb/routrpbconnect"
)

// pipeOf is the least that a pipe holds.
const pipeOf = 4096

// TestALogThatNobodyReadsStopsNothing lets messages fail, reloads and stops while nobody reads the log.
func TestALogThatNobodyReadsStopsNothing(t *testing.T) {
	for name, leave := range map[string]func(log *os.File){
		"its reader stalls":   func(*os.File) {},
		"its reader has gone": func(log *os.File) { log.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			from, to, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer from.Close()
			if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, to.Fd(), syscall.F_SETPIPE_SZ, pipeOf); errno != 0 {
				t.Fatal(errno)
			}
			log, read := &lines{}, make(chan struct{})
			go func() {
				defer close(read)
				buf := make([]byte, pipeOf)
				for !strings.Contains(log.String(), "routing messages") {
					n, err := from.Read(buf)
					if err != nil {
						return
					}
					_, _ = log.Write(buf[:n]) // to memory
				}
				leave(from)
			}()
			d := dispatchWith(t, resource(echo(t), echo(t)), log, to)
			to.Close()
			<-read
			stop := callers(t, d.addr, 2)
			d.failing(t, 400)
			_ = d.cmd.Process.Signal(syscall.SIGHUP) // it lives
			d.eventually(t, "it reloads", func() bool {
				return d.metric(t,
					`routr_dispatcher_reloads_total{result="ok"}`) == 1
			})
			d.failing(t, 100)
			if calls := len(stop()); calls == 0 {
				t.Errorf("%d calls of neighbours were served", calls)
			}
			d.eventually(t, "lines are dropped", func() bool {
				d.failing(t, 100)
				return d.metric(t, "routr_dispatcher_log_lines_dropped_total") > 0 || name == "its reader stalls"
			})
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			d.terminate(t)
			if code := d.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("it ends with %v", d.cmd.ProcessState)
			}
		})
	}
}

// failing sends so many messages that no processor takes, and sees to it that each is answered as such.
func (d *dispatcher) failing(t *testing.T, n int) {
	t.Helper()
	client, err := grpc.NewClient(d.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var wait sync.WaitGroup
	for worker := range 8 {
		wait.Go(func() {
			for i := range n / 8 {
				request := &routrpb.MessageRequest{Ref: fmt.Sprintf("%d-%d-%s", worker, i, strings.Repeat("x", 400)),
					Method: routrpb.Method_PUBLISH,
					Message: &routrpb.SIPMessage{
						MessageType: &routrpb.SIPMessage_RequestUri{RequestUri: &routrpb.SipURI{User: "a"}},
					}}
				err := client.Invoke(t.Context(), routrpbconnect.ProcessorProcessMessageProcedure, request,
					&routrpb.MessageResponse{})
				if status.Code(err) != codes.NotFound {
					t.Errorf("a message that nobody takes: %v", err)
				}
			}
		})
	}
	wait.Wait()
}

// eventually waits until something holds.
func (d *dispatcher) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s\n%.4000s", what, d.log)
		}
	}
}
