// Failures by their cause: the table that an operator works off.
import type { Entry } from "../api/entry";

/** Cause is why messages fail, with how many and since when. */
export interface Cause {
  readonly code: string;
  /** The rule that failed; null for none. */
  readonly rule: string | null;
  /** The processor or middleware that failed; null for none. */
  readonly backend: string | null;
  readonly method: string;
  readonly kind: "request" | "response";
  readonly count: number;
  readonly first: string;
  readonly last: string;
  /** The id of a decision on one; null where none is kept any more. */
  readonly example: string | null;
  /** How many there were in each step of the window, where the dispatcher counts. */
  readonly counts?: readonly number[];
}

/** causes groups failed decisions, for a dispatcher that doesn't; the most frequent first. */
export function causes(failed: readonly Entry[]): Cause[] {
  const found = new Map<string, Cause>();
  for (const e of failed) {
    if (e.code === "OK") continue;
    const rule = e.failedRule === "" ? null : e.failedRule;
    const backend = rule !== null ? null : (e.calls.find((c) => c.code !== "OK" && !c.skipped)?.ref ?? null);
    const key = [e.code, rule, backend, e.method, e.kind].join("\n");
    const was = found.get(key);
    found.set(key, {
      code: e.code, rule, backend, method: e.method, kind: e.kind, count: (was?.count ?? 0) + 1,
      first: was === undefined || e.time < was.first ? e.time : was.first,
      last: was === undefined || e.time > was.last ? e.time : was.last,
      example: was === undefined || e.time > was.last ? e.id : was.example,
    });
  }
  return [...found.values()].sort((a, b) => b.count - a.count || b.last.localeCompare(a.last));
}

/** says is a cause in words: who does what to which messages. */
export function says(c: Cause): string {
  const what = c.kind === "response" ? `responses to ${c.method}` : c.method;
  if (c.rule) return `rule ${c.rule} fails on ${what}`;
  if (c.backend) return `${c.backend} fails on ${what} with ${c.code}`;
  if (c.code === "NOT_FOUND") return `no rule takes ${what}`;
  return `${what} ends with ${c.code}`;
}

/** spark draws counts as a line of blocks, in at most width steps; the highest one fills its block. */
export function spark(counts: readonly number[], width: number): string {
  const per = Math.max(1, Math.ceil(counts.length / width));
  const sums: number[] = [];
  for (let i = 0; i < counts.length; i += per) sums.push(counts.slice(i, i + per).reduce((a, b) => a + b, 0));
  const most = Math.max(1, ...sums);
  return sums.map((n) => (n === 0 ? "·" : "▁▂▃▄▅▆▇█".charAt(Math.ceil((8 * n) / most) - 1))).join("");
}
