// Package web holds the pages that the dispatcher shows to people. Package admin renders them.
package web

import "embed"

// Files are the pages and what they need: nothing is loaded from anywhere else.
//
//go:embed index.html style.css
var Files embed.FS
