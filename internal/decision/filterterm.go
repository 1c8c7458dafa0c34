package decision

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fonoster/routr-dispatcher/internal/message"
	"github.com/fonoster/routr-dispatcher/internal/status"
)

// What the values of a filter's terms are read by.

func textOf(text string) (string, error) { return text, nil }

func codeOf(text string) (status.Code, error) {
	if c, ok := status.ParseCode(text); ok {
		return c, nil
	}
	return 0, fmt.Errorf("no gRPC status is called %.64q; NOT_FOUND is one", text)
}

func methodOf(text string) (message.Method, error) {
	n, err := numberOf(message.RequestSchema.Field("method"), text)
	if err != nil {
		return 0, fmt.Errorf("no SIP method is called %.64q; INVITE is one", text)
	}
	return message.Method(n), nil
}

func responseTypeOf(text string) (message.ResponseType, error) {
	n, err := numberOf(message.RequestSchema.Field("message").Type.Field("responseType"), text)
	if err != nil {
		return 0, fmt.Errorf("no SIP response is called %.64q; BUSY_HERE is one", text)
	}
	return message.ResponseType(n), nil
}

// numberOf reads the name of an enum's value in any case, or a number that it has no name for.
func numberOf(f *message.Field, text string) (int32, error) {
	for n, name := range f.Names {
		if strings.EqualFold(name, text) {
			return n, nil
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err // of 32 bits
}

func kindOf(text string) (string, error) {
	if text != "request" && text != "response" {
		return "", fmt.Errorf("it is request or response, not %.64q", text)
	}
	return text, nil
}

func processorOf(text string) (string, error) {
	if text == "-" {
		return "", nil
	}
	return text, nil
}

func epochOf(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("an epoch is a number, not %.64q", text)
	}
	return n, nil
}

func boolOf(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("it is true or false, not %.64q", text)
	}
	return text == "true", nil
}

func durationOf(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("it is a duration such as 50ms, not %.64q", text)
	}
	return d, nil
}

func timeOf(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("it is a time such as 2026-01-31T12:00:00Z, not %.64q; a + in it is written %%2B", text)
	}
	return t, nil
}
