//go:build !webdev

package web

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

var files = func() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant
	}
	return sub
}()

func current() *site { return embedded() }
