//go:build webdev

package web

import (
	"io/fs"
	"os"
)

// files are those of the working directory, as esbuild left them a moment ago.
var files fs.FS = os.DirFS("web/dist")

func current() *site { return read(files) }
