package app

import "testing"

func TestATokenIsWhatAHeaderCarries(t *testing.T) {
	for text, want := range map[string]string{
		"abc": "abc", "abc\n": "abc", " abc\r\n": "abc", "\ufeffabc": "\ufeffabc", "a c": "a c",
		"": "", " \n": "", "abc\ndef": "", "a\x00c": "", "a\tc": "", "a\x7fc": "",
	} {
		if got, err := Token(text); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
