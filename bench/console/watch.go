package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"strings"
)

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
