// Mutations these must catch: (1) a text with a control character as a block; (2) "no" as a plain scalar.
import { test } from "node:test";
import { equal } from "node:assert/strict";
import { fileOf, quoted, testOf, withName } from "./testfile";

test("a test is written as dispatcher test reads it", () => {
  equal(
    fileOf([
      testOf(
        "calls: to 911",
        { sip: "INVITE sip:911@a SIP/2.0\r\nTo: <sip:911@a>\r\n\r\nbody" },
        { processor: "help", rules: { help: "match" } },
      ),
    ]),
    `tests:
  - name: "calls: to 911"
    message:
      sip: |-
        INVITE sip:911@a SIP/2.0
        To: <sip:911@a>

        body
    expect:
      processor: help
      rules:
        help: match
`,
  );
});

test("what a block can't hold stands in quotes", () => {
  equal(
    testOf("n", { sip: "a\u0000\nb" }, { code: "NOT_FOUND" }).split("\n")[2],
    String.raw`      sip: "a\u0000\nb"`,
  );
  equal(testOf("n", { sip: " a" }, { code: "NOT_FOUND" }).split("\n")[2], `      sip: " a"`);
  equal(quoted("no"), '"no"');
  equal(quoted("a\u2028"), String.raw`"a\u2028"`);
});

test("a test that the dispatcher wrote gets another name and expectation", () => {
  const message = '    message:\n      json: |\n        {}\n';
  const written = '# why\ntests:\n  - name: "x"\n' + message + '    expect:\n      processor: a\n';
  equal(
    withName(written, "it's", { code: "INTERNAL" }),
    '# why\n  - name: "it\'s"\n    message:\n      json: |\n        {}\n    expect:\n      code: INTERNAL\n',
  );
});
