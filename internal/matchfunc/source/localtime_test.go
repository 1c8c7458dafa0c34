package source

import "testing"

func TestLocalTimeIsSeenWhereARuleReadsIt(t *testing.T) {
	for text, want := range map[string]int{ // the column; 0 is none
		"req => new Date().getHours() === 8":                     8,
		"req => { const d = new Date(); return d.getDay() < 5 }": 39,
		`req => new Date(0)["getMonth"]() === 1`:                 8,
		"req => Date.now() > new Date(2024, 0, 1)":               21,
		"req => new Date().getUTCHours() === 8":                  0,
		`req => Date.now() > Date.parse("2024-01-01")`:           0,
		"req => req.message.getHours":                            8, // by name: better once too often
		"req => new Date().toISOString() > '2024'":               0,
	} {
		src, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		line, column, ok := src.LocalTime()
		if column != want || ok != (want > 0) || ok && line != 1 {
			t.Errorf("%s: %d:%d %v, want column %d", text, line, column, ok, want)
		}
	}
}
