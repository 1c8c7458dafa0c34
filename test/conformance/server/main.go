// Command server is the server under test of the connect conformance suite: the suite's service, on the HTTP server
// that the dispatcher runs on, with its relay in front where the first argument is relay. The suite's runner says on
// standard input how to serve, and is told where.
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/fonoster/routr-dispatcher/internal/relay"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/test/conformance/gen"
	"github.com/fonoster/routr-dispatcher/test/conformance/gen/conformancepbconnect"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	var how conformancepb.ServerCompatRequest
	if err := receive(os.Stdin, &how); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	secure, err := files(dir, &how)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(conformancepbconnect.NewConformanceServiceHandler(service{},
		connect.WithReadMaxBytes(int(how.GetMessageReceiveLimit()))))
	opts := server.Options{Addr: "127.0.0.1:0", Handler: mux, TLS: secure, ErrorLog: log.New(io.Discard, "", 0)}
	if len(os.Args) > 1 && os.Args[1] == "relay" {
		// it leads none of the suite's calls itself, and carries all
		opts.HTTP2 = relay.New(relay.Params{MaxBytes: 1, Budget: server.NewByteBudget(1 << 20)})
	}
	s, err := server.Listen(ctx, opts)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	where := &conformancepb.ServerCompatResponse{
		Host: "127.0.0.1", Port: uint32(s.Addr().(*net.TCPAddr).Port), PemCert: how.GetServerCreds().GetCert(),
	}
	if err := send(os.Stdout, where); err != nil {
		return err
	}
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = s.Shutdown(drain) // what is cut off then has its test failed
	return <-served
}

// files writes the certificates that the runner gives, if any.
func files(dir string, how *conformancepb.ServerCompatRequest) (*server.TLS, error) {
	if !how.GetUseTls() {
		return nil, nil
	}
	secure := &server.TLS{Cert: filepath.Join(dir, "cert"), Key: filepath.Join(dir, "key")}
	content := map[string][]byte{
		secure.Cert: how.GetServerCreds().GetCert(), secure.Key: how.GetServerCreds().GetKey(),
	}
	if len(how.GetClientTlsCert()) > 0 {
		secure.ClientCA = filepath.Join(dir, "ca")
		content[secure.ClientCA] = how.GetClientTlsCert()
	}
	for name, data := range content {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			return nil, err
		}
	}
	return secure, nil
}

// receive reads a message with its length before it.
func receive(r io.Reader, m proto.Message) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return fmt.Errorf("read from the runner: %w", err)
	}
	data := make([]byte, binary.BigEndian.Uint32(size[:]))
	if _, err := io.ReadFull(r, data); err != nil {
		return fmt.Errorf("read from the runner: %w", err)
	}
	return proto.Unmarshal(data, m)
}

func send(w io.Writer, m proto.Message) error {
	data, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	return err
}
