// Mutations these must catch: (1) hunks' numbers without the lines before them; (2) the mark for a missing last line
// break left out.
import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { hunks, marked, patch } from "./patch";
import { seeded, textOf } from "../rule/random";

test("an example, as diff -u writes it", () => {
  equal(patch("/etc/a.yaml", "1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\nfive\n6"), `--- a/a.yaml
+++ b/a.yaml
@@ -2,5 +2,5 @@
 2
 3
 4
-5
-6
+five
+6
\\ No newline at end of file
`);
  equal(patch("a", "x", "x"), "");
});

// apply puts hunks into the old text, and refuses where a line isn't what the hunk says.
function apply(old: string, now: string): string {
  const lines = old.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let out = "";
  let at = 0;
  let newLine = 1;
  for (const h of hunks(old, now)) {
    while (at < h.oldFrom - 1) [out, at, newLine] = [out + (lines[at] ?? ""), at + 1, newLine + 1];
    equal(newLine, h.newFrom);
    for (const l of h.lines) {
      if (!l.startsWith("+")) equal(lines[at++], l.slice(1));
      if (!l.startsWith("-")) [out, newLine] = [out + l.slice(1), newLine + 1];
    }
  }
  return out + lines.slice(at).join("");
}

test("applied to the old text, a patch gives the new one", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const random = seeded(seed);
    const [old, now] = [0, 0].map(() => textOf(random, ["a\n", "b\n", "c\n", "\n", "d"], 24)) as [string, string];
    equal(apply(old, now), now, `seed ${seed}`);
    equal(marked(old, now).filter((l) => !l.startsWith("+")).map((l) => l.slice(1)).join(""), old, `seed ${seed}`);
  }
});

test("a long text with few changes stays cheap and small", () => {
  const old = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`);
  const now = old.with(20, "changed\n").with(39_000, "changed too\n");
  equal(hunks(old.join(""), now.join("")).length, 2);
  ok(marked("a\n".repeat(9000), "b\n".repeat(9000)).length === 18_000, "nothing in common");
});
