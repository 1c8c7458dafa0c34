import assert from "node:assert/strict";
import { test } from "node:test";
import { tokens } from "./javascript";

const seen = (source: string): string[] => tokens(source).map((t) => t.kind + " " + source.slice(t.from, t.to));

// Mutations that this catches: a slash is always taken for a division; a member named like a word is one.
test("pieces of a rule have their kinds", () => {
  const source = 'req => ["911", \'112\'].includes(req.message.in?.user) && !/a[/"]b/i.test(req.x / 2) // why';
  assert.deepEqual(seen(source), ['text "911"', "text '112'", 'text /a[/"]b/i', "constant 2", "comment // why"]);
  assert.deepEqual(seen("const a = 1 / 2 / b; return /x/"), ["word const", "constant 1", "constant 2", "word return",
    "text /x/"]);
});

test("template literals hold rules again", () => {
  assert.deepEqual(seen('`a${f({b: "}"})}c` + /* x */ null'), ["text `a${", 'text "}"', "text }c`", "comment /* x */",
    "constant null"]);
});

test("every text ends, whatever is in it, and pieces don't overlap", () => {
  const parts = ["`", "${", "}", '"', "'", "/", "//", "/*", "*/", "\\", "\n", "😀", "\ud800", "a", "1", ".", " ",
    "{", "$"];
  for (let seed = 1; seed < 3000; seed++) {
    let n = seed * 7919;
    const next = (): number => (n = (n * 1103515245 + 12345) % 2147483648);
    const source = Array.from({ length: 1 + (next() % 12) }, () => parts[(next() >> 8) % parts.length]).join("");
    let last = 0;
    for (const t of tokens(source)) {
      assert.ok(t.from >= last && t.to > t.from && t.to <= source.length, JSON.stringify([source, t]));
      last = t.to;
    }
  }
});
