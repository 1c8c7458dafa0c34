// Command server is what test/hostile attacks: the dispatcher's HTTP server with its door for messages, whose answer is
// the message itself. Its limits are the dispatcher's; times are shorter, so that attacks are over sooner.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"runtime"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/rpc"
	"github.com/fonoster/routr-dispatcher/internal/server"
)

func main() {
	mux := http.NewServeMux()
	mux.Handle(rpc.NewProcessor(func(_ context.Context, request []byte, _ map[string][]string) ([]byte, error) {
		return request, nil
	}, 4<<20, server.NewByteBudget(32<<20)))
	mux.HandleFunc("GET /goroutines", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, runtime.NumGoroutine())
	})
	s, err := server.Listen(context.Background(), server.Options{
		Addr: "127.0.0.1:0", Handler: mux, ErrorLog: log.New(io.Discard, "", 0),
		Limits: server.Limits{
			ReadHeaderTimeout: 2 * time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
			IdleTimeout: 4 * time.Second, Connections: 1000,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Addr())
	log.Fatal(s.Serve())
}
