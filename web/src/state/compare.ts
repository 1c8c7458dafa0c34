import type { Stats } from "../api/api.gen";

/** Share is how many messages came in a while, in seconds, and how many of them failed. */
export interface Share {
  readonly seconds: number;
  readonly messages: number;
  readonly failed: number;
}

/** minutes5 are the seconds that are compared on each side. */
export const minutes5 = 300;

/**
 * around compares the five minutes before a moment with those behind it, as far as they are over. The second in which
 * it happened belongs to neither: it has messages of both.
 */
export function around(stats: Stats, at: number): { before: Share; after: Share } {
  const from = Date.parse(stats.from) / 1000;
  const sum = (begin: number, end: number): Share => {
    let [seconds, messages, failed] = [0, 0, 0];
    stats.series.messages.forEach((n, i) => {
      const t = from + i * stats.step;
      if (t < begin || t + stats.step > end) return;
      seconds += stats.step;
      messages += n;
      failed += stats.series.failed[i] ?? 0;
    });
    return { seconds, messages, failed };
  };
  return { before: sum(at - minutes5, at), after: sum(at, at + minutes5) };
}
