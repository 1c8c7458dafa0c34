package frames

import (
	"strconv"
	"strings"
)

// checkRequest reports whether a request's header list is one (RFC 9113 section 8.3.1), and how long it says that its
// body is; -1: it doesn't.
func checkRequest(head []Field) (length int64, valid bool) {
	var method, scheme, path, authority, protocol string
	seen, n := 0, 0
	for _, f := range head {
		if !strings.HasPrefix(f.Name, ":") {
			break
		}
		n++
		var to *string
		bit := 0
		switch f.Name {
		case ":method":
			to, bit = &method, 1
		case ":scheme":
			to, bit = &scheme, 2
		case ":path":
			to, bit = &path, 4
		case ":authority":
			to, bit = &authority, 8
		case ":protocol":
			to, bit = &protocol, 16
		}
		if to == nil || seen&bit != 0 || !validValue(f.Value) {
			return -1, false
		}
		seen |= bit
		*to = f.Value
	}
	length, valid = checkFields(head[n:])
	switch {
	case !valid || method == "" || protocol != "": // extended CONNECT isn't announced
		return length, false
	case method == "CONNECT":
		return length, seen&(2|4) == 0 && authority != ""
	}
	return length, scheme != "" && path != ""
}

// checkResponse is checkRequest for a response (RFC 9113 section 8.3.2). How long its body is doesn't matter: gRPC's
// messages say that themselves, and grpc-go's clients, which lanes are to be like, believe those.
func checkResponse(head []Field) (interim, valid bool) {
	if len(head) == 0 || head[0].Name != ":status" || len(head[0].Value) != 3 {
		return false, false
	}
	status, err := strconv.Atoi(head[0].Value)
	if err != nil || status < 100 {
		return false, false
	}
	_, valid = checkFields(head[1:])
	return status < 200, valid && status != 101
}

// checkTrailers reports whether a header list may be trailers (RFC 9113 section 8.1).
func checkTrailers(head []Field) bool {
	_, valid := checkFields(head)
	return valid
}

// checkFields reports whether fields are allowed (RFC 9113 sections 8.2 and 8.2.2).
func checkFields(fields []Field) (length int64, valid bool) {
	length = -1
	for _, f := range fields {
		if !validName(f.Name) || !validValue(f.Value) {
			return -1, false
		}
		switch f.Name {
		case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
			return -1, false
		case "te":
			if f.Value != "trailers" {
				return -1, false
			}
		case "content-length":
			n, err := strconv.ParseUint(f.Value, 10, 63)
			if err != nil || length >= 0 && length != int64(n) {
				return -1, false
			}
			length = int64(n)
		}
	}
	return length, true
}

// tokens are the characters of a field's name: RFC 9110 section 5.6.2, in lower case.
var tokens = func() (t [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz" {
		t[c] = true
	}
	return t
}()

func validName(name string) bool {
	for i := range len(name) {
		if !tokens[name[i]] {
			return false
		}
	}
	return name != ""
}

func validValue(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
