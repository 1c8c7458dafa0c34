package admin

import (
	"net/http"

	"github.com/fonoster/routr-dispatcher/internal/worker"
)

// maxElements is how many values a JSON body may hold: a thousand messages as rules see them have fewer. What is made
// of one takes many times its bytes, so that they are counted before anything is.
const maxElements = 250_000

// countElements refuses a body with too many values in it, or too many messages. It allocates nothing, and takes a text
// that isn't JSON for what it looks like.
func countElements(body []byte) error {
	values, depth, messages := 1, 0, 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = stringEnd(body, i)
		case '{', '[':
			depth++
			values++
		case '}', ']':
			depth--
		case ',':
			values++
			if depth == 2 { // between two messages: nothing else is a list there
				messages++
			}
		}
		switch {
		case values > maxElements:
			return problem(http.StatusRequestEntityTooLarge, "too-large",
				"The body holds more than %d values.", maxElements)
		case messages >= worker.MaxMessages:
			return problem(http.StatusRequestEntityTooLarge, "too-large", "The body holds more than %d messages.",
				worker.MaxMessages)
		}
	}
	return nil
}

// stringEnd returns where the string ends that begins at i.
func stringEnd(body []byte, i int) int {
	for i++; i < len(body) && body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i
}
