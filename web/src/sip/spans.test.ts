// Mutations these must catch: (1) spans used as UTF-16 units; (2) the longest part first.
import { test } from "node:test";
import { equal, deepEqual } from "node:assert/strict";
import { Spans, plain } from "./spans";
import { below, seeded, textOf } from "../rule/random";

const sip = "From: \"Ä😀\" <sip:1001@a.b>;tag=9\r\n";
const spans = [
  { path: "message.from.address.displayName", from: 7, to: 9 },
  { path: "message.from.address.uri.user", from: 16, to: 20 },
  { path: "message.from.address.uri", from: 12, to: 24 },
  { path: "message.extensions[0].value", from: 0, to: 4 },
];

test("a part is found by its path, and by the nearest one that has a place", () => {
  const s = new Spans(sip, spans);
  const text = (path: string) => s.of(path).map((p) => sip.slice(p.from, p.to));
  deepEqual(text("req.message.from.address.displayName"), ["Ä😀"]);
  deepEqual(text("req.message.from?.address?.uri?.user"), ["1001"]);
  deepEqual(text("message.from.address.uri.port"), ["sip:1001@a.b"], "around it");
  deepEqual(text("message.extensions"), ["From"], "below it");
  deepEqual(text("message.to.tag"), []);
});

test("a character belongs to the innermost part first", () => {
  deepEqual(new Spans(sip, spans).at(sip.indexOf("1001")),
    ["message.from.address.uri.user", "message.from.address.uri"]);
});

test("pieces are the whole text", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const text = textOf(random, ["a", "😀", "\r\n", "é"], 30);
    const length = [...text].length;
    const made = Array.from({ length: 6 }, (_, i) => {
      const from = below(random, length + 1);
      return { path: "p" + i, from, to: from + below(random, length - from + 3) };
    });
    const s = new Spans(text, made);
    equal(s.pieces().map((p) => text.slice(p.from, p.to)).join(""), text, `seed ${seed}`);
    for (const p of s.pieces()) {
      for (let u = p.from; u < p.to; u++) deepEqual(s.at(u), [...p.paths], `seed ${seed}`);
    }
  }
});

test("paths as rules write them", () => {
  equal(plain(`req?.message["from"]?.[0].x`), "message.from[0].x");
});
