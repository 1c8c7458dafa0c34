package browser

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const threeRules = `kind: MessageDispatcher
apiVersion: v2beta1
ref: office
spec:
  bindAddr: 127.0.0.1:0
  processors:
    - ref: tokened
      addr: 127.0.0.1:1
      methods: [REGISTER]
      matchFunc: req => req.message.authorization?.response?.length > 10
    - ref: support
      addr: 127.0.0.1:1
      methods: [INVITE]
      matchFunc: req => req.message.requestUri?.user === "1000"
    - ref: rest
      addr: 127.0.0.1:1
      methods: [INVITE, REGISTER]
      matchFunc: req => true
`

const inviteTo2002 = "INVITE sip:2002@pbx.example.org SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.44:5060;branch=z9hG4bK-77\r\n" +
	"From: \"Zoe\" <sip:zoe.miller@home.example.net>;tag=1\r\nTo: <sip:2002@pbx.example.org>\r\n" +
	"Call-ID: 4711@192.0.2.44\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n" +
	"Contact: <sip:zoe.miller@192.0.2.44>\r\nContent-Length: 0\r\n\r\n"

// paste puts a message into the Playground as somebody who has it in the clipboard does.
func (p *page) paste(message string) {
	p.t.Helper()
	p.find("button", "Paste").click()
	p.find("textbox", "Message").enter(message)
	p.find("button", "Read it").click()
	p.gone("dialog", "Paste a message")
}

// rule writes a rule into the editor in place of what is there.
func (p *page) rule(text string) {
	p.t.Helper()
	p.find("textbox", "matchFunc").enter(text)
}

func TestARuleIsWrittenUntilItMatchesAndSavedAsATest(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=support"), 1280, 900)
	p.paste(inviteTo2002)
	p.shows("NO MATCH", `Request-URI user is "2002"`)
	p.rule(`req => ["1000", "2002"].includes(req.message.requestUri?.user)`)
	p.shows("● MATCH", "With the edited rule it goes to support; as it runs, to rest")
	p.find("button", "Save as test").click()
	p.find("textbox", "Name").enter("2002 goes to support")
	p.until("the test's text", func() bool { return strings.Contains(p.preview(), "2002 goes to support") })
	const was, is = `req.message.requestUri?.user === "1000"`, `["1000", "2002"].includes(req.message.requestUri?.user)`
	changed := strings.Replace(threeRules, was, is, 1)
	testPasses(t, p.preview(), changed)
	p.press("Escape")
	p.clean()
}

// TestASavedTestHasTheCredentialsThatARuleReads saves a recorded message that is masked wherever people look.
func TestASavedTestHasTheCredentialsThatARuleReads(t *testing.T) {
	d := serve(t, threeRules)
	for _, s := range d.samples(t, "") {
		if s.Name == "register-digest" {
			d.sendBytes(t, s.Protobuf)
		}
	}
	var list struct {
		Decisions []struct{ ID, Processor string }
	}
	p := open(t, d.url("/"), 1280, 900)
	p.until("the decision", func() bool {
		d.get(t, "/api/v1/decisions", "", &list)
		return len(list.Decisions) == 1
	})
	if list.Decisions[0].Processor != "tokened" {
		t.Fatalf("it went to %q", list.Decisions[0].Processor)
	}
	p.goTo("/play?rule=tokened&decision=" + list.Decisions[0].ID)
	p.shows("● MATCH")
	if text := p.text(); !strings.Contains(text, "***") {
		t.Errorf("credentials aren't masked:\n%s", text)
	}
	p.find("button", "Save as test").click()
	p.until("the test's text", func() bool { return strings.Contains(p.preview(), "expect:") })
	testPasses(t, p.preview(), threeRules)
	p.press("Escape")

	p.paste(registration)
	p.shows("● MATCH", "0123456789abcdef")
	p.find("button", "Save as test").click()
	p.until("the test's text", func() bool {
		text := p.preview()
		return strings.Contains(text, "pbx.example.org") && strings.Contains(text, "processor: tokened")
	})
	testPasses(t, p.preview(), threeRules)
}

// registration is one with digest credentials.
const registration = "REGISTER sip:pbx.example.org SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.44:5060;branch=z9hG4bK-78\r\n" +
	"From: <sip:zoe.miller@home.example.net>;tag=1\r\nTo: <sip:zoe.miller@home.example.net>\r\n" +
	"Call-ID: 4712@192.0.2.44\r\nCSeq: 2 REGISTER\r\nMax-Forwards: 70\r\n" +
	"Authorization: Digest username=\"zoe.miller\", realm=\"pbx\", nonce=\"4d3c2b1a\", uri=\"sip:pbx.example.org\", " +
	"response=\"0123456789abcdef0123456789abcdef\"\r\nContent-Length: 0\r\n\r\n"

func (p *page) preview() string {
	return eval[string](p, `document.querySelector("[aria-label='The test']")?.textContent ?? ""`)
}

// testPasses runs dispatcher test as whoever takes the file home does.
func testPasses(t *testing.T, test, config string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"rules.test.yaml": test, "dispatcher.yaml": config}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary, "test", "rules.test.yaml", "--config", "dispatcher.yaml")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("dispatcher test: %v\n%s\n%s", err, out, test)
	}
}

func TestALinkHoldsStandInsAndGivesTheSameVerdict(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=support"), 1280, 900)
	p.paste(inviteTo2002)
	p.rule(`req => req.message.from.address.uri.user === "zoe.miller" && req.message.requestUri?.user === "2002"`)
	p.shows("● MATCH")
	p.find("button", "Share").click()
	p.shows("Verdict unchanged")
	link := eval[string](p, `document.querySelector("[aria-label=Link]").value`)
	held := unpacked(t, link)
	for private := range strings.FieldsSeq("zoe miller 2002 pbx.example.org home.example.net 192.0.2.44 4711") {
		if strings.Contains(strings.ToLower(held), private) {
			t.Errorf("the link tells of %s: %s", private, held)
		}
	}
	other := open(t, link, 1280, 900)
	other.shows("● MATCH", "from a link")
	other.clean()
}

// TestALinkTellsNothingOfWhatAMessageHolds shares a message as an EdgePort sends it, with addresses in its routes, its
// extensions and its body: whatever names a user, a host or an address is a stand-in, and whoever opens the link sees
// the same verdict, also where the rule doesn't match.
//
// Mutations that this catches: a body that goes as it is; stand-ins for one field and not for the other.
func TestALinkTellsNothingOfWhatAMessageHolds(t *testing.T) {
	d := serve(t, threeRules)
	for _, name := range []string{"invite-sdp", "register-digest"} {
		p := open(t, d.url("/play?rule=support&sample="+name), 1280, 900)
		p.shows("MATCH")
		for verdict, rule := range map[string]string{
			"● MATCH":    `req => req.message.from.address.uri.user === "1001"`,
			"○ NO MATCH": `req => req.message.from.address.uri.user === "1002"`,
		} {
			p.rule(rule)
			p.shows(verdict)
			p.find("button", "Share").click()
			p.shows("Verdict unchanged")
			link := eval[string](p, `document.querySelector("[aria-label=Link]").value`)
			held := strings.ToLower(unpacked(t, link))
			for _, private := range privateOf(t, d, name) {
				if wholeIn(held, strings.ToLower(private)) {
					t.Errorf("the link of %s tells of %s: %s", name, private, held)
				}
			}
			other := open(t, link, 1280, 900)
			other.shows(verdict, "from a link")
			other.clean()
			p.press("Escape")
		}
	}
}

// wholeIn reports whether a word stands in a text, and not merely within another one: a stand-in of eleven digits has
// any four of them now and then.
func wholeIn(text, word string) bool {
	return regexp.MustCompile(`(^|[^a-z0-9])` + regexp.QuoteMeta(word) + `($|[^a-z0-9])`).MatchString(text)
}

var addresses = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)

// privateOf lists the users, hosts, names and addresses of a sample.
func privateOf(t *testing.T, d *dispatcher, name string) (all []string) {
	t.Helper()
	for _, s := range d.samples(t, "") {
		if s.Name != name {
			continue
		}
		for _, ip := range addresses.FindAllString(string(s.JSON), -1) {
			if ip != "0.0.0.0" && ip != "127.0.0.1" {
				all = append(all, ip)
			}
		}
		var m any
		if err := json.Unmarshal(s.JSON, &m); err != nil {
			t.Fatal(err)
		}
		all = append(all, textsOf(m)...)
	}
	if len(all) < 5 {
		t.Fatalf("%s has too little to hide: %q", name, all)
	}
	return all
}

// textsOf are the users, hosts and names in a message.
func textsOf(m any) (all []string) {
	switch m := m.(type) {
	case []any:
		for _, one := range m {
			all = append(all, textsOf(one)...)
		}
	case map[string]any:
		for name, one := range m {
			text, is := one.(string)
			if is && len(text) > 2 && slices.Contains([]string{"user", "host", "addr", "displayName", "callId"}, name) {
				all = append(all, text)
			}
			all = append(all, textsOf(one)...)
		}
	}
	return all
}

// unpacked is what a link holds; the message in its wire form too, where it has that.
func unpacked(t *testing.T, link string) string {
	t.Helper()
	_, packed, _ := strings.Cut(link, "?s=")
	b, err := base64.RawURLEncoding.DecodeString(packed)
	if err != nil {
		t.Fatal(err)
	}
	held, err := io.ReadAll(flate.NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatal(err)
	}
	var shared struct {
		Rule     string
		Protobuf []byte
	}
	if err := json.Unmarshal(held, &shared); err != nil || shared.Rule == "" {
		t.Fatalf("%v: %s", err, held)
	}
	return string(held) + "\n" + string(shared.Protobuf)
}

// TestALinkThatUnpacksToTooMuchIsRefused has a few kilobytes that become megabytes.
func TestALinkThatUnpacksToTooMuchIsRefused(t *testing.T) {
	var bomb bytes.Buffer
	z, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write(bytes.Repeat([]byte(" "), 64<<20)) // a buffer takes everything
	_ = z.Close()
	d := serve(t, threeRules)
	p := open(t, d.url("/play"), 1280, 900)
	p.shows("MATCH")
	p.goTo("/play?s=" + base64.RawURLEncoding.EncodeToString(bomb.Bytes()[:min(bomb.Len(), 60_000)]))
	p.shows("This link holds more than 512 KiB")
}

// TestPartsLightUpInAllThreeViews points at a part of the rule, and at a header.
func TestPartsLightUpInAllThreeViews(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=support"), 1280, 900)
	p.paste(inviteTo2002)
	p.shows("NO MATCH")
	const lit = `(root => [...root.querySelectorAll(".lit")].map(e => e.textContent).join(""))`
	p.until("the user of the request URI lit in the SIP text, and its path in the rule", func() bool {
		p.find("cell", `"2002"`).hover() // again where something above it came meanwhile
		return eval[string](p, lit+`(document.querySelector(".sip"))`) == "2002" &&
			strings.Contains(eval[string](p, lit+`(document.querySelector(".host").shadowRoot)`), "requestUri")
	})
}

// TestALinkThatIsTooLongIsAFile saves what is shared as a file, and opens it elsewhere.
func TestALinkThatIsTooLongIsAFile(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=support"), 1280, 900)
	random := make([]byte, 12_000)
	_, _ = rand.Read(random) // it never fails
	p.paste(strings.Replace(inviteTo2002, "Max-Forwards", "X-Noise: "+hex.EncodeToString(random)+"\r\nMax-Forwards", 1))
	p.rule(`req => req.message.requestUri?.user === "2002"`)
	p.shows("● MATCH")
	eval[any](p, `URL.createObjectURL = blob => (blob.text().then(t => window.saved = t), "blob:none")`)
	p.find("button", "Share").click()
	p.shows("Verdict unchanged")
	p.find("button", "Save as a file").click()
	p.until("the file", func() bool { return eval[string](p, `window.saved ?? ""`) != "" })
	file := eval[string](p, `window.saved`)

	other := open(t, d.url("/play"), 1280, 900)
	other.shows("MATCH")
	other.paste(file)
	other.shows("● MATCH", "from a link", "X-Noise")
}

// manyRules is a table that is too long for each rule to be shown.
func manyRules() string {
	var b strings.Builder
	b.WriteString("kind: MessageDispatcher\napiVersion: v2beta1\nref: long\n" +
		"spec:\n  bindAddr: 127.0.0.1:0\n  processors:\n")
	for n := range 60 {
		fmt.Fprintf(&b, "    - ref: r%d\n      addr: 127.0.0.1:1\n      methods: [INVITE]\n"+
			"      matchFunc: req => req.message.callId.callId === '%d'\n", n, n)
	}
	b.WriteString("    - ref: rest\n      addr: 127.0.0.1:1\n      methods: [INVITE]\n      matchFunc: req => true\n")
	return b.String()
}

// TestWhereAMessageGoesWithARuleOfALongTable edits a rule that the answer about all rules doesn't tell of.
func TestWhereAMessageGoesWithARuleOfALongTable(t *testing.T) {
	d := serve(t, manyRules())
	p := open(t, d.url("/play?rule=r30"), 1280, 900)
	p.paste(inviteTo2002)
	p.shows("NO MATCH", "It goes to rest")
	explained := func() int { return len(p.calls("/api/v1/route/explain")) }
	evaluated := func() int { return len(p.calls("/api/v1/rules/evaluate")) }
	before := evaluated()
	p.rule(`req => req.message.requestUri?.user === "2002"`)
	p.shows("● MATCH", "With the edited rule it goes to r30; as it runs, to rest")
	p.until("the statistics, which are asked for later", func() bool { return evaluated() > before })
	wasExplained, wasEvaluated := explained(), evaluated()
	p.rule(`req => req.message.requestUri?.user === "2003"`)
	p.shows("○ NO MATCH", "It goes to rest")
	p.until("the statistics of another rule", func() bool { return evaluated() > wasEvaluated })
	if n := explained() - wasExplained; n != 1 {
		t.Errorf("the verdict took %d calls", n)
	}
	if n := evaluated() - wasEvaluated; n != 1 {
		t.Errorf("the statistics took %d calls", n)
	}
}

// TestWhatASavedTestExpectsIsChosen ticks the plan, and takes the rule's outcome off.
func TestWhatASavedTestExpectsIsChosen(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=rest"), 1280, 900)
	p.paste(inviteTo2002)
	p.shows("● MATCH")
	p.find("button", "Save as test").click()
	p.find("checkbox", "by way of rest").click()
	p.find("checkbox", "the rule rest answers match").click()
	p.until("the test's text", func() bool {
		return strings.Contains(p.preview(), "plan: [rest]") && !strings.Contains(p.preview(), "rules:")
	})
	testPasses(t, p.preview(), threeRules)
	p.find("checkbox", "by way of rest").click()
	p.find("checkbox", "it goes to rest").click()
	if eval[bool](p, `!document.querySelector("dialog .actions .main").disabled`) {
		t.Error("a test that expects nothing is offered")
	}
}

// TestARuleIsMovedInTheDraftByKeys moves a rule up twice and down once, from within its text.
//
// Mutations that this catches: a key that acts on what runs rather than on the draft; one that is lost in the editor.
func TestARuleIsMovedInTheDraftByKeys(t *testing.T) {
	d := serve(t, threeRules)
	p := open(t, d.url("/play?rule=rest"), 1280, 900)
	p.shows("MATCH")
	p.find("textbox", "matchFunc").focus()
	p.press("Alt+ArrowDown")
	p.shows("rest is asked last already")
	p.press("Alt+ArrowUp")
	p.shows("rest is asked as number 2 in the draft")
	p.press("Alt+ArrowUp")
	p.shows("rest is asked as number 1 in the draft")
	p.press("Alt+ArrowUp")
	p.shows("rest is asked first already")
	p.press("Alt+ArrowDown")
	p.shows("rest is asked as number 2 in the draft")
	p.find("button", "Draft 1").click()
	p.shows("moved from place 3 to place 2", "It can be used")
	p.clean()
}
