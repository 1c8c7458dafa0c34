package config

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/gen/routrpb"
)

// format is a way of writing one value. The patterns are shared with the JSON Schema, so that an editor and the
// decoder agree.
type format struct {
	read   func(n *node, p property) (any, error)
	schema func(p property) map[string]any
}

var formats = map[string]format{
	"string":        {readText, textSchema},
	"bool":          {readBool, boolSchema},
	"enum":          {readEnum, enumSchema},
	"method":        {readMethod, enumSchema},
	"time.Duration": {readDuration, durationSchema},
	"bytes":         {readBytes, bytesSchema},
	"listen":        {readListen, addressSchema},
	"target":        {readTarget, targetSchema},
	"count":         {readCount, countSchema},
	"fraction":      {readFraction, fractionSchema},
}

var (
	durationPattern = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`)
	bytesPattern    = regexp.MustCompile(`^([0-9]+) ?(B|kB|KiB|MB|MiB|GB|GiB)$`)
	hostPattern     = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)
	portPattern     = regexp.MustCompile(`^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$`)
)

// text returns the string that a node holds; want says what was expected.
func (n *node) text(want string) (string, error) {
	switch {
	case n.kind == kindNull:
		return "", fmt.Errorf("must be %s, but has no value", want)
	case n.kind == kindNumber || n.kind == kindBool:
		return "", fmt.Errorf("must be %s, not %s; put it in quotes if it is meant", want, n.kind)
	case n.kind != kindText:
		return "", fmt.Errorf("must be %s, not %s", want, n.kind)
	case n.value == "":
		return "", fmt.Errorf("must be %s, not an empty string", want)
	}
	return n.value, nil
}

func readText(n *node, _ property) (any, error) { return n.text("a string") }

func textSchema(property) map[string]any { return map[string]any{"type": "string", "minLength": 1} }

func readBool(n *node, _ property) (any, error) {
	switch {
	case n.kind == kindBool:
		return n.value == "true", nil
	case n.kind == kindText:
		return nil, fmt.Errorf("must be true or false, not the string %s", quoted(n.value))
	}
	return nil, fmt.Errorf("must be true or false, not %s", n.kind)
}

func boolSchema(property) map[string]any { return map[string]any{"type": "boolean"} }

func readEnum(n *node, p property) (any, error) {
	words := p.words()
	want := quoted(words[0])
	if len(words) > 1 {
		want = "one of " + strings.Join(words, ", ")
	}
	word, err := n.text(want)
	switch {
	case err != nil:
		return nil, err
	case slices.Contains(words, word):
		return word, nil
	case word == "v2draft1":
		return nil, fmt.Errorf("must be %s, not %s; with it, metadata.ref became ref", want, quoted(word))
	case len(words) == 1:
		return nil, fmt.Errorf("must be %s, not %s", want, quoted(word))
	}
	return nil, fmt.Errorf("must be %s, not %s%s", want, quoted(word), DidYouMean(word, words))
}

func enumSchema(p property) map[string]any {
	if words := p.words(); len(words) > 1 {
		return map[string]any{"enum": words}
	}
	return map[string]any{"const": p.words()[0]}
}

func readMethod(n *node, p property) (any, error) {
	word, err := n.text("a SIP method")
	if err != nil {
		return nil, err
	}
	number, known := routrpb.Method_value[word]
	if !known {
		return nil, fmt.Errorf("unknown SIP method %s%s", quoted(word), DidYouMean(word, p.words()))
	}
	return routrpb.Method(number), nil
}

func readDuration(n *node, p property) (any, error) {
	if n.kind == kindNumber && durationPattern.MatchString(n.value+"s") {
		return nil, fmt.Errorf("needs a unit, such as %ss or %sms", n.value, n.value)
	}
	word, err := n.text("a duration such as 5s or 500ms")
	if err != nil {
		return nil, err
	}
	if !durationPattern.MatchString(word) {
		return nil, fmt.Errorf("%s is not a duration such as 5s or 500ms", quoted(word))
	}
	d, err := time.ParseDuration(word)
	if most, _ := time.ParseDuration(p.tag.Get("max")); err != nil || d > most {
		return nil, fmt.Errorf("must be at most %s", p.tag.Get("max"))
	}
	if d < 0 || d == 0 && p.tag.Get("min") != "0s" {
		return nil, errors.New("must be more than 0")
	}
	return d, nil
}

func durationSchema(property) map[string]any {
	return map[string]any{"type": "string", "pattern": durationPattern.String()}
}

func readBytes(n *node, p property) (any, error) {
	least, most := p.limits()
	size, ok := int64(0), false
	switch n.kind {
	case kindNumber:
		size, ok = wholeNumber(n.value)
	case kindText:
		size, ok = parseBytes(n.value)
	}
	if !ok {
		return nil, errors.New("must be a number of bytes, or a size such as 4MiB")
	}
	if size < least || size > most {
		return nil, fmt.Errorf("must be from %s to %s", p.tag.Get("min"), p.tag.Get("max"))
	}
	return size, nil
}

func (p property) limits() (least, most int64) {
	least, _ = parseBytes(p.tag.Get("min"))
	most, _ = parseBytes(p.tag.Get("max"))
	return least, most
}

// wholeNumber reads a number as written; 4e6 and 4096.0 are whole in JSON.
func wholeNumber(written string) (int64, bool) {
	if i, err := strconv.ParseInt(written, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(written, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func parseBytes(written string) (int64, bool) {
	parts := bytesPattern.FindStringSubmatch(written)
	if parts == nil {
		return 0, false
	}
	unit := map[string]int64{"B": 1, "kB": 1000, "KiB": 1 << 10, "MB": 1_000_000, "MiB": 1 << 20, "GB": 1_000_000_000,
		"GiB": 1 << 30}[parts[2]]
	count, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || count > math.MaxInt64/unit {
		return math.MaxInt64, true // beyond any limit
	}
	return count * unit, true
}

func bytesSchema(p property) map[string]any {
	least, most := p.limits()
	return map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": least, "maximum": most},
		map[string]any{"type": "string", "pattern": bytesPattern.String()},
	}}
}

// readListen takes :port for every interface, too.
func readListen(n *node, _ property) (any, error) {
	if n.kind == kindNumber {
		return nil, fmt.Errorf("must be host:port, such as 0.0.0.0:%s, not a number", n.value)
	}
	if n.kind == kindText && strings.HasPrefix(n.value, ":") && strings.Count(n.value, ":") == 1 {
		n = &node{kind: kindText, value: "0.0.0.0" + n.value}
	}
	return readHostPort(n, true)
}

func readHostPort(n *node, anyPort bool) (any, error) {
	word, err := n.text("a host:port")
	if err != nil {
		return nil, err
	}
	if strings.Contains(word, "://") {
		return nil, fmt.Errorf("must be host:port without a scheme, not %s", quoted(word))
	}
	host, port, err := net.SplitHostPort(word)
	if err != nil {
		return nil, hostPortError(word)
	}
	if !portPattern.MatchString(port) && !(anyPort && port == "0") {
		return nil, fmt.Errorf("port %s is not a number from 1 to 65535", quoted(port))
	}
	if bracketed := strings.HasPrefix(word, "["); !validHost(host, bracketed) {
		return nil, fmt.Errorf("%s is not a host name or an IP address", quoted(host))
	}
	return word, nil
}

// hostPortError says in an operator's words why the host and port can't be told apart.
func hostPortError(word string) error {
	if ip, err := netip.ParseAddr(strings.Trim(word, "[]")); err == nil && ip.Is6() {
		return fmt.Errorf("must be host:port with the IPv6 address in brackets, such as [%s]:51904", ip)
	}
	if strings.Count(word, ":") > 1 && !strings.Contains(word, "[") {
		return fmt.Errorf("must be host:port, not %s; an IPv6 address goes in brackets, such as [::1]:51904",
			quoted(word))
	}
	return fmt.Errorf("must be host:port, not %s", quoted(word))
}

func validHost(host string, bracketed bool) bool {
	ip, err := netip.ParseAddr(host)
	if bracketed {
		return err == nil && ip.Is6()
	}
	if err == nil {
		return true
	}
	// A name whose last label is a number can only be a mistyped IPv4 address (RFC 1123, section 2.1).
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	_, err = strconv.Atoi(labels[len(labels)-1])
	return err != nil && len(host) <= 253 && hostPattern.MatchString(host) && !strings.Contains(host, "..")
}

func addressSchema(p property) map[string]any {
	port := strings.Trim(portPattern.String(), "^$")
	if p.tag.Get("format") == "listen" {
		port = "(0|" + port + ")"
	}
	host := strings.Trim(hostPattern.String(), "^$")
	if p.tag.Get("format") == "listen" {
		host = "(" + host + ")?"
	}
	return map[string]any{"type": "string", "pattern": `^(` + host + `|\[[0-9A-Fa-f:.]+(%[^\]]+)?\]):` + port + `$`}
}
