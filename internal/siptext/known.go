package siptext

import "strings"

// header is one that the stack knows.
type header struct {
	name string // in its usual form
	list bool   // it may be there more than once; else the first one counts
	// whole tells headers whose value the EdgePort takes as it is. It cuts that of others at the next "Name:" in it.
	whole bool
	read  func(*lexer, *entries) // an extension's entries
	own   func(*lexer, *message) // a field of its own
	vital bool                   // over UDP a message that has a bad one is refused
}

// entries are what an extension header makes of a line.
type entries struct{ list []entry }

// entry is one extension.
type entry struct {
	value string
	at    place
	fails string // why the EdgePort's converter fails on it; mostly empty
}

// add appends an entry, which ends where the lexer is.
func (e *entries) add(l *lexer, from int, value string) {
	to := min(l.pos, len(l.buf))
	for to > from && l.buf[to-1] <= ' ' {
		to--
	}
	e.list = append(e.list, entry{value: value, at: place{min(from, to), to}})
}

// known holds the headers that the stack knows, by their names in lower case, the compact ones among them.
var known = table(
	header{name: "From", own: (*lexer).from, vital: true},
	header{name: "To", own: (*lexer).to, vital: true},
	header{name: "Call-ID", own: (*lexer).callID, vital: true},
	header{name: "Via", own: (*lexer).viaField, vital: true},
	header{name: "Content-Length", own: (*lexer).contentLength, vital: true},
	header{name: "Contact", own: (*lexer).contact},
	header{name: "Route", own: (*lexer).route},
	header{name: "Record-Route", own: (*lexer).recordRoute},
	header{name: "Max-Forwards", own: (*lexer).maxForwards},
	header{name: "Expires", own: (*lexer).expires},
	header{name: "Authorization", own: (*lexer).authorization},
	header{name: "WWW-Authenticate", own: (*lexer).wwwAuthenticate},

	header{name: "CSeq", read: readCSeq, vital: true},
	header{name: "Accept", list: true, read: readAccept},
	header{name: "Accept-Encoding", list: true, read: readAcceptEncoding},
	header{name: "Accept-Language", list: true, read: readAcceptLanguage},
	header{name: "Alert-Info", list: true, read: readAlertInfo},
	header{name: "Allow", list: true, read: readAllow},
	header{name: "Allow-Events", list: true, read: readAllowEvents},
	header{name: "Authentication-Info", read: readAuthenticationInfo},
	header{name: "Call-Info", list: true, read: readInfo},
	header{name: "Content-Disposition", read: readDisposition},
	header{name: "Content-Encoding", list: true, read: readTokens(',')},
	header{name: "Content-Language", list: true, read: readLanguages},
	header{name: "Content-Type", read: readContentType},
	header{name: "Date", read: readDate},
	header{name: "Error-Info", list: true, read: readInfo},
	header{name: "Event", read: readEvent},
	header{name: "In-Reply-To", list: true, read: readInReplyTo},
	header{name: "Join", whole: true, read: readDialog},
	header{name: "MIME-Version", read: readMIMEVersion},
	header{name: "Min-Expires", read: readMinExpires},
	header{name: "Min-SE", whole: true, read: readSeconds},
	header{name: "Organization", read: readText},
	header{name: "P-Access-Network-Info", whole: true, read: readAccessNetwork},
	header{name: "P-Asserted-Identity", list: true, whole: true, read: readAssertedIdentity},
	header{name: "P-Asserted-Service", whole: true, read: readService(false)},
	header{name: "P-Associated-URI", list: true, whole: true, read: readAddresses},
	header{name: "P-Called-Party-ID", whole: true, read: readParty},
	header{name: "P-Charging-Function-Addresses", whole: true, read: readChargingAddresses},
	header{name: "P-Charging-Vector", whole: true, read: readChargingVector},
	header{name: "P-Media-Authorization", list: true, whole: true, read: readMediaAuthorization},
	header{name: "P-Preferred-Identity", whole: true, read: readIdentity},
	header{name: "P-Preferred-Service", whole: true, read: readService(true)},
	header{name: "P-Profile-Key", whole: true, read: readParty},
	header{name: "P-Served-User", whole: true, read: readServedUser},
	header{name: "P-User-Database", whole: true, read: readDatabase},
	header{name: "P-Visited-Network-ID", list: true, whole: true, read: readNetworks},
	header{name: "Path", list: true, whole: true, read: readRoutes},
	header{name: "Priority", read: readPriority},
	header{name: "Privacy", list: true, whole: true, read: readTokens(';')},
	header{name: "Proxy-Authenticate", list: true, read: readCredentials},
	header{name: "Proxy-Authorization", list: true, read: readCredentials},
	header{name: "Proxy-Require", list: true, read: readTokens(',')},
	header{name: "RAck", read: readRAck},
	header{name: "RSeq", read: readRSeq},
	header{name: "Reason", list: true, read: readReason},
	header{name: "Refer-To", read: readPartyLine},
	header{name: "References", whole: true, read: readReferences},
	header{name: "Referred-By", whole: true, read: readPartyLine},
	header{name: "Replaces", whole: true, read: readDialog},
	header{name: "Reply-To", read: readParty},
	header{name: "Require", list: true, read: readTokens(',')},
	header{name: "Retry-After", read: readRetryAfter},
	header{name: "SIP-ETag", whole: true, read: readETag},
	header{name: "SIP-If-Match", whole: true, read: readETag},
	header{name: "Security-Client", list: true, whole: true, read: readSecurity},
	header{name: "Security-Server", list: true, whole: true, read: readSecurity},
	header{name: "Security-Verify", list: true, whole: true, read: readSecurity},
	header{name: "Server", read: readServer},
	header{name: "Service-Route", list: true, whole: true, read: readRoutes},
	header{name: "Session-Expires", whole: true, read: readSeconds},
	header{name: "Subject", read: readText},
	header{name: "Subscription-State", read: readSubscription},
	header{name: "Supported", list: true, read: readSupported},
	header{name: "Timestamp", read: readTimestamp},
	header{name: "Unsupported", list: true, read: readTokens(',')},
	header{name: "User-Agent", read: readUserAgent},
	header{name: "Warning", list: true, read: readWarnings},
)

// compact holds the compact names (RFC 3261, section 7.3.3 and others) that the stack knows. It also has b for
// Referred-By, and drops what comes under that name.
var compact = map[string]string{
	"t": "to", "f": "from", "v": "via", "m": "contact", "c": "content-type", "l": "content-length", "i": "call-id",
	"k": "supported", "s": "subject", "o": "event", "e": "content-encoding", "u": "allow-events", "r": "refer-to",
	"x": "session-expires",
}

func table(all ...header) map[string]*header {
	t := make(map[string]*header, len(all)+len(compact)+1)
	for i := range all {
		t[strings.ToLower(all[i].name)] = &all[i]
	}
	for short, name := range compact {
		h := *t[name]
		h.vital = false // the stack takes a bad one for any header's
		t[short] = &h
	}
	t["b"] = &header{name: "Referred-By", own: func(l *lexer, _ *message) {
		l.failf("the EdgePort drops b, the short form of Referred-By")
	}}
	return t
}
