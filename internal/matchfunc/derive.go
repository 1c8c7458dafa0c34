package matchfunc

import (
	"slices"
	"strconv"
	"strings"
)

// Derived returns those of the places in a request from which something may be derived that reads these: see
// Operand.Reads. A place is one of a message, such as message.extensions[2].value, without unknown elements.
func Derived(reads, places []string) (from []string) {
	if len(places) == 0 {
		return nil
	}
	paths := make([][]string, len(reads))
	for i, r := range reads {
		paths[i] = parts(r)
	}
	for _, place := range places {
		to := parts(place)
		if slices.ContainsFunc(paths, func(path []string) bool { return overlap(path, to) }) {
			from = append(from, place)
		}
	}
	return from
}

// overlap reports whether one path leads to the other, or behind it.
func overlap(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && a[i] != anyElement {
			return false
		}
	}
	return true
}

// anyElement is what [] is in a path's parts. No name is empty.
const anyElement = ""

// parts takes a path apart: message.via[0].host, metadata["a key"], message.extensions[].value.
func parts(path string) (all []string) {
	for path != "" {
		if path[0] != '[' {
			path = strings.TrimPrefix(path, ".")
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			all, path = append(all, path[:end]), path[end:]
			continue
		}
		end := strings.IndexByte(path, ']')
		if quoted, err := strconv.QuotedPrefix(path[1:]); err == nil {
			end = 1 + len(quoted)
		}
		if end < 0 {
			return all
		}
		name := path[1:end]
		if plain, err := strconv.Unquote(name); err == nil {
			name = plain
		}
		all, path = append(all, name), path[min(end+1, len(path)):]
	}
	return all
}
