package browser

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// impact is what dispatcher impact --json says, as far as the page shows it.
type impact struct {
	Messages, Moved int
	Moves           []struct {
		From, To, Rule string
		Count          int
		ByMethod       map[string]int
		Examples       []struct{ ID, CallID, Method string }
	}
	NewErrors, FixedErrors []struct {
		Ref, Error string
		Count      int
	}
	NeverMatched []string
}

// impactOf runs the command on a candidate against a running dispatcher.
func impactOf(t *testing.T, d *dispatcher, candidate string) (found impact) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "candidate.yaml")
	if err := os.WriteFile(file, []byte(candidate), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"impact", "--config", file, "--against", "http://" + d.addr, "--json"}
	out, err := exec.CommandContext(t.Context(), binary, args...).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return found
}

// TestImpactIsThatOfTheCommand holds what the page shows of a draft against dispatcher impact: how many messages would
// go elsewhere, each group with its number and its examples, what would newly fail, and both answers of each example.
//
// Mutations that this catches: a group that shows another group's examples; errors that are counted among the moves
// alone; an example that is answered by what runs on both sides.
func TestImpactIsThatOfTheCommand(t *testing.T) {
	d := office(t)
	d.send(t, "")
	mend := strings.NewReplacer(`["911", "112"]`, `["911", "112", "1002"]`, "requestUri.user", "requestUri?.user",
		"contact?.address", "contact.address")
	candidate := mend.Replace(phones(addrOf(t, d)))
	want := impactOf(t, d, candidate)
	if want.Moved == 0 || len(want.Moves) < 3 || len(want.NewErrors) == 0 || len(want.FixedErrors) == 0 {
		t.Fatalf("too little would change to compare: %+v", want)
	}
	p := open(t, d.url("/config"), 1280, 900)
	was := strings.TrimSpace(phones(addrOf(t, d)))
	p.editConfig(was, mend.Replace(was))
	p.find("button", "What would it do?").click()
	p.shows("Of " + itoa(want.Messages) + " messages " + itoa(want.Moved) + " would go elsewhere")
	type row struct{ From, To, Rule, Count, Bar, Methods string }
	const rows = `[...document.querySelectorAll("table.moves tr.moved")].map(r => {
		const c = [...r.cells].map(c => c.innerText.trim())
		const bar = [...r.querySelectorAll(".portion .piece")].map(e => e.getBoundingClientRect().width)
		const methods = r.nextElementSibling.querySelector(".methods").innerText
		const share = Math.round(100 * bar[0] / (bar[0] + bar[1]))
		return {from: c[1], to: c[2], rule: c[3], count: c[4], bar: String(share), methods}
	})`
	var expected []row
	several := false
	for _, m := range want.Moves {
		share := itoa(int(math.Round(100 * float64(m.Count) / float64(want.Moved))))
		expected = append(expected, row{orNobody(m.From), orNobody(m.To), m.Rule, itoa(m.Count), share,
			inMethods(m.ByMethod)})
		several = several || len(m.ByMethod) > 1
	}
	if !several {
		t.Errorf("no group has several methods: %+v", want.Moves)
	}
	same(t, "groups", eval[[]row](p, rows), expected)
	for _, e := range append(want.NewErrors, want.FixedErrors...) {
		p.shows(itoa(e.Count)+" message", e.Error)
	}
	for i, m := range want.Moves {
		p.examplesAre(i, m.From, m.To, m.Examples)
	}
	p.clean()
}

// examplesAre holds a group's first example against the command's: which message it is, and where it goes by what runs
// and by the draft.
func (p *page) examplesAre(group int, from, to string, want []struct{ ID, CallID, Method string }) {
	p.t.Helper()
	if len(want) == 0 {
		p.t.Errorf("the group from %s to %s has no examples", from, to)
		return
	}
	mine := `[...document.querySelectorAll("table.moves tr.examples")[` + itoa(group) +
		`].querySelectorAll("button")]`
	said := eval[[]string](p, mine+`.map(b => b.innerText).filter(text => !text.startsWith("All "))`)
	for i, text := range said {
		if wanted := want[i].Method + " " + want[i].CallID[:min(12, len(want[i].CallID))]; text != wanted {
			p.t.Errorf("example %d from %s to %s is %q, and %q of the command", i, from, to, text, wanted)
		}
	}
	eval[any](p, mine+`[0].click()`)
	p.find("dialog", "One message, both ways")
	const side = `document.querySelector("section[aria-label='SIDE'] > p")?.innerText ?? ""`
	for name, goes := range map[string]string{"What runs": from, "The draft": to} {
		p.until(name+" says where it goes", func() bool {
			return strings.HasSuffix(eval[string](p, strings.Replace(side, "SIDE", name, 1)), " "+goes)
		})
	}
	link := eval[string](p, `document.querySelector("dialog a[href*='/decision/']").hash`)
	if !strings.HasSuffix(link, "/"+want[0].ID) {
		p.t.Errorf("the example is %s, and %s of the command", link, want[0].ID)
	}
	p.press("Escape")
	p.gone("dialog", "One message, both ways")
}

// inMethods is how the page counts messages by method, the most frequent first.
func inMethods(byMethod map[string]int) string {
	methods := slices.SortedFunc(maps.Keys(byMethod), func(a, b string) int {
		return cmp.Or(cmp.Compare(byMethod[b], byMethod[a]), cmp.Compare(a, b))
	})
	for i, method := range methods {
		methods[i] += " " + itoa(byMethod[method])
	}
	return strings.Join(methods, " · ")
}

func orNobody(ref string) string {
	if ref == "" {
		return "nobody"
	}
	return ref
}

func same[T comparable](t *testing.T, what string, have, want []T) {
	t.Helper()
	if len(have) != len(want) {
		t.Errorf("%d %s: %+v\nwant %d: %+v", len(have), what, have, len(want), want)
		return
	}
	for i := range want {
		if have[i] != want[i] {
			t.Errorf("%s: %+v, want %+v", what, have[i], want[i])
		}
	}
}
