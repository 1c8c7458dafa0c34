// Mutations these must catch: (1) no limit of mostRows; (2) first without the count's end.
import { test } from "node:test";
import { ok, deepEqual } from "node:assert/strict";
import { mostRows, windowOf } from "./window";
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
