package source

import (
	"testing"

	"github.com/dop251/goja"
)

func TestRelationalOperatorsAssociateToTheLeft(t *testing.T) {
	for code, want := range map[string]bool{
		"1 < 2 < 3":                             true,
		"3 > 2 > 1":                             false,
		"3 > (2 > 1)":                           true,
		"3 > ((2) > 1)":                         true,
		"(3) > (2) > (1)":                       false,
		"(3 > 2) > 1":                           false,
		"((3) > (2 > 1)) > 0":                   true,
		"3 > 2 > (1 > 0) > 5":                   false,
		"5 > (2 > 1 > 0)":                       true,
		"1 < 2 in [7, 8]":                       false,
		"'a' in {a: 1} in {true: 1}":            true,
		"[] instanceof Array instanceof Object": false,
		"3 > `2` > [1][0]":                      false,
		"3 > (x => x)(2) > 1":                   false,
		"3 > -(2) > 1":                          false,
		"-(3 > 2) > 1 > 0":                      false,
	} {
		s, err := Parse(code)
		if err != nil {
			t.Fatal(code, err)
		}
		p, err := goja.CompileAST(s.Program, true)
		if err != nil {
			t.Fatal(code, err)
		}
		if v, err := goja.New().RunProgram(p); err != nil || v.ToBoolean() != want {
			t.Errorf("%s = %v %v, want %v", code, v, err, want)
		}
	}
}
