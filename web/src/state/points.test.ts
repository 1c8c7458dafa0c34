// Mutations these must catch: (1) points that don't follow are joined; (2) a code that is new has no zeros before it.
import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import type { Stats } from "../api/api.gen";
import { below, seeded } from "../rule/random";
import { join } from "./points";

const begin = Date.parse("2026-01-15T12:00:00Z");

/** of makes the statistics of some seconds; second n has n messages, and those of every seventh fail. */
function of(from: number, to: number): Stats {
  const seconds = Array.from({ length: to - from }, (_, i) => from + i);
  const failed = seconds.map((n) => (n % 7 === 0 ? n : 0));
  const byCode: Stats["series"]["byCode"] = failed.some((n) => n > 0) ? { INTERNAL: failed } : {};
  const times = { inFlight: seconds, matchP99Ns: seconds, p50Ns: seconds, p99Ns: seconds };
  const iso = (n: number): string => new Date(begin + n * 1000).toISOString();
  const at = iso(from);
  const reloads = Array.from({ length: Math.ceil(to / 50) }, (_, i) => ({ at: iso(i * 50), epoch: i + 1 }));
  const epochs = reloads.filter((_, i) => i + 1 === reloads.length || (i + 1) * 50 > from);
  return { step: 1, from: at, epochs, series: { ...times, messages: seconds, failed, byCode } };
}

test("what is asked for piece by piece is what is asked for whole", () => {
  const random = seeded(7);
  for (let n = 0; n < 100; n++) {
    let end = 1 + below(random, 899);
    let have = of(0, end);
    for (let k = 0; k < 20; k++) {
      const next = end + below(random, 60);
      have = join(have, of(end, next)) ?? of(0, 0);
      end = next;
    }
    deepEqual(have, of(Math.max(0, end - 900), end));
  }
});

test("what doesn't follow isn't joined", () => {
  equal(join(of(0, 10), of(11, 12)), undefined);
  equal(join(of(0, 10), of(9, 12)), undefined);
  equal(join(of(0, 10), { ...of(10, 12), step: 60 }), undefined);
});
