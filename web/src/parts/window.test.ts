// Mutations these must catch: (1) no limit of mostRows; (2) first without the count's end; (3) a row that
// stays gets another element; (4) one that comes gets a new one.
import { test } from "node:test";
import { equal, ok, deepEqual } from "node:assert/strict";
import { mostRows, places, windowOf, type Key } from "./window";
import { below, seeded } from "../rule/random";

test("what is seen is there, and never more than the limit", () => {
  const random = seeded(3);
  for (let i = 0; i < 5000; i++) {
    const [row, room, count] = [20 + below(random, 30), below(random, 3000), below(random, 20_000)];
    const top = below(random, Math.max(1, count * row - room + 1));
    const { first, last } = windowOf(top, room, row, count);
    ok(first >= 0 && last <= count && last - first <= mostRows);
    const seen = Math.min(count, Math.ceil((top + room) / row));
    if (room / row >= mostRows - 2) ok(last - first === Math.min(count, mostRows));
    else ok(first * row <= top && last >= seen, `${top} ${room} ${row} ${count}: ${first} ${last}`);
  }
});

test("no rows, and a list that became shorter than it was scrolled", () => {
  deepEqual(windowOf(0, 500, 28, 0), { first: 0, last: 0 });
  const { first, last } = windowOf(10_000, 280, 28, 30);
  ok(last === 30 && first < 30);
});

test("rows that stay keep their elements, and no more elements than rows are made", () => {
  const random = seeded(5);
  let [before, top, most] = [new Map<Key, number>(), 0, 0];
  for (let i = 0; i < 2000; i++) {
    top = Math.max(0, top + below(random, 60) - 29);
    const keys = Array.from({ length: below(random, 40) }, (_, n) => top + n);
    most = Math.max(most, before.size, keys.length);
    const now = places(before, keys);
    equal(now.size, keys.length);
    equal(new Set(now.values()).size, keys.length, "two rows in one element");
    ok([...now.values()].every((place) => place < most));
    for (const key of keys) if (before.has(key)) equal(now.get(key), before.get(key));
    before = now;
  }
});
