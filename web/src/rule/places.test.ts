// Mutations these must catch: (1) width always 1; (2) lineEnd without its look for CR.
import { test } from "node:test";
import { equal, deepEqual } from "node:assert/strict";
import { Places } from "./places";
import { below, seeded, textOf } from "./random";

const pieces = ["a", "é", "😀", "\u{10ffff}", "\n", "\r\n", "\ud800", "\udc00", "\r", "\u2028", "\t"];

// The slow way: code points by iteration.
function linesOf(text: string): string[] {
  return text.split("\n").map((l, i, all) => (i < all.length - 1 && l.endsWith("\r") ? l.slice(0, -1) : l));
}

test("each code point has one index, there and back", () => {
  for (let seed = 0; seed < 300; seed++) {
    const text = textOf(seeded(seed), pieces, 30);
    const places = new Places(text);
    let unit = 0;
    [...text].forEach((c, point) => {
      equal(places.units(point), unit, `seed ${seed}, point ${point}`);
      equal(places.points(unit), point, `seed ${seed}, unit ${unit}`);
      unit += c.length;
    });
    equal(places.units(1000), text.length);
    equal(places.points(1000), [...text].length);
  }
});

test("a place is found by line and column, and read back", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const text = textOf(random, pieces, 30);
    const places = new Places(text);
    const lines = linesOf(text);
    const line = below(random, lines.length);
    const points = [...(lines[line] ?? "")];
    const column = below(random, points.length + 1);
    const unit = places.offset({ line: line + 1, column: column + 1 });
    const before = text.split("\n").slice(0, line).join("\n") + (line > 0 ? "\n" : "");
    equal(unit, before.length + points.slice(0, column).join("").length, `seed ${seed}`);
    deepEqual(places.place(unit), { line: line + 1, column: column + 1 }, `seed ${seed}`);
  }
});

test("places that aren't in the text are its nearest ones", () => {
  const places = new Places("😀é\r\nx");
  equal(places.offset({ line: 1, column: 99 }), 3);
  equal(places.offset({ line: 99, column: 1 }), 5);
  equal(places.offset({ line: 0, column: 0 }), 0);
  equal(places.points(1), 0, "the middle of a pair");
  deepEqual(new Places("").place(5), { line: 1, column: 1 });
});

test("the example of the API's document", () => {
  const source = `"😀é" !== req.method`;
  const places = new Places(source);
  equal(source.slice(places.offset({ line: 1, column: 10 }), places.offset({ line: 1, column: 20 })), "req.method");
});
