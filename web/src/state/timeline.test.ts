// Mutations these must catch: (1) first without the capacity; (2) older adding what there is no room for.
import { test } from "node:test";
import { equal, deepEqual, ok } from "node:assert/strict";
import { Ring } from "./ring";
import { Timeline } from "./timeline";
import { below, seeded } from "../rule/random";

test("a ring keeps the last ones under their numbers", () => {
  const ring = new Ring<number>(5);
  for (let n = 0; n < 23; n++) {
    ring.push(n);
    for (let k = 0; k <= n + 1; k++) equal(ring.at(k), k <= n && k > n - 5 ? k : undefined);
  }
  deepEqual([ring.first, ring.end, ring.at(-1)], [18, 23, undefined]);
  ring.clear();
  deepEqual([ring.first, ring.end, ring.at(0)], [0, 0, undefined]);
});

test("a timeline's items keep their numbers, whatever comes at either end", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const line = new Timeline<number>(10);
    let newest = 0;
    let oldest = 0;
    for (let step = 0; step < 40; step++) {
      if (below(random, 3) > 0) line.push(newest++);
      else {
        const wanted = Array.from({ length: below(random, 5) }, (_, i) => line.first - 1 - i);
        oldest = line.first - line.older(wanted);
        equal(line.first, oldest, `seed ${seed}`);
      }
      ok(line.size <= 10, `seed ${seed}: ${line.size}`);
      equal(line.end, newest);
      for (let n = line.first; n < line.end; n++) equal(line.at(n), n, `seed ${seed}, item ${n}`);
      equal(line.at(line.first - 1), undefined);
    }
  }
});
