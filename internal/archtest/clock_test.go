package archtest

import (
	"go/ast"
	"testing"
)

// wall are files that tell people, or certificates, the time of day.
var wall = map[string]bool{
	"internal/telemetry/metrics.go": true, "internal/decision/log.go": true, "internal/peertest/certificate.go": true,
}

// TestTimeOutsDontGoByTheWallClock finds times that are kept as a number of Unix time: what is reckoned from those goes
// wrong when somebody sets the clock.
func TestTimeOutsDontGoByTheWallClock(t *testing.T) {
	eachFile(t, func(t *testing.T, name string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && !wall[name] {
				switch s.Sel.Name {
				case "UnixNano", "UnixMicro", "UnixMilli":
					t.Errorf("%s asks for Unix time: see package monotonic", name)
				}
			}
			return true
		})
	})
}
