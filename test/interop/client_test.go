//go:build interop

package interop

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// client is a grpc-js client of the dispatcher, in the EdgePort's place.
type client struct {
	*node
	last int
}

// call is one call to make. The zero value of all but Request or Bytes is a plain call.
type call struct {
	ID int    `json:"id"`
	Op string `json:"op"`
	// Service is the definition to call by: "published" unless said otherwise,
	// "extended", or "raw" with Bytes.
	Service    string            `json:"service"`
	Request    map[string]any    `json:"request,omitempty"`
	Bytes      []byte            `json:"bytes,omitempty"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	DeadlineMS int               `json:"deadlineMs,omitempty"`
}

// result is what the client got for a command.
type result struct {
	ID       int
	Response map[string]any
	Bytes    []byte
	Error    *failure
}

// failure is a gRPC status as grpc-js shows it.
type failure struct {
	Code    codes.Code
	Message string
	// StatusDetails is the entry grpc-status-details-bin.
	StatusDetails []byte
}

// startClient starts a client of the dispatcher at addr.
func startClient(t *testing.T, addr string) *client {
	t.Helper()
	return &client{node: startNode(t, "client.js", addr)}
}

// begin makes a call and returns its id, for next and cancel.
func (c *client) begin(t *testing.T, call call) int {
	t.Helper()
	c.last++
	call.ID, call.Op = c.last, "call"
	if call.Service == "" {
		call.Service = "published"
	}
	c.command(t, call)
	return call.ID
}

// next returns the next result, whichever command it belongs to.
func (c *client) next(t *testing.T) result {
	t.Helper()
	var r result
	c.report(t, &r)
	return r
}

// call makes a call and returns its result.
func (c *client) call(t *testing.T, call call) result {
	t.Helper()
	c.begin(t, call)
	return c.next(t)
}

// answer makes a call that has to succeed and returns its response.
func (c *client) answer(t *testing.T, request map[string]any) map[string]any {
	t.Helper()
	r := c.call(t, call{Request: request})
	if r.Error != nil {
		t.Fatalf("call failed with %v: %s", r.Error.Code, r.Error.Message)
	}
	return r.Response
}

// refusal makes a call that has to fail and returns its status.
func (c *client) refusal(t *testing.T, request map[string]any) failure {
	t.Helper()
	r := c.call(t, call{Request: request})
	if r.Error == nil {
		t.Fatalf("call succeeded with %v, want an error", r.Response)
	}
	return *r.Error
}

// cancel cancels a call that begin made.
func (c *client) cancel(t *testing.T, id int) {
	t.Helper()
	c.command(t, map[string]any{"op": "cancel", "call": id})
}

// ask sends a command about a service and returns its first result.
func (c *client) ask(t *testing.T, op, service string) result {
	t.Helper()
	c.last++
	c.command(t, map[string]any{"id": c.last, "op": op, "service": service})
	return c.next(t)
}
