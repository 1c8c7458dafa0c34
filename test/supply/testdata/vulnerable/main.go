// Command vulnerable calls what is known to be vulnerable, so that a test sees it found: GO-2021-0113 of a module,
// GO-2026-5038 of the standard library before Go 1.26.4.
package main

import (
	"fmt"
	"mime"

	"golang.org/x/text/language"
)

func main() {
	fmt.Println(language.Parse("de"))
	fmt.Println(new(mime.WordDecoder).DecodeHeader("plain"))
}
