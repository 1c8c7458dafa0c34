package bus

import (
	"bytes"
	"testing"
)

func TestOnlyTheTokenOpens(t *testing.T) {
	token := "one"
	s := sealer{token: func() string { return token }, salt: "fleet"}
	sealed, err := s.seal("announce", []byte("text"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := s.open("announce", sealed); err != nil || string(text) != "text" {
		t.Errorf("%q: %v", text, err)
	}
	if bytes.Contains(sealed, []byte("text")) {
		t.Error("it isn't sealed")
	}
	cut := sealed[:len(sealed)-1]
	changed := append(bytes.Clone(cut), sealed[len(cut)]^1)
	for name, one := range map[string][]byte{"nothing": nil, "cut": cut, "changed": changed, "short": sealed[:5]} {
		if text, err := s.open("announce", one); err == nil {
			t.Errorf("%s: %q", name, text)
		}
	}
	if _, err := s.open("ask", sealed); err == nil {
		t.Error("it opens for something else")
	}
	other := sealer{token: s.token, salt: "another fleet"}
	if _, err := other.open("announce", sealed); err == nil {
		t.Error("it opens in another fleet")
	}
	for _, token = range []string{"two", ""} {
		if _, err := s.open("announce", sealed); err == nil {
			t.Errorf("it opens with %q", token)
		}
	}
	if _, err := s.seal("announce", nil); err == nil {
		t.Error("without a token, something is said")
	}
}

func TestTheHeadOfAPartIsReadAsItWasWritten(t *testing.T) {
	want := head{Part: 3, Parts: 4, Status: 200, JSON: true}
	got, rest, ok := readHead(append(want.append(nil), "rest"...))
	if got != want || string(rest) != "rest" || !ok {
		t.Errorf("%+v %q %v", got, rest, ok)
	}
	for _, bad := range []head{{Part: 4, Parts: 4}, {}, {Parts: maxReply/replyPart + 1}} {
		if _, _, ok := readHead(bad.append(nil)); ok {
			t.Errorf("%+v is taken", bad)
		}
	}
	if _, _, ok := readHead([]byte("short")); ok {
		t.Error("a part without a head is taken")
	}
}
