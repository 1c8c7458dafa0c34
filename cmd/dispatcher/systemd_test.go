package main

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/fonoster/routr-dispatcher/internal/config"
)

// socket is one that somebody opened, under a name as systemd gives it.
func socket(t *testing.T, name string) (*os.File, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), name), listener.Addr().String()
}

func TestSocketsStandForDoorsByTheirNames(t *testing.T) {
	wire, wireAddr := socket(t, "routr-dispatcher.socket")
	side, sideAddr := socket(t, "admin")
	open, err := byName([]*os.File{side, wire})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(open)
	got := [2]string{open.Wire.Addr().String(), open.Side.Addr().String()}
	if want := [2]string{wireAddr, sideAddr}; got != want {
		t.Errorf("the wire's door and the side door are %v, want %v", got, want)
	}
}

func TestSocketsThatNobodyCanUseAreRefused(t *testing.T) {
	one, first := socket(t, "a")
	two, second := socket(t, "b")
	pipe, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	open, err := byName([]*os.File{one, two, pipe})
	defer closeAll(open)
	if err == nil {
		t.Fatal("they are taken")
	}
	for _, want := range []string{"systemd passed " + first + " and " + second + " for one door",
		"FileDescriptorName=admin", "listen on the socket \"|0\""} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error doesn't say %q:\n%v", want, err)
		}
	}
}

func TestASideSocketNeedsASideDoor(t *testing.T) {
	side, addr := socket(t, "admin")
	open, err := byName([]*os.File{side})
	if err != nil {
		t.Fatal(err)
	}
	err = fitting(open, &config.Config{})
	closeAll(open)
	want := "systemd passed the socket " + addr + ` named "admin" for the side door, and spec.admin.bindAddr isn't set`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}
