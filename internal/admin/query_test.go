package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestNoCallTakesAParameterThatTheDocumentDoesntName asks every call of the OpenAPI document.
func TestNoCallTakesAParameterThatTheDocumentDoesntName(t *testing.T) {
	s := newSide(t)
	for path, methods := range document().Paths {
		for method := range methods {
			target := "/api/v1" + strings.NewReplacer("{id}", "x").Replace(path) + "?nobody=1"
			body := ""
			if method == "post" {
				body = "{}"
			}
			p := s.refused(request(strings.ToUpper(method), target, body), http.StatusBadRequest, "request-invalid")
			if p.Path != "nobody" || !strings.Contains(p.Detail, "parameter") {
				t.Errorf("%s %s: %+v", method, path, p)
			}
		}
	}
	s.refused(request("HEAD", "/api/v1/config?nobody=1", ""), http.StatusBadRequest, "request-invalid")
	s.refused(request("GET", "/api/v1/config?%zz", ""), http.StatusBadRequest, "request-invalid")
}

func TestAPageIsWhatLimitAndOffsetSay(t *testing.T) {
	all := []int{0, 1, 2, 3, 4}
	for query, want := range map[string][]int{
		"":                         {0, 1, 2},
		"limit=2":                  {0, 1},
		"limit=2&offset=4":         {4},
		"limit=1000&offset=5":      {},
		"offset=1073741824":        {},
		"limit=1&offset=2&q=ignor": {2},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pageOf(values, 3)
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if got := cut(p, all); !slices.Equal(got, want) {
			t.Errorf("%s: %v", query, got)
		}
	}
	for _, query := range []string{
		"limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "offset=-1", "offset=1073741825", "q=a&q=b",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := pageOf(values, 3); err == nil {
			t.Errorf("%s: %+v", query, p)
		}
	}
}

func TestAPagesTextIsLookedForInUpperAndLowerCase(t *testing.T) {
	if p := (page{q: "ACME"}); !p.has("x", "tenant-acme") || p.has("ac", "me") || !(page{}).has() {
		t.Error("acme isn't found, or what isn't acme is")
	}
}
