package browser

import (
	"fmt"
	"slices"
	"testing"
)

// TestEachMessageSaysItsCode holds the codes of the rows against those of the API, and looks whether they are seen
// whole: on a desk they are, and narrow windows leave the column out. Mutations it must catch: the code of the call to
// the processor, which isn't that of the message; a column that cuts them.
func TestEachMessageSaysItsCode(t *testing.T) {
	d := office(t)
	d.send(t, theCall)
	codes := func() (all []string) {
		var kept struct{ Decisions []struct{ Code string } }
		d.get(t, "/api/v1/decisions?limit=200", "", &kept)
		for _, one := range kept.Decisions {
			all = append(all, one.Code)
		}
		return all
	}
	const column = `[...document.querySelectorAll(".rows.messages .head > *")]
		.findIndex(e => e.innerText === "code" && e.getClientRects().length > 0) + 1`
	const cells = `[...document.querySelectorAll(".rows.messages .body [role=row]")]
		.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map(r => r.children[(` + column + `) - 1])`
	p := open(t, d.url("/decisions?tab=messages"), 1280, 900)
	p.until("each message's code", func() bool {
		all := codes()
		return slices.Contains(all, "OK") && slices.Contains(all, "NOT_FOUND") && slices.Contains(all, "INTERNAL") &&
			slices.Equal(all, eval[[]string](p, cells+`.map(c => c?.innerText ?? "")`))
	})
	eval[any](p, `window.fits = (cell, code) => {
		cell.firstChild.textContent = code
		return cell.scrollWidth <= cell.clientWidth
	}, 0`)
	for _, width := range []int64{1101, 1240, 1241, 1280, 1600} {
		p.viewport(width, 900)
		code := "UNAVAILABLE"
		if width == 1600 {
			code = "FAILED_PRECONDITION" // the longest; elsewhere a point at it has it whole
		}
		p.until(fmt.Sprintf("the whole of %s at %d pixels", code, width), func() bool {
			return eval[bool](p, `fits(`+cells+`[0], "`+code+`")`)
		})
	}
	for _, width := range []int64{360, 760, 1100} {
		p.viewport(width, 900)
		p.until("no column of codes at "+itoa(int(width)), func() bool { return eval[int](p, column) == 0 })
	}
	p.clean()
}
