package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fonoster/routr-dispatcher/internal/config"
	"github.com/fonoster/routr-dispatcher/internal/server"
	"github.com/fonoster/routr-dispatcher/internal/visible"
)

// Limits on bodies. JSON may take two bytes for a byte of a configuration's text.
const (
	maxBody       = 8 << 20
	maxConfigBody = 2*config.MaxBytes + 1<<20
)

// requestBytes is what a call counts for beside its body: what it looks up and writes.
const requestBytes = 32 << 10

// countedBody takes what is read of it from the budget.
type countedBody struct {
	io.ReadCloser
	share server.Share
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.share.Take(int64(n)) {
		return 0, noRoom()
	}
	return n, err
}

// noRoom is the answer to a call that there is no memory for.
func noRoom() *Problem {
	p := problem(http.StatusServiceUnavailable, "busy", "The limit on memory for requests in work is reached.")
	p.header = http.Header{"Retry-After": {"1"}}
	return p
}

// The media types of bodies.
var (
	jsonTypes   = []string{"application/json"}
	configTypes = []string{
		"", "application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain",
	}
)

// curlType is what curl -d sends where nobody says otherwise, and what a browser sends for a form.
const curlType = "application/x-www-form-urlencoded"

// fromBrowser reports whether a browser made the request: all of them send one of these with every POST.
func fromBrowser(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != ""
}

// text reads a body of one of the media types. A form's type is among them for programs only, so that no form of
// another page gets anything done.
func text(w http.ResponseWriter, r *http.Request, limit int64, types []string) ([]byte, error) {
	media := r.Header.Get("Content-Type")
	if media != "" {
		parsed, _, err := mime.ParseMediaType(media)
		if err != nil {
			parsed = "unreadable"
		}
		media = parsed
	}
	if !slices.Contains(types, media) && !(media == curlType && !fromBrowser(r)) {
		return nil, problem(http.StatusUnsupportedMediaType, "unsupported-media-type",
			"Send the body with Content-Type: %s.",
			strings.Join(slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t == "" }), " or "))
	}
	if coding := r.Header.Values("Content-Encoding"); len(coding) > 0 && !slices.Equal(coding, []string{"identity"}) {
		p := problem(http.StatusUnsupportedMediaType, "unsupported-media-type",
			"Send the body as it is: one in Content-Encoding: %.100s isn't taken.", strings.Join(coding, ", "))
		p.header = http.Header{"Accept-Encoding": {"identity"}} // RFC 9110, section 15.5.16
		return nil, p
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var (
		large *http.MaxBytesError
		full  *Problem
	)
	if errors.As(err, &full) {
		return nil, full
	}
	if err != nil && !errors.As(err, &large) {
		return nil, problem(http.StatusBadRequest, "request-invalid", "The body couldn't be read to its end.")
	}
	return body, err
}

// decode reads a JSON body strictly: one object, without members that nobody knows or that are there twice.
func decode[T any](w http.ResponseWriter, r *http.Request, limit int64) (T, error) {
	var into T
	body, err := text(w, r, limit, jsonTypes)
	if err != nil {
		return into, err
	}
	if err := countElements(body); err != nil {
		return into, err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		return into, misread(body, err, reflect.TypeFor[T]())
	}
	end := decoder.InputOffset()
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return into, badBody(body, end, "The body holds more than one JSON value.")
	}
	if p := misfitting(body, reflect.TypeFor[T]()); p != nil {
		return into, p
	}
	return into, nil
}

// misread says where a body isn't what it should be.
func misread(body []byte, err error, want reflect.Type) error {
	var (
		syntax *json.SyntaxError
		kind   *json.UnmarshalTypeError
	)
	switch {
	case errors.As(err, &syntax):
		return badBody(body, syntax.Offset-1, "This is not JSON: "+syntax.Error()+".")
	case errors.As(err, &kind):
		p := badBody(body, kind.Offset-1, fmt.Sprintf("%s can't be %s.", orBody(kind.Field), kind.Value))
		p.Path = kind.Field
		return p
	case errors.Is(err, io.EOF):
		return badBody(body, 0, "The body is empty, and should be a JSON object.")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return badBody(body, int64(len(body)), "The JSON text ends too early.")
	}
	if p := misfitting(body, want); p != nil {
		return p
	}
	return badBody(body, 0, "The body can't be read: "+err.Error()+".")
}

// misfitting says which member of a JSON body doesn't fit a type; nil for none.
func misfitting(body []byte, want reflect.Type) *Problem {
	found := fitting{json.NewDecoder(bytes.NewReader(body))}.in(want, "")
	if found == nil {
		return nil
	}
	p := badBody(body, found.offset, found.detail)
	p.Path = found.path
	return p
}

func orBody(field string) string {
	if field == "" {
		return "The body"
	}
	return "The member " + field
}

// badBody is a problem at a byte of the body.
func badBody(body []byte, offset int64, detail string) *Problem {
	p := problem(http.StatusBadRequest, "request-invalid", "%s", detail)
	p.Line, p.Column, p.Snippet = place(body, int(offset))
	return p
}

// place finds a byte of a text by line and column, and draws a caret under it.
func place(body []byte, offset int) (line, column int, snippet string) {
	const before, after = 60, 40 // characters of a long line that are shown
	offset = min(max(offset, 0), len(body))
	start := bytes.LastIndexByte(body[:offset], '\n') + 1
	left := []rune(string(bytes.ToValidUTF8(body[start:offset], []byte("?"))))
	rest, _, _ := bytes.Cut(body[offset:min(len(body), offset+4*after)], []byte("\n"))
	right := []rune(string(bytes.ToValidUTF8(rest, []byte("?"))))
	line, column = bytes.Count(body[:start], []byte("\n"))+1, utf8.RuneCount(body[start:offset])+1
	shown := printable(left[max(0, len(left)-before):])
	return line, column, shown + printable(right[:min(len(right), after)]) + "\n" +
		strings.Repeat(" ", utf8.RuneCountInString(shown)) + "^"
}

// printable keeps a caret below in its place.
func printable(text []rune) string {
	return strings.Map(visible.Cell, string(text))
}
