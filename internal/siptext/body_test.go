package siptext_test

import (
	"strings"
	"testing"
)

// TestBodyIsAsItWasSent pastes bodies of the wire, whose lines end in CRLF, in the ways people do.
func TestBodyIsAsItWasSent(t *testing.T) {
	lf := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	tests := []struct{ name, length, text, want string }{
		{"as sent", "Content-Length: 10", invite("%") + "v=0\r\ns=-\r\n", "v=0\r\ns=-\r\n"},
		{"without carriage returns", "Content-Length: 10", lf(invite("%") + "v=0\r\ns=-\r\n"), "v=0\r\ns=-\r\n"},
		{"without the last line end", "Content-Length: 10", lf(invite("%") + "v=0\r\ns=-"), "v=0\r\ns=-"},
		{"with one more line end", "Content-Length: 5", invite("%") + "Hello\r\n", "Hello"},
		{"one line, without carriage returns", "Content-Length: 5", lf(invite("%")) + "Hello\n", "Hello"},
		{"sent with bare line feeds", "Content-Length: 3", lf(invite("%")) + "a\nb", "a\nb"},
		{"sent with bare line feeds, and one more", "Content-Length: 3", lf(invite("%")) + "a\nb\n", "a\nb"},
		{"bare line feeds behind proper header lines", "Content-Length: 3", invite("%") + "a\nb", "a\nb"},
		{"another message behind", "Content-Length: 5", invite("%") + "Hello" + invite("X: y"), "Hello"},
		{"shorter than its length", "Content-Length: 500", invite("%") + "Hello", "Hello"},
		{"length 0", "Content-Length: 0", invite("%") + "Hello", ""},
		{"no length", "X: y", invite("%") + "v=0\r\ns=-\r\n", "v=0\r\ns=-\r\n"},
		{"no length and no carriage returns", "X: y", lf(invite("%") + "v=0\r\ns=-\r\n"), "v=0\r\ns=-\r\n"},
		{"length in bytes, not characters", "l: 5", invite("%") + "Grüßen", "Grü" + "\uFFFD"},
		{"white space in the empty line", "l: 5", strings.TrimSuffix(invite("%"), "\r\n") + " \t\r\nHello", "Hello"},
		{"empty lines in it", "l: 4", invite("%") + "\r\n\r\n", "\r\n\r\n"},
		{"no empty line", "l: 0", strings.TrimSuffix(invite("%"), "\r\n\r\n"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := mustParse(t, strings.Replace(tt.text, "%", tt.length, 1))
			if got := req.GetMessage().GetBody(); got != tt.want {
				t.Errorf("body is %q, want %q", got, tt.want)
			}
		})
	}
}
