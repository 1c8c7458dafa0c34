import { test } from "node:test";
import assert from "node:assert/strict";
import { grouped } from "./watchgroup";
import type { Watch } from "./watches";

const watch = (id: string, user: string, replica?: string, caught = 0, ended = false): Watch => ({
  id, filter: { user: [user] }, until: `2026-01-01T00:0${id.length}:00Z`, caught, ended,
  ...(replica === undefined ? {} : { replica }),
});

const ids = (list: readonly Watch[]): string =>
  grouped(list).map((g) => g.watches.map((w) => w.id).join("+")).join(" ");

test("of one replica each watch is one", () => {
  assert.equal(ids([watch("a", "1"), watch("b", "1"), watch("c", "2")]), "a b c");
});

test("of several the same ones are one, and those that were set again are another", () => {
  const all = [
    watch("a1", "1", "a"), watch("a2", "2", "a"), watch("a3", "1", "a", 2),
    watch("b3", "1", "b", 3, true), watch("b2", "2", "b"),
  ];
  const got = grouped(all);
  assert.deepEqual(got.map((g) => g.watches.map((w) => w.id).join("+")).sort(), ["a1", "a2+b2", "a3+b3"]);
  const [, , third] = [...got].sort((x, y) => x.caught - y.caught);
  assert.equal(third?.caught, 5);
  assert.equal(third?.ended, false);
});
