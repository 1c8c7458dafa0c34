package bus

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBadServersAndSubjectsAreRefusedWithoutTheSecret(t *testing.T) {
	for _, o := range []struct{ url, subject, credentials string }{
		{url: "nats://user:hunter2@host:no"}, {url: "user:hunter2"}, {url: ""}, {url: "nats://h", subject: "a.*"},
		{url: "nats://h", subject: "a b"}, {url: "nats://h", subject: "a..b"},
		{url: "nats://user:hunter2@127.0.0.1:1", credentials: "/nowhere"},
	} {
		n, err := NewSink(Server{URL: o.url, Credentials: o.credentials}, o.subject)
		if err == nil {
			n.Close()
			t.Errorf("%+v is taken", o)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}
