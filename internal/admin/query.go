package admin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
)

// described lists the query parameters of each call, such as "GET /decisions", as the OpenAPI document has them.
var described = sync.OnceValue(func() map[string][]string {
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(openapi, &doc); err != nil {
		panic(err) // a programmer's mistake, which a test finds
	}
	all := map[string][]string{}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			call := strings.ToUpper(method) + " " + path
			all[call] = []string{}
			for _, p := range operation.Parameters {
				if p.In == "query" {
					all[call] = append(all[call], p.Name)
				}
			}
		}
	}
	return all
})

// strict refuses parameters that the OpenAPI document doesn't name: one that is misspelt must not be one that does
// nothing.
func strict(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return problem(http.StatusBadRequest, "request-invalid", "The query can't be read: %v.", err)
		}
		known := described()[call(r)]
		for name := range query {
			if slices.Contains(known, name) {
				continue
			}
			if len(known) == 0 {
				return badParameter(name, "this call has no parameters")
			}
			return badParameter(name, "no parameter has this name; there are "+strings.Join(known, ", "))
		}
		return next(w, r)
	}
}

// call names the call that a request is, as described does.
func call(r *http.Request) string {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return method + " " + strings.TrimPrefix(chi.RouteContext(r.Context()).RoutePattern(), "/api/v1")
}

// single reads the value of a parameter that may be there once; empty where it isn't.
func single(query url.Values, name string) (string, error) {
	if len(query[name]) > 1 {
		return "", badParameter(name, "the parameter is there more than once")
	}
	return query.Get(name), nil
}

// number reads a parameter that is a number; or where it isn't there.
func number(query url.Values, name string, least, most, or int) (int, error) {
	text, err := single(query, name)
	if err != nil || text == "" {
		return or, err
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badParameter(name, name+" is a number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
	}
	return n, nil
}

// oneOf reads a parameter that is one of some words; empty where it isn't there.
func oneOf(query url.Values, name string, words ...string) (string, error) {
	text, err := single(query, name)
	if err == nil && text != "" && !slices.Contains(words, text) {
		err = badParameter(name, name+" is one of "+strings.Join(words, ", "))
	}
	return text, err
}

// maxPage is how many elements of a list a call gets at most; maxOffset is how far into one it may look.
const (
	maxPage   = 1000
	maxOffset = 1 << 30
)

// page is the part of a list that a call asks for: limit elements from offset of those that have q in them.
type page struct {
	limit, offset int
	q             string
}

// pageOf reads the parameters limit, offset and q. Where there is no limit, or says how many.
func pageOf(query url.Values, or int) (p page, err error) {
	if p.limit, err = number(query, "limit", 1, maxPage, or); err != nil {
		return p, err
	}
	if p.offset, err = number(query, "offset", 0, maxOffset, 0); err != nil {
		return p, err
	}
	p.q, err = single(query, "q")
	return p, err
}

// has reports whether one of the texts has q in it, in upper or lower case.
func (p page) has(texts ...string) bool {
	if p.q == "" {
		return true
	}
	q := strings.ToLower(p.q)
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(strings.ToLower(text), q) })
}

// cut returns the page of what matched.
func cut[T any](p page, all []T) []T {
	from := min(p.offset, len(all))
	return all[from:min(from+p.limit, len(all))]
}
