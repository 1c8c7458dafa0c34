//go:build image

// Package image makes the image without a Docker engine, unpacks it, and runs the program as the image does: alone in
// its root, as nobody, with the Dockerfile's environment, command and healthcheck.
package image

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/fonoster/routr-dispatcher/internal/peertest"
)

const nobody = 65534

// made is the image as an OCI image layout, which is made once.
var made string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "image-")
	if err != nil {
		panic(err)
	}
	made = filepath.Join(dir, "image")
	if _, err := build(context.Background(), "../..", made, "linux/amd64,linux/arm64"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // it is in a temporary folder
	os.Exit(code)
}

// dockerfile returns what an instruction of the last stage says.
func dockerfile(t *testing.T, instruction string) string {
	t.Helper()
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, last, found := strings.Cut(string(text), "FROM scratch")
	said := regexp.MustCompile(`(?m)^` + instruction + ` (.*)$`).FindStringSubmatch(last)
	if !found || said == nil {
		t.Fatalf("the Dockerfile's last stage has no %s", instruction)
	}
	return said[1]
}

// command is one that the Dockerfile gives as a list of words.
func command(t *testing.T, said string) (words []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(said[strings.Index(said, "["):]), &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// root is what the image holds, and what is mounted into it.
type root struct {
	t   *testing.T
	dir string
	env []string
}

func newRoot(t *testing.T, env ...string) *root {
	t.Helper()
	r := &root{t: t, dir: t.TempDir(), env: append([]string{dockerfile(t, "ENV")}, env...)}
	_, layer, err := of(made, runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if err := unpack(layer, r.dir); err != nil {
		t.Fatal(err)
	}
	for dir := r.dir; strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) { // nobody has to get there
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := dockerfile(t, "USER"), fmt.Sprintf("%d:%d", nobody, nobody); got != want {
		t.Errorf("USER is %s, want %s", got, want)
	}
	return r
}

// mount puts a file into the root that nobody can read.
func (r *root) mount(path string, data []byte) {
	r.t.Helper()
	path = filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		r.t.Fatal(err)
	}
}

// command is one in the root. Where the test isn't root, a user namespace makes it so that it may change its root.
func (r *root) command(words ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(r.t.Context()), words[0], words[1:]...)
	cmd.Path, cmd.Err = words[0], nil // of the root
	cmd.Dir, cmd.Env = "/", r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: r.dir}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		return cmd
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Geteuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getegid(), Size: 1}}
	return cmd
}

// run runs a command to its end.
func (r *root) run(words ...string) (said string, code int) {
	r.t.Helper()
	out, err := r.command(words...).CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !asExit(err, &exit) {
		r.t.Fatalf("%v: %v", words, err)
	} else if err != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

func asExit(err error, into **exec.ExitError) bool {
	exit, ok := err.(*exec.ExitError)
	*into = exit
	return ok
}

// serve starts the image's command and returns the address that it listens on.
func (r *root) serve() (addr string) {
	r.t.Helper()
	cmd := r.command(command(r.t, dockerfile(r.t, "ENTRYPOINT"))...)
	log, err := cmd.StderrPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	var said bytes.Buffer
	lines := bufio.NewScanner(io.TeeReader(log, &said))
	for addr == "" && lines.Scan() {
		var line struct{ Msg, Addr string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "routing messages" {
			addr = line.Addr
		}
	}
	if addr == "" {
		r.t.Fatalf("it ended without listening: %v\n%s", cmd.Wait(), &said)
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, log) // until it ends
	}()
	r.t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			r.t.Error(err)
		}
		<-drained
		if err := cmd.Wait(); err != nil {
			r.t.Errorf("it stopped with %v", err)
		}
	})
	return addr
}

// configuration has one processor, which a rule on local time chooses.
func configuration(backend, more string) []byte {
	return fmt.Appendf(nil, `kind: MessageDispatcher
apiVersion: v2beta1
ref: image
spec:
  bindAddr: 127.0.0.1:0
%s
  processors:
    - ref: madrid
      addr: %q
      tls: {}
      methods: [MESSAGE]
      matchFunc: req => new Date(0).getHours() === 1
`, more, backend)
}

// TestARuleOnLocalTimeAndATLSBackend sends a message through: the rule needs zone data, the call the authorities.
func TestARuleOnLocalTimeAndATLSBackend(t *testing.T) {
	certs := t.TempDir()
	peertest.Certificate(t, certs, "backend")
	creds, err := credentials.NewServerTLSFromFile(filepath.Join(certs, "backend.crt"),
		filepath.Join(certs, "backend.key"))
	if err != nil {
		t.Fatal(err)
	}
	backend := peertest.StartWith(t, peertest.Listen(t), peertest.Echo(), grpc.Creds(creds))
	bundle, err := os.ReadFile(filepath.Join(certs, "backend.crt"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, "TZ=Europe/Madrid", "SSL_CERT_FILE=/bundle.pem")
	r.mount("/bundle.pem", bundle)
	r.mount("/etc/routr/dispatcher.yaml", configuration(backend.Addr,
		"  decisions: {file: {path: /var/log/routr/decisions.jsonl}}"))
	addr := r.serve()
	const message = `{"ref":"1","method":"MESSAGE","message":{"requestUri":{"user":"bob","host":"sip.local"}}}`
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		"http://"+addr+"/fonoster.routr.processor.v2beta1.Processor/ProcessMessage", strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(answer), "sip.local") {
		t.Errorf("%s: %s, %v", resp.Status, answer, err)
	}
	info, err := os.Stat(filepath.Join(r.dir, "var/log/routr/decisions.jsonl"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the decision file: %v, %v", info, err)
	}
}

func TestTheHealthcheckAsksWhatTheImageServes(t *testing.T) {
	healthcheck := command(t, dockerfile(t, "HEALTHCHECK"))
	backend := peertest.Start(t, peertest.Echo())
	for name, tls := range map[string]string{
		"clear text": "", "TLS": "  tls: {cert: tls.crt, key: tls.key}",
		"mutual TLS": "  tls: {cert: tls.crt, key: tls.key, clientCA: clients.crt}",
	} {
		t.Run(name, func(t *testing.T) {
			certs := t.TempDir()
			peertest.Certificate(t, certs, "tls")
			peertest.Certificate(t, certs, "clients")
			r := newRoot(t)
			for _, file := range []string{"tls.crt", "tls.key", "clients.crt"} {
				data, err := os.ReadFile(filepath.Join(certs, file))
				if err != nil {
					t.Fatal(err)
				}
				r.mount("/etc/routr/"+file, data)
			}
			free := peertest.FreeAddr(t)
			text := strings.Replace(string(configuration(backend.Addr, tls)), "127.0.0.1:0", free, 1)
			r.mount("/etc/routr/dispatcher.yaml", []byte(strings.Replace(text, "      tls: {}\n", "", 1)))
			if said, code := r.run(healthcheck...); code != 1 {
				t.Errorf("before it runs: exit code %d: %s", code, said)
			}
			r.serve()
			ready := false
			for end := time.Now().Add(time.Minute); !ready && time.Now().Before(end); { // it connects to its processor
				said, code := r.run(healthcheck...)
				if ready = code == 0; !ready && code != 1 {
					t.Fatalf("exit code %d: %s", code, said)
				}
			}
			if !ready {
				t.Error("it is never ready")
			}
		})
	}
}

func TestAForgottenMountIsNoDemo(t *testing.T) {
	r := newRoot(t)
	entrypoint := command(t, dockerfile(t, "ENTRYPOINT"))
	if said, code := r.run(entrypoint...); code != 2 ||
		!strings.Contains(said, "mount one at /etc/routr/dispatcher.yaml") {
		t.Errorf("exit code %d: %s", code, said)
	}
	r.mount("/etc/routr/dispatcher.yaml", nil)
	if err := os.Chmod(filepath.Join(r.dir, "etc/routr/dispatcher.yaml"), fs.FileMode(0)); err != nil {
		t.Fatal(err)
	}
	if said, code := r.run(entrypoint...); code != 2 || !strings.Contains(said, "permission denied") {
		t.Errorf("a file that nobody can read: exit code %d: %s", code, said)
	}
}
