package zone

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as in the program
)

func TestWhatCantBeLoadedIsAnError(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("Europe/Madrid"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{"", ":", "UTC", ":UTC", "Europe/Madrid", ":America/New_York", "EST5EDT",
		"Etc/GMT+3"} {
		if err := Check(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"Europe/Madird", "europe/nowhere", "EST5EDT,M3.2.0,M11.1.0", "<+02>-2", "Local", "../etc/passwd", text, dir,
		"/nowhere", "/dev/zero", "a\x1b[2J",
	} {
		err := Check(bad)
		if err == nil || !strings.HasPrefix(err.Error(), "TZ is ") || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTheRunningZoneHasAName(t *testing.T) {
	for tz, want := range map[string]string{"Europe/Madrid": "Europe/Madrid", ":Asia/Tokyo": "Asia/Tokyo", "": "UTC",
		"UTC": "UTC"} {
		t.Setenv("TZ", tz)
		if got := Name(); got != want {
			t.Errorf("TZ=%s: %s", tz, got)
		}
	}
	if err := os.Unsetenv("TZ"); err != nil {
		t.Fatal(err)
	}
	if got := Name(); got == "" {
		t.Error("none without TZ")
	}
	if got := Offset(time.Now()); len(got) != len("+00:00") {
		t.Errorf("the offset is %q", got)
	}
}
