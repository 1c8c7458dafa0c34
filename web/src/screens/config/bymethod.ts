import { count } from "../../parts/time";

/** byMethod says how many messages there are of each method, the most frequent first: INVITE 1 190 · ACK 14. */
export function byMethod(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([method, n]) => method + " " + count(n))
    .join(" · ");
}
