package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

func readCount(n *node, p property) (any, error) {
	least, most := p.counts()
	written, ok := int64(0), false
	if n.kind == kindNumber || n.kind == kindText && n.at.line == 0 { // a default's
		written, ok = wholeNumber(n.value)
	}
	if !ok {
		return nil, errors.New("must be a whole number")
	}
	if written < least || written > most {
		return nil, fmt.Errorf("must be from %d to %d", least, most)
	}
	return written, nil
}

func (p property) counts() (least, most int64) {
	least, _ = wholeNumber(p.tag.Get("min"))
	most, _ = wholeNumber(p.tag.Get("max"))
	return least, most
}

func countSchema(p property) map[string]any {
	least, most := p.counts()
	return map[string]any{"type": "integer", "minimum": least, "maximum": most}
}

func readFraction(n *node, _ property) (any, error) {
	const want = "must be a number from 0 to 1, such as 0.2"
	if n.kind != kindNumber {
		return nil, errors.New(want)
	}
	v, err := strconv.ParseFloat(n.value, 64)
	if err != nil || !(v >= 0 && v <= 1) {
		return nil, errors.New(want)
	}
	return v, nil
}

func fractionSchema(property) map[string]any {
	return map[string]any{"type": "number", "minimum": 0, "maximum": 1}
}

// dnsScheme begins an address that stands for every address behind a name, as in gRPC.
const dnsScheme = "dns:///"

// readTarget reads where instances listen.
func readTarget(n *node, _ property) (any, error) {
	word, err := n.text("a host:port")
	if err != nil {
		return nil, err
	}
	rest, dns := strings.CutPrefix(word, dnsScheme)
	inner := *n
	inner.value = rest
	if _, err := readHostPort(&inner, false); err != nil {
		if dns {
			return nil, fmt.Errorf("behind %s: %w", dnsScheme, err)
		}
		return nil, err
	}
	return word, nil
}

func targetSchema(p property) map[string]any {
	schema := addressSchema(p)
	schema["pattern"] = "^(" + dnsScheme + ")?" + strings.TrimPrefix(schema["pattern"].(string), "^")
	return schema
}
