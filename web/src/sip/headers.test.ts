// Mutations these must catch: (1) a body's lines read as headers; (2) CR left in a header's value.
import { test } from "node:test";
import { equal, deepEqual } from "node:assert/strict";
import { header, lines } from "./headers";
import { seeded, textOf } from "../rule/random";

test("a message's lines", () => {
  const sip = "INVITE sip:1002@x SIP/2.0\r\nVia : a\r\n b\r\nCall-ID:  7\r\n\r\nv: 0\r\n\r\nlast";
  deepEqual(lines(sip).map((l) => [l.kind, sip.slice(l.from, l.to), l.name]), [
    ["start", "INVITE sip:1002@x SIP/2.0", undefined],
    ["header", "Via : a", "Via"],
    ["folded", " b", undefined],
    ["header", "Call-ID:  7", "Call-ID"],
    ["blank", "", undefined],
    ["body", "v: 0", undefined],
    ["body", "", undefined],
    ["body", "last", undefined],
  ]);
  equal(header(sip, "call-id"), "7");
  equal(header(sip, "v"), undefined);
});

test("lines are the text's, each once and in order", () => {
  for (let seed = 0; seed < 500; seed++) {
    const sip = textOf(seeded(seed), ["\r\n", "\n", "\r", "a", ":", " ", "\t", "😀"], 25);
    let at = 0;
    for (const l of lines(sip)) {
      equal(/^\r?\n?$/.test(sip.slice(at, l.from)), true, `seed ${seed}`);
      equal(sip.slice(l.from, l.to).includes("\n"), false, `seed ${seed}`);
      at = l.to;
    }
    equal(/^\r?\n?$/.test(sip.slice(at)), true, `seed ${seed}: ${JSON.stringify(sip)}`);
  }
});
