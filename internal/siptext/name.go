package siptext

import "strings"

// usualNames holds the header names that a SIP stack knows, by their lower-case form, and the
// compact forms of the IANA registry. Rules compare names with ===, and an EdgePort's stack writes
// those it knows in this form, however they were sent.
var usualNames = func() map[string]string {
	m := map[string]string{
		"a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
		"e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
		"l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
		"s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires", "y": "Identity",
	}
	for _, name := range strings.Fields(`
		Accept Accept-Contact Accept-Encoding Accept-Language Alert-Info Allow Allow-Events
		Authentication-Info Authorization CSeq Call-ID Call-Info Contact Content-Disposition
		Content-Encoding Content-Language Content-Length Content-Type Date Error-Info Event Expires
		From Identity Identity-Info In-Reply-To Join MIME-Version Max-Forwards Min-Expires Min-SE
		Organization P-Access-Network-Info P-Asserted-Identity P-Asserted-Service P-Associated-URI
		P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector P-Media-Authorization
		P-Preferred-Identity P-Preferred-Service P-Profile-Key P-Served-User P-User-Database
		P-Visited-Network-ID Path Priority Privacy Proxy-Authenticate Proxy-Authorization
		Proxy-Require RAck RSeq Reason Record-Route Refer-To References Referred-By Reject-Contact
		Replaces Reply-To Request-Disposition Require Retry-After Route SIP-ETag SIP-If-Match
		Security-Client Security-Server Security-Verify Server Service-Route Session-Expires Subject
		Subscription-State Supported Timestamp To Unsupported User-Agent Via WWW-Authenticate Warning`) {
		m[strings.ToLower(name)] = name
	}
	return m
}()

// usualName returns the form of a header name that an EdgePort gives it.
func usualName(name string) string {
	if usual, ok := usualNames[strings.ToLower(name)]; ok {
		return usual
	}
	return name
}

// isToken says whether s is a token of RFC 3261, section 25.1.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			continue
		}
		if strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return s != ""
}
