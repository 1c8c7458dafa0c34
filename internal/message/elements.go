package message

import "fmt"

// MaxElements is how many elements a message may have: fields, also those of groups that nobody knows, and the entries
// of lists and maps, at any depth. A SIP message has some dozens. What is made of an element may be a hundred times as
// large as the two bytes that it takes on the wire, so a limit on bytes alone says nothing about memory, or time.
const MaxElements = 10_000

// maxJSONDepth bounds how deep JSON nests; a MessageRequest nests six deep.
const maxJSONDepth = 32

// fits says whether a message of type t has too many elements, before anything is made of it. What isn't well-formed is
// left to those who read it. An element takes two bytes at least, so small messages aren't looked at.
func fits(t *Type, data []byte) error {
	if len(data) > 2*MaxElements && count(t, data, MaxElements) < 0 {
		return tooMany("elements")
	}
	return nil
}

// count takes the elements of data off left, and stops below 0.
func count(t *Type, data []byte, left int) int {
	for len(data) > 0 && left >= 0 {
		f, val, n, err := nextWithin(t, data, &left)
		if err != nil {
			return left
		}
		left--
		data = data[n:]
		switch {
		case f == nil || f.Kind != Message:
		case f.Map:
			left = count(entrySchema, val, left)
		default:
			left = count(f.Type, val, left)
		}
	}
	return left
}

// JSONElements counts what a JSON text holds: its values, at any depth, or more. It makes nothing of the text, so it is
// asked first. The error is a *LimitError: too many, or nested too deep.
func JSONElements(text []byte) (n int, err error) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			continue
		case ',':
		default:
			continue
		}
		n++
		switch {
		case n > MaxElements:
			return n, tooMany("values")
		case depth > maxJSONDepth:
			return n, &LimitError{fmt.Sprintf("the JSON text nests deeper than %d", maxJSONDepth)}
		}
	}
	return n, nil
}

// stringEnd returns where the string ends that begins at i; the text's end where it doesn't.
func stringEnd(text []byte, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

func tooMany(what string) error {
	return &LimitError{fmt.Sprintf("it has more than %d %s", MaxElements, what)}
}
