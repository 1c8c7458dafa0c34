//go:build image

package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// descriptor is one of an OCI image layout: it names a blob.
type descriptor struct {
	Digest   string
	Platform struct{ OS, Architecture string }
}

// ociConfig is what an image says of how it runs.
type ociConfig struct {
	OS, Architecture string
	Config           struct {
		Entrypoint, Env []string
		User            string
		ExposedPorts    map[string]struct{}
		Healthcheck     struct {
			Test                           []string
			Interval, Timeout, StartPeriod time.Duration
		}
	}
}

// releaseGo is the version of Go that what is released is built with.
func releaseGo(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, ".ci/go-version"))
	return "go" + strings.TrimSpace(string(text)), err
}

// build makes an OCI image layout of the repository at root, and returns what its digest is.
func build(ctx context.Context, root, out, platforms string) (digest string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "run", ".", "-root", root, "-out", out, "-platforms", platforms)
	cmd.Dir = "../../.ci/image"
	version, err := releaseGo(root)
	if err != nil {
		return "", err
	}
	cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+version)
	var errs strings.Builder
	cmd.Stderr = &errs
	said, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("make the image: %w\n%s", err, &errs)
	}
	return strings.TrimSpace(string(said)), nil
}

// blob reads one of a layout into v.
func blob(layout, digest string, v any) error {
	data, err := os.ReadFile(blobPath(layout, digest))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func blobPath(layout, digest string) string {
	return filepath.Join(layout, "blobs", strings.Replace(digest, ":", "/", 1))
}

// of is the image of a platform, and the path of its only layer.
func of(layout, arch string) (config ociConfig, layer string, err error) {
	var index struct{ Manifests []descriptor }
	data, err := os.ReadFile(filepath.Join(layout, "index.json"))
	if err != nil {
		return config, "", err
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return config, "", err
	}
	for _, m := range index.Manifests {
		if m.Platform.OS != "linux" || m.Platform.Architecture != arch {
			continue
		}
		var manifest struct {
			Config descriptor
			Layers []descriptor
		}
		if err := blob(layout, m.Digest, &manifest); err != nil {
			return config, "", err
		}
		if len(manifest.Layers) != 1 {
			return config, "", fmt.Errorf("the image of %s has %d layers", arch, len(manifest.Layers))
		}
		return config, blobPath(layout, manifest.Layers[0].Digest), blob(layout, manifest.Config.Digest, &config)
	}
	return config, "", fmt.Errorf("there is no image of linux/%s", arch)
}

// unpack puts a layer's files into a folder, with their modes, and their owners where the test may give files away.
func unpack(layer, dir string) error {
	f, err := os.Open(layer)
	if err != nil {
		return err
	}
	defer f.Close()
	inflated, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	for files := tar.NewReader(inflated); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = put(filepath.Join(dir, h.Name), h, files)
		}
		if err != nil {
			return err
		}
	}
}

func put(path string, h *tar.Header, from io.Reader) error {
	if h.Typeflag == tar.TypeDir {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	} else {
		data, err := io.ReadAll(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, data, h.FileInfo().Mode()); err != nil {
			return err
		}
	}
	if os.Geteuid() == 0 {
		return os.Chown(path, h.Uid, h.Gid)
	}
	return nil
}

// The Dockerfile and the program that makes the image without an engine describe the same.
func TestTheImageIsWhatTheDockerfileSays(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		config, layer, err := of(made, arch)
		if err != nil {
			t.Fatal(err)
		}
		got := config.Config
		if config.Architecture != arch {
			t.Errorf("the image of %s says %s", arch, config.Architecture)
		}
		if want := command(t, dockerfile(t, "ENTRYPOINT")); !reflect.DeepEqual(got.Entrypoint, want) {
			t.Errorf("its command is %v, want %v", got.Entrypoint, want)
		}
		if want := []string{dockerfile(t, "ENV")}; !reflect.DeepEqual(got.Env, want) {
			t.Errorf("its environment is %v, want %v", got.Env, want)
		}
		if want := dockerfile(t, "USER"); got.User != want {
			t.Errorf("its user is %s, want %s", got.User, want)
		}
		if _, exposed := got.ExposedPorts[dockerfile(t, "EXPOSE")+"/tcp"]; !exposed || len(got.ExposedPorts) != 1 {
			t.Errorf("its ports are %v", got.ExposedPorts)
		}
		check := got.Healthcheck
		said := fmt.Sprintf("--interval=%s --timeout=%s --start-period=%s CMD [%q, %q]",
			check.Interval, check.Timeout, check.StartPeriod, check.Test[1], check.Test[2])
		if want := dockerfile(t, "HEALTHCHECK"); said != want || check.Test[0] != "CMD" {
			t.Errorf("its healthcheck is %s, want %s", said, want)
		}
		dir := t.TempDir()
		if err := unpack(layer, dir); err != nil {
			t.Fatal(err)
		}
		builtWithReleaseGo(t, filepath.Join(dir, "dispatcher"))
		for _, want := range []string{
			"dispatcher", "var/log/routr", "licenses/LICENSE", "licenses/NOTICE", "licenses/go-LICENSE",
			"licenses/console-LICENSES",
			"licenses/google.golang.org/grpc/LICENSE", "licenses/github.com/dop251/goja/LICENSE",
		} {
			if _, err := os.Stat(filepath.Join(dir, want)); err != nil {
				t.Error(err)
			}
		}
	}
}

func builtWithReleaseGo(t *testing.T, program string) {
	t.Helper()
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := releaseGo("../.."); err != nil || info.GoVersion != want {
		t.Errorf("%s is built with %s, want %s, %v", program, info.GoVersion, want, err)
	}
}

// What the Dockerfile's first stage runs does what it is there for, in the repository and with other folders.
func TestTheDockerfileBuilds(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	build := regexp.MustCompile(`(?m)^RUN ((?:.*\\\n)*.*go build.*)$`).FindSubmatch(text)
	if build == nil {
		t.Fatal("the Dockerfile builds nothing")
	}
	dir := t.TempDir()
	paths := strings.NewReplacer(" /logs", " "+dir+"/logs", " /licenses", " "+dir+"/licenses",
		" /dispatcher", " "+dir+"/dispatcher")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", paths.Replace(string(build[1])))
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "VERSION=1.2.3")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	builtWithReleaseGo(t, filepath.Join(dir, "dispatcher"))
	said, err := exec.CommandContext(t.Context(), filepath.Join(dir, "dispatcher"), "version").Output()
	if err != nil || !bytes.Contains(said, []byte("1.2.3")) {
		t.Errorf("it says %s, %v", said, err)
	}
	for _, made := range []string{"logs", "licenses/go-LICENSE", "licenses/google.golang.org/grpc/LICENSE"} {
		if _, err := os.Stat(filepath.Join(dir, made)); err != nil {
			t.Error(err)
		}
	}
}

// Whoever builds the same commit, wherever, gets the same image.
func TestTheSameCommitMakesTheSameImage(t *testing.T) {
	var digests [2]string
	for i := range digests {
		clone := filepath.Join(t.TempDir(), strings.Repeat("x", i+1))
		cmd := exec.CommandContext(t.Context(), "git", "clone", "-q", "../..", clone)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		var err error
		digests[i], err = build(t.Context(), clone, filepath.Join(t.TempDir(), "image"), "linux/"+runtime.GOARCH)
		if err != nil {
			t.Fatal(err)
		}
	}
	if digests[0] != digests[1] || !strings.HasPrefix(digests[0], "sha256:") {
		t.Errorf("two clones of the same commit make %v", digests)
	}
}
