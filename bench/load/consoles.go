package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"time"
)

// WebConsole is the query of the stream of decisions as the web console reads it.
const WebConsole = "batch=100ms&max=500"

// OpenConsoles opens n consoles of the dispatcher at addr. Each reads the stream of decisions, asks for statistics,
// failures and calls once a second as the overview does, and has a watch. What it returns closes them.
func OpenConsoles(addr string, n int, stream string) (closeAll func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var (
		wait    sync.WaitGroup
		forgets []func()
	)
	closeAll = func() {
		for _, forget := range forgets {
			forget()
		}
		cancel()
		wait.Wait()
	}
	api := "http://" + addr + "/api/v1/"
	for range n {
		wait.Go(func() { get(ctx, api+"decisions/stream?"+stream) })
		wait.Go(func() { poll(ctx, api) })
		forget, err := watch(ctx, api+"watches")
		if err != nil {
			closeAll()
			return nil, err
		}
		forgets = append(forgets, forget)
	}
	return closeAll, nil
}

// poll asks as a console's overview does.
func poll(ctx context.Context, api string) {
	for ctx.Err() == nil {
		after := time.Now().Add(-2 * time.Second).UTC().Format(time.RFC3339)
		get(ctx, api+"stats?after="+after)
		get(ctx, api+"failures")
		get(ctx, api+"calls?limit=50")
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// get reads an answer to its end, or until ctx ends.
func get(ctx context.Context, url string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // ctx ended
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", url, resp.Status)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // as far as it goes
}

// watch begins to watch for a user who never calls, so that each record is looked at, and returns what ends that.
func watch(ctx context.Context, url string) (end func(), err error) {
	var w struct{ ID string }
	if err := send(ctx, http.MethodPost, url, `{"filter":{"user":["nobody","!1003"]},"for":"10m"}`, &w); err != nil {
		return nil, err
	}
	return func() {
		if err := send(context.WithoutCancel(ctx), http.MethodDelete, url+"/"+w.ID, "", nil); err != nil {
			log.Fatal(err)
		}
	}, nil
}

// send makes a call, and reads what it answers unless into is nil.
func send(ctx context.Context, method, url, body string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s", method, url, resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
