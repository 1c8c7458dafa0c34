package browser

import "testing"

// TestAListThatRunsPastMakesNoElements lets messages run through the list until no row is there any more that was there
// before: all stand in the elements of those. Mutation it must catch: rows with elements of their own.
func TestAListThatRunsPastMakesNoElements(t *testing.T) {
	d := office(t)
	message := d.protobufNamed(t, "invite-sdp")
	d.flood(t, message, 100)
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	p.shows("▶ live")
	last, same := 0, 0
	p.until("all rows that there is room for, for some time", func() bool {
		before := last
		if last = len(p.rowTexts()); last != before {
			same = 0
		}
		same++
		return last > 10 && same > 10
	})
	const rows = `[...document.querySelectorAll(".rows .body [role=row]")]`
	eval[int](p, `window.made = new Set(`+rows+`); 0`)
	before := accounted(p)
	d.flood(t, message, 300)
	p.until("300 more", func() bool { return accounted(p) == before+300 })
	if n := eval[int](p, rows+`.filter(row => !made.has(row)).length`); n != 0 {
		t.Errorf("%d elements were made", n)
	}
	const ordered = rows + `.every((row, i, all) => i === 0 || +row.ariaRowIndex === +all[i-1].ariaRowIndex + 1)`
	if !eval[bool](p, ordered) {
		t.Error("the rows don't stand in the page as they are read")
	}
	p.clean()
}
