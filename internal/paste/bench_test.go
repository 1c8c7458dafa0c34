package paste

import (
	"strings"
	"testing"
)

// BenchmarkCapture looks for messages in what holds none but could.
func BenchmarkCapture(b *testing.B) {
	for name, text := range map[string]string{
		"lines": strings.Repeat("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds\r\n", 20_000),
		"line":  strings.Repeat("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776asdhds, ", 20_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				capture(text)
			}
		})
	}
}
