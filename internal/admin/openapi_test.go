package admin

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is what the tests read of the OpenAPI document.
var document = sync.OnceValue(func() (doc struct {
	Paths map[string]map[string]struct {
		Responses map[string]struct {
			Ref     string `json:"$ref"`
			Content map[string]any
		}
	}
}) {
	if err := json.Unmarshal(openapi, &doc); err != nil {
		panic(err)
	}
	return doc
})

// schema compiles one of the document's schemas, which are JSON Schema 2020-12 as OpenAPI 3.1 has it.
func schema(t *testing.T, pointer string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openapi))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.AssertContent()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("openapi.json#" + pointer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// conforms holds an answer against the document: its status, its media type and its body.
func conforms(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		return
	}
	if w.Code == http.StatusNotModified {
		if w.Body.Len() > 0 {
			t.Errorf("%s %s: 304 with a body", r.Method, r.URL.Path)
		}
		return
	}
	media, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil {
		t.Errorf("%s %s: media type: %v", r.Method, r.URL.Path, err)
	}
	pointer := "/components/responses/Problem/content/application~1problem+json/schema"
	if w.Code == http.StatusOK {
		path := pathOf(r.URL.EscapedPath())
		method := strings.ToLower(r.Method)
		if r.Method == http.MethodHead {
			method = "get"
		}
		ok, known := document().Paths[path][method].Responses["200"]
		if _, described := ok.Content[media]; !known || !described {
			t.Errorf("%s %s answers 200 with %s, which the document doesn't describe", r.Method, path, media)
			return
		}
		escape := strings.NewReplacer("~", "~0", "/", "~1").Replace
		pointer = "/paths/" + escape(path) + "/" + method + "/responses/200/content/" + escape(media) + "/schema"
	} else if media != "application/problem+json" {
		t.Errorf("%s %s: %d as %s", r.Method, r.URL.Path, w.Code, media)
	}
	if strings.HasPrefix(media, "text/") || r.Method == http.MethodHead {
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("%s %s: %v: %s", r.Method, r.URL.Path, err, w.Body)
	}
	if err := schema(t, pointer).Validate(body); err != nil {
		t.Errorf("%s %s: the answer isn't what the document says: %v\n%s", r.Method, r.URL.Path, err, w.Body)
	}
}

// pathOf is the path of the document that a path belongs to.
func pathOf(path string) string {
	path = strings.TrimPrefix(path, "/api/v1")
	if _, ok := document().Paths[path]; ok {
		return path
	}
	parts := strings.Split(path, "/")
	name := "{id}"
	if parts[1] == "calls" {
		name = "{callId}"
	}
	if len(parts) > 2 {
		parts[2] = name
	}
	return strings.Join(parts, "/")
}

func TestTheDocumentAndTheRoutesListTheSameCalls(t *testing.T) {
	var served, described []string
	err := chi.Walk(newDoor(Options{}).routes(), func(
		method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler,
	) error {
		served = append(served, method+" "+strings.TrimPrefix(route, "/api/v1"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, methods := range document().Paths {
		for method := range methods {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if diff := cmp.Diff(served, described); diff != "" || len(served) == 0 {
		t.Errorf("(-served +described):\n%s", diff)
	}
}

func TestTheDocumentationNamesEveryCallAndEveryProblem(t *testing.T) {
	text, err := os.ReadFile("../../docs/admin-api.md")
	if err != nil {
		t.Fatal(err)
	}
	for path, methods := range document().Paths {
		for method := range methods {
			if heading := "\n### " + strings.ToUpper(method) + " /api/v1" + path + "\n"; !bytes.Contains(text,
				[]byte(heading)) {
				t.Errorf("docs/admin-api.md has no%q", heading)
			}
		}
	}
	for kind := range titles {
		if !bytes.Contains(text, []byte("\n| `"+kind+"` | ")) {
			t.Errorf("docs/admin-api.md doesn't list the problem %s", kind)
		}
	}
}

func TestEverySchemaIsOne(t *testing.T) {
	for _, pointer := range []string{
		"/components/schemas/Message", "/components/schemas/Evaluation", "/components/schemas/Question",
		"/components/schemas/Candidate",
	} {
		schema(t, pointer)
	}
	for path, methods := range document().Paths {
		for method, op := range methods {
			if _, ok := op.Responses["200"]; !ok || op.Responses["default"].Ref == "" {
				t.Errorf("%s %s has responses %s", method, path, strconv.Itoa(len(op.Responses)))
			}
		}
	}
}
