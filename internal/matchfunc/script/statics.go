package script

import (
	"strconv"

	"github.com/dop251/goja"

	"github.com/fonoster/routr-dispatcher/internal/matchfunc/source"
)

// lastMatch is what the static properties of RegExp tell of: the last match of the evaluation. They begin empty with
// each evaluation, where V8 goes on telling of what somebody else matched before.
type lastMatch struct {
	text goja.String
	caps []int
}

// group returns what a group matched, the whole match for 0.
func (m *lastMatch) group(i int) string16 {
	if 2*i+1 >= len(m.caps) || m.caps[2*i] < 0 {
		return nil
	}
	return m.text.Substring(m.caps[2*i], m.caps[2*i+1])
}

// string16 is a string of the engine, nil for the empty one.
type string16 goja.String

// legacyStatics are the static properties of RegExp that V8 has for the sake of old code:
// https://github.com/tc39/proposal-regexp-legacy-features.
func (m *lastMatch) static(name string) string16 {
	if i, err := strconv.Atoi(name[1:]); err == nil && name[0] == '$' {
		return m.group(i)
	}
	if m.text == nil {
		return nil
	}
	switch name {
	case "input", "$_":
		return m.text
	case "lastMatch", "$&":
		return m.group(0)
	case "lastParen", "$+":
		if len(m.caps) > 2 {
			return m.group(len(m.caps)/2 - 1)
		}
	case "leftContext", "$`":
		return m.text.Substring(0, m.caps[0])
	case "rightContext", "$'":
		return m.text.Substring(m.caps[1], m.text.Length())
	}
	return nil
}

// setUpStatics gives RegExp its static properties.
func (r *realm) setUpStatics() {
	regexp := r.intrinsic("RegExp")
	for name := range source.RegExpStatics {
		get := r.vm.ToValue(func(goja.FunctionCall) goja.Value {
			if s := r.last.static(name); s != nil {
				return s
			}
			return r.vm.ToValue("")
		})
		if err := regexp.DefineAccessorProperty(name, get, nil, goja.FLAG_TRUE, goja.FLAG_FALSE); err != nil {
			panic(err)
		}
	}
}
