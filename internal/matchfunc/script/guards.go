package script

import "strconv"

// What a single builtin may make or walk through. A builtin can't be interrupted, so what one call can do is bounded.
const (
	maxText  = 1 << 20 // characters of a string
	maxItems = 1 << 16 // elements of an array; V8 takes about twice as many arguments
)

func itoa(i int) string { return strconv.Itoa(i) }

func (r *realm) limitText(n int) {
	if n > maxText {
		panic(&stop{Memory, "the rule made a string of more than 1048576 characters"})
	}
}

func (r *realm) limitItems(n int) {
	if n > maxItems {
		panic(&stop{Memory, "the rule made a list of more than 65536 elements"})
	}
}

// setUp installs what the rule needs.
func (r *realm) setUp() {
	n := &r.program.needs
	if len(n.patterns) > 0 || n.names["RegExp"] || n.names["match"] || n.names["matchAll"] || n.names["search"] {
		r.setUpRegExp()
	}
}
