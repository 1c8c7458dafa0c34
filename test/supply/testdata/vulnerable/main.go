// Command vulnerable calls what is known to be vulnerable (GO-2021-0113), so that a test sees it found.
package main

import (
	"fmt"

	"golang.org/x/text/language"
)

func main() { fmt.Println(language.Parse("de")) }
