package esregexp

import (
	"bytes"
	"slices"
)

// search tries the positions from start on, in order, and reports where the
// match begins and ends; end is -1 without one.
//
// The position moves by code units even in unicode mode. Between the halves
// of a surrogate pair no character can match there, but an assertion can, and
// in V8 it does.
func search[E unit](m *machine, in []E, start int) (at, end int, err error) {
	re := m.re
	last := len(in)
	if re.flags.has(sticky) {
		last = start
	}
	if re.flags.has(unicodeMode) && re.flags.has(global|sticky) && insidePair(in, start) {
		start-- // V8 begins with the whole pair
	}
	if re.anchored {
		last = 0
	}
	for at = start; at <= last; at++ {
		if re.first != nil && at < last {
			n := skip(re, in[at:])
			if err := m.spend(n >> 4); err != nil {
				return at, -1, err
			}
			if at += n; at > last {
				break
			}
		}
		if end, err = run(m, in, at); err != nil || end >= 0 {
			return at, end, err
		}
	}
	return at, -1, nil
}

// skip counts the units at the beginning of in that no match begins with;
// len(in)+1 if that is all of them.
func skip[E unit](re *Regexp, in []E) int {
	var i int
	if narrow, ok := any(in).([]uint8); ok && len(re.prefix) > 0 {
		i = bytes.Index(narrow, re.prefix)
	} else {
		i = slices.IndexFunc(in, func(u E) bool { return re.first.has(uint16(u)) })
	}
	if i < 0 {
		return len(in) + 1
	}
	return i
}
