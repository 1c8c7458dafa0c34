// Command image makes the image that the Dockerfile describes, without a Docker engine: an OCI image layout for every
// platform, from nothing but the program and the licenses. The same commit makes the same bytes.
package main

import (
	"archive/tar"
	"bytes"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

const nobody = 65534

func main() {
	out := flag.String("out", "dist/image", "the folder to write the OCI image layout to; it must not exist")
	version := flag.String("version", "devel", "what dispatcher version says")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64", "which to build for")
	root := flag.String("root", ".", "the root of the repository")
	flag.Parse()
	if err := write(*out, *root, *version, strings.Split(*platforms, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func write(out, root, version string, platforms []string) error {
	if _, err := os.Stat(out); err == nil {
		return fmt.Errorf("%s is there already", out)
	}
	if err := mustBeReleaseGo(root); err != nil {
		return err
	}
	made, err := madeAt(root)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	licenses := filepath.Join(work, "licenses")
	if err := run(root, nil, filepath.Join(root, ".ci/licenses"), licenses); err != nil {
		return err
	}
	index := v1.ImageIndex(mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	for _, name := range platforms {
		platform, err := v1.ParsePlatform(name)
		if err != nil {
			return fmt.Errorf("platform %q: %w", name, err)
		}
		program := filepath.Join(work, "dispatcher")
		env := []string{"CGO_ENABLED=0", "GOOS=" + platform.OS, "GOARCH=" + platform.Architecture}
		err = run(root, env, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version, "-o", program,
			"./cmd/dispatcher")
		if err != nil {
			return err
		}
		image, err := imageOf(program, licenses, version, platform, made)
		if err != nil {
			return err
		}
		described := v1.Descriptor{Platform: platform}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: described})
	}
	if _, err := layout.Write(out, index); err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	digest, err := index.Digest()
	fmt.Println(digest)
	return err
}

// mustBeReleaseGo is an error where another Go than the one of releases runs this: the bytes of the program depend on
// it, and those of the layer, which it compresses.
func mustBeReleaseGo(root string) error {
	text, err := os.ReadFile(filepath.Join(root, ".ci/go-version"))
	if err != nil {
		return fmt.Errorf("read which Go releases are built with: %w", err)
	}
	if want := "go" + strings.TrimSpace(string(text)); runtime.Version() != want || os.Getenv("GOTOOLCHAIN") != want {
		return fmt.Errorf("this is %s: make oci runs it with GOTOOLCHAIN=%s", runtime.Version(), want)
	}
	return nil
}

// madeAt is the time of the commit: the image has no other.
func madeAt(root string) (time.Time, error) {
	cmd := exec.Command("git", "-C", root, "log", "-1", "--format=%cI")
	said, err := cmd.Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("ask git for the time of the commit: %w", err)
	}
	made, err := time.Parse(time.RFC3339, strings.TrimSpace(string(said)))
	return made.UTC(), err
}

func run(dir string, env []string, words ...string) error {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(os.Environ(), env...), os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(words, " "), err)
	}
	return nil
}

// imageOf is the Dockerfile's last stage; test/image holds it against that.
func imageOf(program, licenses, version string, platform *v1.Platform, made time.Time) (v1.Image, error) {
	files, err := layerOf(program, licenses, made)
	if err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil }
	layer, err := tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: made}}})
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Variant = platform.OS, platform.Architecture, platform.Variant
	file.Created = v1.Time{Time: made}
	file.Config = v1.Config{
		Entrypoint:   []string{"/dispatcher"},
		Env:          []string{"DISPATCHER_REQUIRE_CONFIG=true"},
		User:         fmt.Sprintf("%d:%d", nobody, nobody),
		ExposedPorts: map[string]struct{}{"51901/tcp": {}},
		Healthcheck: &v1.HealthConfig{
			Test: []string{"CMD", "/dispatcher", "healthcheck"}, Interval: 10 * time.Second, Timeout: 3 * time.Second,
			StartPeriod: 2 * time.Second,
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":    "Routr Message Dispatcher",
			"org.opencontainers.image.source":   "https://github.com/fonoster/routr-dispatcher",
			"org.opencontainers.image.version":  version,
			"org.opencontainers.image.licenses": "MIT",
		},
	}
	return mutate.ConfigFile(image, file)
}

// layerOf is the archive of the image's files: the same whatever the machine.
func layerOf(program, licenses string, made time.Time) ([]byte, error) {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	add := func(h tar.Header, data []byte) error {
		h.ModTime, h.Size, h.Format = made, int64(len(data)), tar.FormatPAX
		if err := w.WriteHeader(&h); err != nil {
			return fmt.Errorf("put %s into the image: %w", h.Name, err)
		}
		_, err := w.Write(data)
		return err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	if err := add(tar.Header{Name: "dispatcher", Mode: 0o755}, data); err != nil {
		return nil, err
	}
	if err := addTree(licenses, "licenses", add); err != nil {
		return nil, err
	}
	for _, dir := range []tar.Header{
		{Name: "var/", Mode: 0o755}, {Name: "var/log/", Mode: 0o755},
		{Name: "var/log/routr/", Mode: 0o755, Uid: nobody, Gid: nobody},
	} {
		dir.Typeflag = tar.TypeDir
		if err := add(dir, nil); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), w.Close()
}

// addTree adds a folder under a name, in order.
func addTree(dir, name string, add func(tar.Header, []byte) error) error {
	var paths []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		inside := name + strings.TrimPrefix(path, dir)
		data, err := os.ReadFile(path)
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			err = add(tar.Header{Name: inside + "/", Mode: 0o755, Typeflag: tar.TypeDir}, nil)
		} else if err == nil {
			err = add(tar.Header{Name: inside, Mode: 0o644}, data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
