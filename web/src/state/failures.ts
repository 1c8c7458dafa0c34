// Failures by their cause: the table that an operator works off.
import type { Entry } from "../api/entry";

/** Cause is why messages fail, with how many and since when. */
export interface Cause {
  readonly code: string;
  /** The rule that failed; empty for none. */
  readonly rule: string;
  /** The processor or middleware that failed; empty for none. */
  readonly backend: string;
  readonly method: string;
  readonly kind: "request" | "response";
  readonly count: number;
  readonly first: string;
  readonly last: string;
  /** The id of the last one's decision. */
  readonly example: string;
}

/** causes groups failed decisions, for a dispatcher that doesn't; the most frequent first. */
export function causes(failed: readonly Entry[]): Cause[] {
  const found = new Map<string, Cause>();
  for (const e of failed) {
    if (e.code === "OK") continue;
    const rule = e.failedRule;
    const backend = rule !== "" ? "" : (e.calls.find((c) => c.code !== "OK" && !c.skipped)?.ref ?? "");
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
