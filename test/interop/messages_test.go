//go:build interop

package interop

import (
	"encoding/json"
	"maps"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// invite is a request with every field set, in the JSON view of grpc-js.
func invite(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/invite.json")
	if err != nil {
		t.Fatalf("read the request: %v", err)
	}
	var request map[string]any
	if err := json.Unmarshal(text, &request); err != nil {
		t.Fatalf("decode testdata/invite.json: %v", err)
	}
	return request
}

// inviteOf is an INVITE in a transaction of its own: one with the same branch would be a retransmission.
func inviteOf(t *testing.T, branch string) map[string]any {
	t.Helper()
	request := invite(t)
	via := request["message"].(map[string]any)["via"].([]any)[0].(map[string]any)
	via["branch"] = branch
	return request
}

// requestOf is the request with another method.
func requestOf(t *testing.T, method string) map[string]any {
	t.Helper()
	request := invite(t)
	request["method"] = method
	return request
}

// responseOf is the call that an EdgePort makes for a SIP response to the INVITE.
func responseOf(t *testing.T, responseType string) map[string]any {
	t.Helper()
	request := invite(t)
	message := request["message"].(map[string]any)
	delete(message, "requestUri")
	message["responseType"] = responseType
	return request
}

// viewOf is a message as grpc-js shows it after the wire: with the name of its type.
func viewOf(request map[string]any) map[string]any {
	view := maps.Clone(request["message"].(map[string]any))
	view["messageType"] = "requestUri"
	if _, ok := view["responseType"]; ok {
		view["messageType"] = "responseType"
	}
	return view
}

// headers are the values of the extensions of that name, in order.
func headers(message any, name string) []string {
	values := []string{}
	for _, each := range message.(map[string]any)["extensions"].([]any) {
		extension := each.(map[string]any)
		if extension["name"] == name {
			values = append(values, extension["value"].(string))
		}
	}
	return values
}

// metadataOf returns the metadata of a request or a response.
func metadataOf(m map[string]any) map[string]any { return m["metadata"].(map[string]any) }

// equal fails the test where got differs from want.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
