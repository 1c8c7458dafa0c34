// Failures by their cause, in words: the table that an operator works off.
import type { FailureCause } from "../api/api.gen";

/** Cause is why messages fail, with how many and since when. */
export type Cause = FailureCause;

/** says is a cause in words: who does what to which messages. */
export function says(c: Cause): string {
  const what = c.kind === "response" ? `responses to ${c.method}` : c.method;
  if (c.rule) return `rule ${c.rule} fails on ${what}`;
  if (c.backend) return `${c.backend} fails on ${what} with ${c.code}`;
  if (isNobodys(c)) return `no rule takes ${what}`;
  return `${what} ends with ${c.code}`;
}

/** isNobodys reports whether a cause is that no rule takes the messages. */
export const isNobodys = (c: Cause): boolean => c.code === "NOT_FOUND" && !c.rule && !c.backend;

/** spark draws counts as a line of blocks, in at most width steps; the highest one fills its block. */
export function spark(counts: readonly number[], width: number): string {
  const per = Math.max(1, Math.ceil(counts.length / width));
  const sums: number[] = [];
  for (let i = 0; i < counts.length; i += per) sums.push(counts.slice(i, i + per).reduce((a, b) => a + b, 0));
  const most = Math.max(1, ...sums);
  return sums.map((n) => (n === 0 ? "·" : "▁▂▃▄▅▆▇█".charAt(Math.ceil((8 * n) / most) - 1))).join("");
}
