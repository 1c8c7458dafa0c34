package server

import (
	"net/http"
	"strconv"
	"strings"
)

// TakesGzip reports whether a caller takes gzip (RFC 9110, section 12.5.3): it names it, or anything, with a weight
// above 0.
func TakesGzip(h http.Header) bool {
	anything := false
	for part := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		switch coding = strings.TrimSpace(coding); {
		case strings.EqualFold(coding, "gzip"), strings.EqualFold(coding, "x-gzip"):
			return wanted(parameters)
		case coding == "*":
			anything = wanted(parameters)
		}
	}
	return anything
}

// wanted reports whether the weight among the parameters of a coding isn't 0.
func wanted(parameters string) bool {
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err == nil && weight > 0
		}
	}
	return true
}
