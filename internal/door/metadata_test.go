package door

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMetadataIsPassedOnWithoutWhatBelongsToThisHop(t *testing.T) {
	got := Incoming(http.Header{
		"X-Tenant":             {"acme", "globex"},
		"Authorization":        {"Bearer x"},
		"Traceparent":          {"00-1-2-01"},
		"Trace-Bin":            {"AP8=", "AP8", "AA==,AQ=="},
		"Broken-Bin":           {"!"},
		"X-Umlaut":             {"gr\u00fc\u00df"},
		"X-Partly":             {"fine", "not\tfine"},
		"X!Odd":                {"1"},
		"Grpc-Timeout":         {"1S"},
		"Grpc-Encoding":        {"gzip"},
		"Connect-Timeout-Ms":   {"100"},
		"Content-Type":         {"application/grpc"},
		"Te":                   {"trailers"},
		"Connection":           {"close"},
		"Host":                 {"x"},
		"User-Agent":           {"grpc-java"},
		"Proxy-Authorization":  {"secret"},
		"X-Grpc-Web":           {"1"},
		"Accept-Encoding":      {"gzip"},
		"Grpc-Accept-Encoding": {"gzip"},
	})
	want := map[string][]string{
		"x-tenant":      {"acme", "globex"},
		"authorization": {"Bearer x"},
		"traceparent":   {"00-1-2-01"},
		"trace-bin":     {"\x00\xff", "\x00\xff", "\x00", "\x01"},
		"x-partly":      {"fine"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if got := Incoming(http.Header{"Te": {"trailers"}}); got != nil {
		t.Errorf("nothing to pass on gives %v", got)
	}
}
