// Mutations these must catch: (1) again writing on now instead of the base; (2) undo of a removal at the end always.
import { test } from "node:test";
import { equal, deepEqual } from "node:assert/strict";
import { again, changes, undo } from "./change";
import { processors } from "./yaml";
import { change, insert, move, moveTo } from "./yamlwrite";
import { below, seeded, type Random } from "../rule/random";

const refs = ["a", "b", "c", "d", "e"];
const base = `ref: x
spec:
  processors:
${refs.map((r) => `    # about ${r}
    - ref: ${r}
      addr: ${r}:1
      matchFunc: req => req.ref === "${r}"
      methods: [INVITE]
`).join("")}  limits: {}
`;

// edited makes up to five changes, of the kinds a person makes.
function edited(random: Random, text: string): string {
  let t = text;
  for (let n = below(random, 6); n > 0; n--) {
    const ref = refs[below(random, refs.length)] ?? "a";
    const rule = `req => ${below(random, 100)} > 1`;
    const made = [
      () => change(t, ref, { matchFunc: rule }),
      () => change(t, ref, { methods: ["BYE", "ACK"].slice(below(random, 2)) }),
      () => move(t, ref, below(random, 2) === 0 ? -1 : 1),
    ][below(random, 3)]?.();
    t = made ?? t;
  }
  return t;
}

test("a draft made again on its own base is the draft", () => {
  for (let seed = 0; seed < 300; seed++) {
    const now = edited(seeded(seed), base);
    const made = again(base, now, base);
    deepEqual(made.left, []);
    deepEqual(processors(made.text).map((p) => p.ref), processors(now).map((p) => p.ref), `seed ${seed}`);
    deepEqual(changes(made.text, now), [], `seed ${seed}`);
  }
});

test("with every change undone, the text is what it was", () => {
  for (let seed = 0; seed < 300; seed++) {
    let now = edited(seeded(seed), base);
    for (let n = 0; n < 20 && changes(base, now).length > 0; n++) {
      const one = changes(base, now)[0];
      now = (one && undo(base, now, one)) ?? now;
    }
    equal(now, base, `seed ${seed}`);
  }
});

test("removed, added and moved are told apart, and undone", () => {
  const at = processors(base)[2];
  const removed = base.slice(0, at?.from) + base.slice(at?.to);
  deepEqual(changes(base, removed).map((c) => [c.ref, c.kind]), [["c", "removed"]]);
  equal(undo(base, removed, changes(base, removed)[0] ?? never()), base);
  const added = insert(base, { ref: "n", addr: "n:1", methods: ["INVITE"], matchFunc: "req => 1" }, "b") ?? "";
  deepEqual(changes(base, added).map((c) => [c.ref, c.kind]), [["n", "added"]]);
  equal(undo(base, added, changes(base, added)[0] ?? never()), base);
  equal(again(base, added, base).text, added);
});

test("on a base that somebody else changed, what fits is made and the rest is named", () => {
  const theirs = change(base, "e", { matchFunc: "req => false" }) ?? "";
  const at = processors(theirs)[1];
  const other = theirs.slice(0, at?.from) + theirs.slice(at?.to); // b is gone
  const mine = change(change(base, "b", { matchFunc: "req => 2" }) ?? "", "a", { matchFunc: "req => 3" }) ?? "";
  const made = again(base, mine, other);
  deepEqual(made.left.map((c) => [c.ref, c.kind]), [["b", "rule"]]);
  equal(made.text, change(other, "a", { matchFunc: "req => 3" }));
  equal(moveTo(base, "nobody", 0), undefined);
});

function never(): never {
  throw new Error("there is no change");
}
